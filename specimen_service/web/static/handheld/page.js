// The handheld page: its tiles, who scans and where, the pill, and taking a scan back.

import { split } from "../numbers.js";
import { entry, onScan } from "../wedge.js";
import { setIcon, showLooks } from "./bands.js";
import { context, operator, set, setOperator, used } from "./context.js";
import { askBadge, hurry, keepSending, line, onChange } from "./sender.js";
import * as store from "./store.js";
import { begin, finish, recall, take, takeBack, undoable } from "./taking.js";
import { mute, unlockOnFirstTouch } from "./tones.js";
import { SAYS, grouped } from "./words.js";

const SKEWED_MS = 2 * 60_000;
const TICK_MS = 250;
const HERE_MS = 30_000;

const page = document.getElementById("handheld");
const form = page.querySelector("form");
const places = form.elements.location;
const part = (id) => document.getElementById(id);

/** Returns what the chosen tile says of itself. */
const tile = () => form.querySelector("[name=action]:checked");

function restore() {
  if (places.options.length > 1) set({ places: [...places.options].slice(1).map((one) => ({ number: one.value, name: one.text })) });
  else context.places.forEach((one) => places.add(new Option(one.name, one.number)));
  places.value = context.place;
  if (places.selectedIndex < 0) places.value = "";
  const kept = form.querySelector(`[name=action][value="${CSS.escape(context.action)}"]`) ?? tile() ?? form.querySelector("[name=action]");
  kept.checked = true;
  kept.closest("details")?.setAttribute("open", "");
  set({ action: kept.value, place: places.value });
  const { signIn, badge, name, zone } = page.dataset;
  if (zone) set({ zone });
  if (signIn && signIn !== context.signIn) {
    setOperator(badge, name);
    set({ signIn });
  }
}

async function enrol() {
  // The cookie that comes back is the device's own: with it scans go up whoever is signed in by then, or nobody.
  if (!page.dataset.signIn) return;
  const reply = await fetch("/scan/device", { method: "POST" }).catch(() => null);
  if (reply?.ok) hurry();
}

function showContext() {
  const who = operator();
  part("operator").textContent = who ? who.name : SAYS.noOperator;
  part("operator").parentElement.classList.toggle("nobody", !who);
  const chosen = tile();
  const place = context.places.find((one) => one.number === context.place);
  const step = place ? chosen.dataset.nowAt.replace("{place}", place.name) : chosen.dataset.now;
  const sentence = who || chosen.value === "find" ? step : `${SAYS.noOperator}.`;
  if (part("now").textContent !== sentence) part("now").textContent = sentence;
  part("count").textContent = SAYS.scanned(context.count);
  part("done").hidden = !context.count;
  part("tally").hidden = !context.count && part("undo").hidden;
  showBag();
}

function showBag() {
  const { into, outOf, bag } = context;
  const isPosition = into.startsWith("84");
  const [said, button] = part("bag").children;
  part("bag").hidden = !into && !outOf && !bag;
  said.textContent = isPosition ? SAYS.toPosition(grouped(into)) : into ? SAYS.intoBagNow(grouped(into)) : outOf ? SAYS.outOfBag(grouped(outOf)) : "";
  button.textContent = into || outOf ? SAYS.notInBag : SAYS.intoBag(grouped(bag ?? ""));
}

function showLine() {
  const pill = page.querySelector("[data-testid=queue-pill]");
  const fine = line.online && line.enrolled;
  const state = !line.enrolled ? SAYS.signInToSend(line.waiting) : SAYS[line.online ? "online" : "offline"](line.waiting);
  pill.className = `pill ${fine ? "go" : "wait"}`;
  setIcon(pill, fine ? "online" : "offline");
  const words = isSecureContext ? state : `${state} · ${SAYS.reloadNeedsHttps}`;
  if (pill.querySelector("b").textContent !== words) pill.querySelector("b").textContent = words;
  note("offline-note", line.online ? "" : SAYS.offlineNote(line.waiting));
  note("clock-note", Math.abs(line.skewMs ?? 0) < SKEWED_MS ? "" : SAYS.clock(line.skewMs));
}

function note(id, sentence) {
  part(id).hidden = !sentence;
  if (part(id).textContent !== sentence) part(id).textContent = sentence;
}

function showUndo() {
  const left = undoable();
  part("undo").hidden = !left;
  if (left) part("undo").lastChild.textContent = ` ${SAYS.undo(Math.ceil(left / 1000))}`;
}

function showMute() {
  mute(context.muted);
  part("mute").setAttribute("aria-pressed", String(context.muted));
  part("mute").querySelector("span").textContent = context.muted ? SAYS.silent : SAYS.sound;
  setIcon(part("mute"), context.muted ? "silent" : "sound");
}

async function showWhatNeedsALook() {
  showLooks(await store.looks(), async (seq) => {
    await store.forgetLook(seq);
    await showWhatNeedsALook();
  });
}

function takeFromForm(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const box = form.elements.code;
  const text = box.value.trim();
  const how = entry();
  box.value = "";
  if (text) take({ text, code: split(text).code, entry: how }, tile());
}

/** Whoever scans is at work: who scans stays known, and the server keeps the session of whoever is signed in open. */
function atWork() {
  used();
  if (!page.dataset.signIn || !line.online || Date.now() - (atWork.told ?? 0) < HERE_MS) return;
  atWork.told = Date.now();
  fetch("/here", { method: "POST", headers: { "X-Fragment": "1" } }).catch(() => {});
}

function chooseBag() {
  set(context.into || context.outOf ? { into: "", outOf: "", bag: "" } : { into: context.bag });
  showContext();
}

function listen() {
  // Before the scan box sees it: here a scan is kept on the device, and no form is sent.
  form.addEventListener("submit", takeFromForm, true);
  onScan((scan) => !scan.code.startsWith("83") && Boolean(scan.text.trim()) && (take(scan, tile()), true));
  form.addEventListener("change", () => {
    set({ action: tile().value, place: places.value, count: 0, into: "", outOf: "", bag: "" });
    showContext();
  });
  part("undo").addEventListener("click", takeBack);
  part("bag").querySelector("button").addEventListener("click", chooseBag);
  part("done").addEventListener("click", () => {
    finish();
    set({ count: 0, into: "", outOf: "", bag: "" });
    document.getElementById("answer").replaceChildren();
    showContext();
  });
  part("mute").addEventListener("click", () => {
    set({ muted: !context.muted });
    showMute();
  });
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, atWork);
  setInterval(() => {
    showUndo();
    showContext();
  }, TICK_MS);
}

async function work() {
  page.querySelectorAll("[data-scripted]").forEach((one) => (one.hidden = false));
  restore();
  unlockOnFirstTouch();
  showMute();
  showContext();
  begin({ places, changed: showContext });
  onChange(async (event) => {
    if (!line.enrolled && !enrol.asked) enrol.asked = enrol();
    if (event.answers) await showWhatNeedsALook();
    showLine();
  });
  listen();
  if (page.dataset.device === "") enrol.asked = enrol();
  await enrol.asked;
  if (context.operator?.name === SAYS.badgeAlone(grouped(context.operator?.badge ?? ""))) askBadge(context.operator.badge);
  recall(await store.waiting());
  await showWhatNeedsALook();
  keepSending();
  navigator.storage?.persist?.();
  if (isSecureContext) await navigator.serviceWorker?.register("/scan/worker.js", { scope: "/scan" });
}

work();
