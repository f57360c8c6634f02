// The handheld page: its tiles, who scans and where, the pill, and taking a scan back.

import { split } from "../numbers.js";
import { entry, onScan } from "../wedge.js";
import { ignoreHastyTaps, setIcon, show, showLooks } from "./bands.js";
import { beginRound, context, operator, placeAtHand, set, setOperator, used } from "./context.js";
import { restoreFrame } from "./frame.js";
import { finish, goTo, hearStops, noteNothing } from "./rounds.js";
import { askBadge, hurry, keepSending, line, onChange, PATIENCE_MS, sendAfter } from "./sender.js";
import * as store from "./store.js";
import { begin, recall, take, takeBack, undoable } from "./taking.js";
import { mute, unlockOnFirstTouch } from "./tones.js";
import { BANDS, SAYS, grouped } from "./words.js";

const SKEWED_MS = 2 * 60_000;
const TICK_MS = 250;
const HERE_MS = 30_000;
const BREATH_MS = 2000; // a second tap on Undo must not meet what takes its place

const page = document.getElementById("handheld");
const form = page.querySelector("form");
const places = form.elements.location;
const part = (id) => document.getElementById(id);

/** Returns what the chosen tile says of itself. */
const tile = () => form.querySelector("[name=action]:checked");
let undoneAt = 0;

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
  const reply = await fetch("/scan/device", { method: "POST", signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  if (reply?.ok) hurry();
}

const askToEnrol = () => sendAfter((enrol.asked = enrol()));

function showContext() {
  const who = operator();
  part("operator").textContent = who ? who.name : SAYS.noOperator;
  part("operator").parentElement.classList.toggle("nobody", !who);
  const credential = document.getElementById("credential"); // of who is signed in; another badge may be at work
  if (credential) credential.hidden = Boolean(who) && who.badge !== part("handheld").dataset.badge;
  const chosen = tile();
  const isFinding = chosen.value === "find";
  const place = placeAtHand();
  const step = place ? chosen.dataset.nowAt.replace("{place}", place.name) : chosen.dataset.now;
  const sentence = who || isFinding ? step : `${SAYS.noOperator}.`;
  if (part("now").textContent !== sentence) part("now").textContent = sentence;
  const counted = isFinding ? SAYS.lookingUp : SAYS.scanned(context.count);
  if (part("count").textContent !== counted) part("count").textContent = counted;
  showUndo();
  showEnter();
  const isIdle = !context.count && !context.aside && !undoable() && Date.now() - undoneAt > BREATH_MS;
  part("nothing").hidden = chosen.value !== "pick_up" || !isIdle;
  part("done").hidden = isFinding;
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
  showClock(Math.abs(line.skewMs ?? 0) < SKEWED_MS ? "" : SAYS.clock(line.skewMs));
}

/** Says below the tiles what is wrong with the clock, and at first also where everybody looks. */
function showClock(sentence) {
  if (sentence && part("clock-note").hidden && !part("answer").children.length) show({ ...BANDS.clock, sentence });
  note("clock-note", sentence);
}

function note(id, sentence) {
  part(id).hidden = !sentence;
  if (part(id).textContent !== sentence) part(id).textContent = sentence;
}

function showUndo() {
  const left = undoable();
  part("undo").hidden = !left || tile().value === "find";
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

/** Asks for the digits by the keyboard of the device: scanned is without one. */
function type() {
  const box = form.elements.code;
  box.inputMode = "numeric";
  box.blur(); // the keyboard appears with the focus
  box.focus();
  show(BANDS.typing);
}

function showEnter() {
  const word = form.elements.code.value ? SAYS.enter : SAYS.type;
  if (part("enter").textContent !== word) part("enter").textContent = word;
}

function takeFromForm(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const box = form.elements.code;
  const text = box.value.trim();
  const how = entry();
  box.value = "";
  box.inputMode = "none";
  if (text) take({ text, code: split(text).code, entry: how }, tile());
}

/** Whoever scans is at work: who scans stays known, and the server keeps the session of whoever is signed in open. */
function atWork() {
  used();
  if (!page.dataset.signIn || !line.online || Date.now() - (atWork.told ?? 0) < HERE_MS) return;
  atWork.told = Date.now();
  fetch("/here", { method: "POST", headers: { "X-Fragment": "1" } }).catch(() => {});
}

function choosePlace(number) {
  places.value = number;
  goTo(number, showContext);
}

function chooseBag() {
  set(context.into || context.outOf ? { into: "", outOf: "", bag: "" } : { into: context.bag });
  showContext();
}

function listen() {
  // Before the scan box sees it: here a scan is kept on the device, and no form is sent.
  form.addEventListener("submit", takeFromForm, true);
  onScan((scan) => !scan.code.startsWith("83") && Boolean(scan.text.trim()) && (take(scan, tile()), true));
  page.addEventListener("change", (event) => {
    if (event.target === places) return goTo(places.value, showContext);
    beginRound({ action: tile().value });
    for (const id of ["answer", "found"]) part(id).replaceChildren(); // they are of what was done before
    return showContext();
  });
  form.elements.code.addEventListener("input", showEnter);
  part("enter").addEventListener("click", (event) => {
    if (form.elements.code.value) return;
    event.preventDefault();
    type();
  });
  part("nothing").addEventListener("click", () => noteNothing(tile()));
  part("undo").addEventListener("click", () => {
    undoneAt = Date.now();
    takeBack();
  });
  part("bag").querySelector("button").addEventListener("click", chooseBag);
  part("done").addEventListener("click", async () => {
    await finish(tile());
    showContext();
    const tiles = form.querySelector(".tiles");
    if (tiles.getBoundingClientRect().bottom > innerHeight) tiles.scrollIntoView({ block: "nearest" });
  });
  part("mute").addEventListener("click", () => {
    set({ muted: !context.muted });
    showMute();
  });
  ignoreHastyTaps();
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, atWork);
  setInterval(showContext, TICK_MS);
}

async function work() {
  restore();
  unlockOnFirstTouch();
  showMute();
  showContext();
  begin({ changed: showContext, goTo: choosePlace });
  hearStops();
  onChange(async (event) => {
    if (!line.enrolled && !enrol.asked) askToEnrol();
    if (event.answers || event.noted) await showWhatNeedsALook();
    showLine();
    await restoreFrame(page, restore);
  });
  listen();
  if (page.dataset.device === "") askToEnrol();
  if (context.operator?.name === SAYS.badgeAlone(grouped(context.operator?.badge ?? ""))) askBadge(context.operator.badge);
  recall(await store.waiting());
  await showWhatNeedsALook();
  keepSending();
  navigator.storage?.persist?.();
  if (isSecureContext) await navigator.serviceWorker?.register("/scan/worker.js", { scope: "/scan" });
}

work();
