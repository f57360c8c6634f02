// The scan box: always ready for a scan, sends it on, and shows what came of it.

import { putInPlace } from "./live.js";
import { lost, reached } from "./reach.js";
import { entry, isBlocked, scanBox } from "./wedge.js";
import { words } from "./words.js";

const EDITABLE = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
const AGAIN_MS = 3000;

const form = document.querySelector("form[data-scan]");
const box = scanBox();

const isEditable = (node) => node instanceof Element && node.matches(EDITABLE);

function focusBox() {
  if (!isBlocked()) box.focus({ preventScroll: true });
}

function comeBack(event) {
  // Only after a finger or a mouse (detail > 0): who moves by keyboard keeps the focus where they put it.
  if (event.detail > 0 && !isEditable(event.target) && !event.target.closest("summary, .who, a")) focusBox();
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function wholeScan() {
  const scan = new FormData(form);
  scan.set("scan_id", randomId());
  scan.set("scanned_at", new Date().toISOString());
  scan.set("entry", entry());
  return scan;
}

/** Brings what came of a scan into sight, together with the sentence that says what is next. */
function bringAnswer() {
  const answer = document.querySelector("[data-testid=scan-result]");
  const now = document.getElementById("now");
  const seen = (node) => {
    const { top, bottom } = node.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  };
  if (now && [now, answer].some((node) => node && !seen(node))) now.scrollIntoView();
}

/** Says in the box what is to be scanned from here on, where an answer has changed it. */
function hint() {
  const now = document.querySelector("[data-hint]")?.dataset.hint;
  if (now) box.placeholder = now;
}

function countWaiting(change) {
  countWaiting.waiting = (countWaiting.waiting ?? 0) + change;
  const pill = document.querySelector("[data-testid=queue-pill]");
  if (!pill) return;
  const { waiting, failing } = countWaiting;
  pill.className = `pill ${failing ? "wait" : "go"}`;
  pill.querySelector("use").setAttribute("href", `/static/icons.svg#${failing ? "offline" : "online"}`);
  pill.querySelector("b").textContent = words(failing ? "noConnection" : "online", { count: waiting });
}

async function send(scan, action = form.getAttribute("action")) {
  for (;;) {
    try {
      scan.set("sent_at", new Date().toISOString());
      const answer = await fetch(action, { method: "POST", body: scan, headers: { "X-Fragment": "1" } });
      // Signed out, or not for this role: the page anew says which.
      if (answer.status === 401 || answer.status === 403) location.reload();
      countWaiting.failing = !answer.ok;
      if (!countWaiting.failing) {
        reached();
        putInPlace(await answer.text());
        document.dispatchEvent(new Event("answered"));
        bringAnswer();
        const here = answer.headers.get("X-Page");
        if (here) history.replaceState(null, "", here);
        return countWaiting(-1);
      }
    } catch {
      countWaiting.failing = true;
      lost();
    }
    // Sending again is safe: the scan keeps its id, and the server answers a repetition with the first verdict.
    countWaiting(0);
    await new Promise((resume) => setTimeout(resume, AGAIN_MS));
  }
}

let line = Promise.resolve();

function submit(event) {
  box.value = box.value.trim();
  if (!box.value || isBlocked()) return event.preventDefault();
  if (!form.hasAttribute("data-stays")) {
    form.elements.entry?.setAttribute("value", entry());
    return undefined;
  }
  event.preventDefault();
  const scan = wholeScan();
  box.value = "";
  countWaiting(1);
  // What was scanned behind a STOP not yet seen is not sent: that tube is simply not verified, and is scanned again.
  line = line.then(() => (isBlocked() ? countWaiting(-1) : send(scan)));
  return undefined;
}

/** What a person answers to a scan goes the way of the scan: the page stays, and what came of it is seen and heard. */
function reply(event) {
  const { target: asked, submitter } = event;
  if (!asked.matches("#answer [data-stays]")) return;
  event.preventDefault();
  const said = new FormData(asked);
  said.set(submitter.name, submitter.value);
  for (const button of asked.elements) button.disabled = true;
  countWaiting(1);
  line = line.then(() => send(said, asked.getAttribute("action")));
}

function block() {
  for (const control of form.querySelectorAll("input:not([type=hidden]), .button")) control.disabled = isBlocked();
  // Not its button: the Enter at the end of the next scan would acknowledge what nobody has read.
  if (isBlocked()) document.querySelector(".halt").focus();
  else if (document.activeElement === document.body) focusBox();
}

function filter() {
  const list = document.querySelector(form.dataset.filters);
  const word = box.value.trim().toLowerCase();
  for (const row of list.querySelectorAll("tbody tr")) row.hidden = !row.textContent.toLowerCase().includes(word);
  const isEmpty = (part) => !part.querySelector("tbody tr:not([hidden])");
  for (const table of list.querySelectorAll("section:has(tbody)")) table.hidden = isEmpty(table);
  const fitsNobody = Boolean(word) && isEmpty(list);
  list.querySelector("[data-none]").hidden = !fitsNobody;
  sayNow(word && words(fitsNobody ? "noneFits" : "pick"));
}

/** Says what is next while a filter hides rows of which the page's own sentence may speak; with none, that one again. */
function sayNow(sentence) {
  const now = document.getElementById("now");
  now.dataset.own ??= now.textContent;
  const next = sentence || now.dataset.own;
  if (now.textContent !== next) now.textContent = next;
}

function showAll(event) {
  if (!event.target.closest("[data-show-all]")) return;
  box.value = "";
  filter();
}

/** Sets the scan box up, on pages that have one. */
export function readyToScan() {
  if (!form) return;
  document.addEventListener("click", comeBack);
  document.addEventListener("visibilitychange", focusBox);
  document.addEventListener("placed", block);
  document.addEventListener("placed", hint);
  addEventListener("beforeunload", (event) => countWaiting.waiting > 0 && event.preventDefault());
  document.addEventListener("submit", reply);
  form.addEventListener("submit", submit);
  form.querySelector(".paused").hidden = false;
  if (form.dataset.filters) {
    box.addEventListener("input", filter);
    document.addEventListener("placed", filter);
    document.addEventListener("click", showAll);
    if (box.value) filter(); // typed before this script was there
  }
  form.closest("details")?.addEventListener("toggle", ({ target }) => target.open && focusBox());
  block();
  if (document.querySelector("[data-testid=scan-result]")) bringAnswer();
}
