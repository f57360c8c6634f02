// What is heard at a station, and a STOP that a badge acknowledges.

import { mute, sound, unlockOnFirstTouch, wake } from "./handheld/tones.js";
import { isNumber } from "./numbers.js";
import { onScan } from "./wedge.js";

const SOUNDS = { go: "accepted", info: "already", wait: "attention", stop: "stop" };
const BADGE = "82";
const KEPT = "silent";

function takeBadge(scan) {
  const form = document.querySelector(".halt form[data-takes-badges]");
  if (!form || !isNumber(scan.code) || !scan.code.startsWith(BADGE)) return false;
  form.elements.badge.value = scan.code;
  if (form.elements.pin) form.elements.pin.focus();
  else form.requestSubmit();
  return true;
}

function setSilent(button, silent) {
  localStorage.setItem(KEPT, silent ? "yes" : "");
  mute(silent);
  for (const word of button.children) word.hidden = (word.dataset.when === "silent") !== silent;
}

function choose(button) {
  setSilent(button, localStorage.getItem(KEPT) === "yes");
  button.hidden = false;
  button.addEventListener("click", () => setSilent(button, localStorage.getItem(KEPT) !== "yes"));
}

/** Lets the answers to scans be heard, each tone by its colour, and a STOP as soon as it is seen; on all but the handheld. */
export function soundAnswers() {
  if (document.getElementById("handheld")) return;
  const button = document.getElementById("tones");
  if (button) choose(button);
  unlockOnFirstTouch();
  onScan(takeBadge);
  document.addEventListener("answered", () => sound(SOUNDS[document.querySelector("#answer [data-tone]")?.dataset.tone]));
  const stop = document.querySelector(".halt");
  if (!stop) return;
  stop.focus();
  wake();
  sound("stop");
}
