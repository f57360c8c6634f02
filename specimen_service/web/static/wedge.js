// What a wedge scanner types, made whole: with or without Enter or Tab behind it, an AIM identifier before it, whatever
// has the focus, also on a keyboard layout that is not the scanner's. What people type in other fields is left alone.

import { isNumber, split } from "./numbers.js";
import { words } from "./words.js";

const TEXT = "input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, [contenteditable]";
const FAST_MS = 50; // a wedge scanner needs 7-16 ms a key, a person 80 and more
const LULL_MS = 120; // a whole number of ours, and then silence: nothing comes behind it
const LONG_LULL_MS = 400; // any other code: a slow scanner may only have paused
const LATE_END_MS = 300; // an Enter so soon after a scan belongs to it
const SHORTEST = 6;

const takers = [];
let strokes = [];
let timer = 0;
let endedAt = -Infinity;

/** The page's scan box; null where it has none. */
export const scanBox = () => document.querySelector("form[data-scan] input[name=code]");

/** Tells whether a STOP waits to be acknowledged; until then no scan goes on to the server. */
export const isBlocked = () => Boolean(document.querySelector(".halt"));

/**
 * Has `take` called with every whole scan: `{text, code, aim, suffix, entry, strokes, layout, field}`.
 *
 * `text` is what goes to the server, `code` that without the AIM identifier; `layout` holds what arrived instead of digits
 * where the keyboard layouts differ (else empty); `field` is the scan box or null. `take` returns true where the scan was
 * for it: then nobody else gets it, and the scan box is emptied. What nobody takes is submitted by the scan box; on a
 * page without one the event `unclaimed` tells of it.
 */
export function onScan(take) {
  if (!takers.length) listen();
  takers.push(take);
}

/** Tells of the text in the scan box whether a scanner or a person put it there: "scanned" or "typed". */
export function entry() {
  if (strokes.some((one) => one.pasted || one.repeat)) return "typed";
  if (strokes.some((one) => one.length > 5)) return "scanned";
  const gaps = strokes.slice(1).map((one, i) => one.at - strokes[i].at).sort((a, b) => a - b);
  return gaps.length && gaps[Math.floor(gaps.length / 2)] < FAST_MS ? "scanned" : "typed";
}

/** Hands a whole scan on as if it had been typed here; the practice scanner does so. */
export function scanned(text) {
  strokes = [{ at: performance.now(), heard: performance.now(), key: text, code: "", length: SHORTEST }];
  deliver(text, "Enter");
}

function listen() {
  document.addEventListener("keydown", heed, true);
  document.addEventListener("input", note, true);
}

const isUsable = (box) => box && !box.disabled && !isBlocked();

/** A choice list is left to who types in it, unless none of its choices begins so. */
function isElsewhere(node, key) {
  if (!(node instanceof Element) || node === scanBox()) return false;
  if (node.matches("select")) return [...node.options].some((one) => one.text.trim().toLowerCase().startsWith(key.toLowerCase()));
  return node.matches(TEXT);
}

function isText(event) {
  const held = event.ctrlKey || event.altKey || event.metaKey;
  if (held && !event.getModifierState("AltGraph")) return false;
  return event.key.length === 1 || ["Unidentified", "Process", "Dead"].includes(event.key) || /^Numpad\d$/.test(event.code);
}

function stroke(event) {
  const { timeStamp: at, key, code, repeat } = event;
  const caps = event.getModifierState("CapsLock");
  // A scanner holds Shift for its capitals and knows nothing of Caps Lock; digits mind neither.
  const letter = /^\p{L}$/u.test(key);
  const meant = caps && letter ? (event.shiftKey ? key.toUpperCase() : key.toLowerCase()) : key;
  return { at, heard: performance.now(), key, code, repeat, caps, meant: meant.length === 1 ? meant : "", length: 1 };
}

function heed(event) {
  if (!event.isTrusted) return undefined; // a password manager fills in
  if (isElsewhere(event.target, event.key)) return reset();
  if (event.key === "Enter" || event.key === "Tab") return end(event);
  if (!isText(event)) return undefined;
  const box = scanBox();
  const last = strokes.at(-1)?.at ?? -Infinity;
  if (!box?.value && event.timeStamp - last > LONG_LULL_MS) strokes = [];
  strokes.push(stroke(event));
  if (event.target !== box) {
    // Moving the focus during keydown lets this very key land in the box. A blank would press what has the focus.
    if (event.key !== " " && isUsable(box)) box.focus({ preventScroll: true });
    else if (event.key === " " && strokes.length > 1) event.preventDefault();
  }
  awaitLull();
  return undefined;
}

function note(event) {
  const box = scanBox();
  if (event.target !== box) return;
  const length = event.data?.length ?? 0;
  const pasted = event.inputType === "insertFromPaste";
  if (!box.value) reset();
  else if (pasted || length > 1 || !strokes.length) {
    // All at once: a handheld's own scan key, or the clipboard.
    strokes.push({ at: event.timeStamp, heard: performance.now(), key: event.data ?? "", code: "", pasted, length });
    awaitLull();
  }
  if (/[\t\r\n]/.test(box.value)) deliver(box.value, "Tab");
}

/** What the keys say so far: the box has it, or the keys themselves where there is no box. */
function written() {
  const box = scanBox();
  const keys = strokes.map((one) => one.meant ?? "").join("");
  if (document.activeElement !== box || !box?.value) return keys;
  const isCapsLock = entry() === "scanned" && keys.toLowerCase() === box.value.toLowerCase();
  return isCapsLock ? keys : box.value;
}

function awaitLull() {
  clearTimeout(timer);
  timer = setTimeout(settle, LULL_MS);
}

function settle() {
  if (strokes.length < SHORTEST && !strokes.some((one) => one.length >= SHORTEST)) return;
  if (entry() !== "scanned") return;
  const whole = isNumber(read(written()).code);
  const quiet = performance.now() - strokes.at(-1).heard; // a busy browser hears of keys late
  if (whole || quiet >= LONG_LULL_MS) return deliver(written(), "");
  timer = setTimeout(settle, LONG_LULL_MS - quiet);
  return undefined;
}

function end(event) {
  const inBox = event.target === scanBox();
  const isEnter = event.key === "Enter";
  const late = event.timeStamp - endedAt < LATE_END_MS; // the end of what was taken already presses no button
  const fast = entry() === "scanned" && event.timeStamp - strokes.at(-1).at < LONG_LULL_MS;
  const isScan = fast && (inBox || strokes.length >= SHORTEST) && !event.shiftKey;
  if (isScan || late || (inBox && isEnter)) event.preventDefault();
  if (isScan || (inBox && isEnter && written())) deliver(written(), event.key);
}

/** Reads digits off the keys themselves where the letters on them are not the scanner's: `é_à` was the keys 2, 8, 0. */
function read(raw) {
  const plain = split(raw);
  const keys = strokes.map((one) => one.code.match(/^(?:Digit|Numpad)(\d)$/)?.[1] ?? " ").join("");
  const foreign = entry() === "scanned" && !/\d{3}/.test(raw) && (keys.match(/\d/g)?.length ?? 0) >= 10;
  if (!foreign) return { ...plain, text: raw, layout: "" };
  const meant = keys.slice(-12);
  const layout = split(raw).code || words("arrowKeys");
  return isNumber(meant) ? { aim: "", code: meant, text: meant, layout } : { ...plain, text: raw, layout };
}

function deliver(raw, suffix) {
  const box = scanBox();
  const scan = { ...read(raw), suffix, entry: entry(), strokes, field: box };
  endedAt = performance.now();
  clearTimeout(timer);
  if (takers.some((take) => take(scan))) {
    if (box) box.value = "";
  } else if (isUsable(box)) {
    box.value = scan.text;
    box.form.requestSubmit();
  } else if (!box) {
    document.dispatchEvent(new Event("unclaimed"));
  }
  reset();
}

function reset() {
  strokes = [];
  clearTimeout(timer);
}
