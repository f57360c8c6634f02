// Leaves nothing of a patient on a screen that nobody is at. The server locks by itself; here the page is cleared with it.

import { isNumber } from "./numbers.js";
import { lost } from "./reach.js";
import { onScan } from "./wedge.js";
import { words } from "./words.js";

const WARN_MS = 20_000;
const TELL_MS = 5_000;
const AGAIN_MS = 3_000;
const TABS_MS = 1_000;
const TOUCHES = ["pointerdown", "keydown", "wheel", "touchstart"];
const BADGE = "82";

const told = document.querySelector("meta[name=lock-after]");
const after = Number(told?.content) * 1000;
const tabs = new BroadcastChannel("specimen-session");
let seen = Date.now();
let telling = 0;
let shared = 0;
let gone = false;

const door = () => `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;

function clear() {
  gone = true;
  clearTimeout(telling);
  document.title = words("locked");
  const said = document.createElement("h1");
  said.textContent = words("locked");
  document.body.replaceChildren(said);
}

/** Clears this page at once, and goes on when the tab that locks has done so; if that says nothing, the server knows. */
function follow() {
  clear();
  setTimeout(() => location.reload(), AGAIN_MS);
}

/** Clears the page and goes to the sign-in: the session is locked or over. */
export function leave(to = door()) {
  clear();
  location.replace(to);
}

/** Locks the session in every tab of this browser, and clears this page before anything else. */
export async function lock() {
  tabs.postMessage({ locking: true });
  const to = door();
  clear();
  for (;;) {
    try {
      const answer = await fetch("/lock", { method: "POST", headers: { "X-Fragment": "1" }, keepalive: true });
      if (answer.ok || answer.status === 401) return location.replace(to); // whose page says so to the other tabs
    } catch {
      // Out of reach: the screen stays empty, and the server locks by itself once nothing has come from here.
    }
    await new Promise((resume) => setTimeout(resume, AGAIN_MS));
  }
}

async function tell() {
  telling = 0;
  const answer = await fetch("/here", { method: "POST", headers: { "X-Fragment": "1" } }).catch(() => null);
  if (!answer) lost();
  else if (answer.status === 401) leave();
}

/** The other tabs hear of it at once: this page may be left before the server was told. */
function tellTabs() {
  if (seen - shared < TABS_MS) return;
  shared = seen;
  tabs.postMessage({ active: true });
}

function touched() {
  if (gone) return;
  seen = Date.now();
  warn(false);
  tellTabs();
  // At the end of a burst, so that the server never knows of less activity than the page.
  telling ||= setTimeout(tell, TELL_MS);
}

function warn(soon) {
  let band = document.getElementById("lock-soon");
  if (soon && !band) {
    band = document.createElement("p");
    band.id = "lock-soon";
    band.className = "result wait lock-soon";
    band.setAttribute("role", "alert");
    band.textContent = words("locksSoon");
    document.body.append(band);
  } else if (!soon) band?.remove();
}

function check() {
  if (gone) return;
  const idle = Date.now() - seen;
  if (idle >= after) lock();
  else warn(idle >= after - WARN_MS);
}

function switchTo(badge) {
  tabs.postMessage({ locking: true });
  gone = true;
  const form = document.createElement("form");
  form.method = "post";
  form.action = door();
  const code = Object.assign(document.createElement("input"), { type: "hidden", name: "code", value: badge });
  form.append(code);
  document.body.replaceChildren(form);
  form.submit();
}

function takeBadge(scan) {
  const isBadge = isNumber(scan.code) && scan.code.startsWith(BADGE);
  if (!isBadge || document.querySelector("[data-takes-badges]")) return false;
  switchTo(scan.code);
  return true;
}

function heed({ data }) {
  if (data.active || data.opened === told.dataset.person) seen = Date.now();
  if (data.locking) follow();
  if (data.locked) leave();
  if (data.opened && data.opened !== told.dataset.person) leave("/");
}

function hotkey(event) {
  if (event.code !== "KeyL" || !event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  lock();
}

function hold(event) {
  if (event.target.getAttribute("action") !== "/lock") return;
  event.preventDefault();
  lock();
}

function watch() {
  for (const touch of TOUCHES) document.addEventListener(touch, touched, { capture: true, passive: true });
  document.addEventListener("visibilitychange", check);
  document.addEventListener("submit", hold);
  document.addEventListener("keydown", hotkey);
  document.addEventListener("lock", lock);
  setInterval(check, 1000);
  tabs.addEventListener("message", heed);
  tabs.postMessage({ opened: told.dataset.person });
  onScan(takeBadge);
  // A page out of the browser's memory comes back empty and asks the server anew, who is there and what may be shown.
  addEventListener("pagehide", (event) => event.persisted && (document.body.hidden = true));
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

/** Goes on from a locked tab once its person came back in another one; for anybody else to the first page. */
function waitAtTheDoor(sheet) {
  tabs.postMessage({ locked: true });
  tabs.addEventListener("message", ({ data }) => {
    if (data.opened) location.replace(data.opened === sheet.dataset.person ? sheet.dataset.door : "/");
  });
}

/** Sets this up, on pages for people who are signed in and on the locked one. */
export function lockWhenIdle() {
  // A handheld works on where there is no connection, shows nothing of a patient, and has its own rule for who scans.
  if (document.getElementById("handheld")) return;
  const sheet = document.querySelector("[data-door]");
  if (told) watch();
  else if (sheet) waitAtTheDoor(sheet);
}
