// Everything the handheld page says by itself, in one place. Verdicts come in the server's own words.

import { words } from "../words.js";

export const BANDS = {
  saved: { tone: "info", sign: "saved", word: words("saved"), sound: "saved" },
  checking: { tone: "info", sign: "saved", word: words("checking"), sound: "tick" },
  already: { tone: "info", sign: "info", word: words("already"), sound: "already" },
  misread: { tone: "info", sign: "info", word: words("misread"), sound: "already", sentence: words("digits") },
  place: { tone: "info", sign: "place", word: words("placeSet"), sound: "tick" },
  badge: { tone: "info", sign: "person", word: words("badgeRead"), sound: "tick" },
  bag: { tone: "info", sign: "pick-up", word: words("bag"), sound: "tick" },
  undone: { tone: "info", sign: "undo", word: words("takenBack"), sound: "already" },
  asking: { tone: "info", sign: "scan", word: words("asking"), sound: "tick" },
  first: { tone: "wait", sign: "alert", word: words("notYet"), sound: "attention" },
  lost: { tone: "stop", sign: "stop", word: words("lost"), sound: "stop" },
  kept: { tone: "wait", sign: "place", word: words("kept"), sound: "attention", sentence: words("keptForPlace") },
  done: { tone: "go", sign: "check", word: words("done"), sound: "accepted" },
  doneSaved: { tone: "info", sign: "saved", word: words("doneSaved"), sound: "saved" },
  nothing: { tone: "info", sign: "info", word: words("nothing"), sound: "already" },
  nothingHere: { tone: "info", sign: "void", word: words("nothingHere"), sound: "tick" },
  short: { tone: "wait", sign: "alert", word: words("short"), sound: "attention" },
  look: { tone: "wait", sign: "alert", word: "", sound: "attention", stays: true },
  clock: { tone: "wait", sign: "clock", word: words("clock"), sound: "attention" },
  typing: { tone: "info", sign: "label", word: words("typing"), sound: "tick", sentence: words("label") },
};

const PLAIN = [
  "noOperator", "firstBadge", "placeForNothing", "badgeUnknown", "placeUnknown", "noVerify", "noFind", "signInToFind", "notSaved",
  "command", "tooLong", "takenBackLater", "neverSent", "reloadNeedsHttps", "notInBag", "sound", "silent", "lookedAt", "read", "nothingYet",
  "nothingToPickUp", "chooseNext", "lookingUp", "enter", "type", "signIn",
];

export const SAYS = {
  ...Object.fromEntries(PLAIN.map((key) => [key, words(key)])),
  toPosition: (number) => words("toPosition", { number }),
  alreadyBy: (time, name, isYou) => words(isYou ? "alreadyByYou" : "alreadyBy", { time, name }),
  signInToSend: (count) => words("signInToSend", { count }),
  online: (count) => words("online", { count }),
  offline: (count) => words("offline", { count }),
  offlineNote: (count) => words("offlineNote", { count }),
  clock: (skewMs) => words(skewMs > 0 ? "clockBehind" : "clockAhead", { span: span(Math.abs(skewMs)) }),
  needLook: (count, all, which) => words("needLook", { count, all, which }),
  lookedAtTube: (code, message) => words("lookedAtTube", { code, message }),
  scanned: (count) => words("scanned", { count }),
  product: (code) => words("product", { code }),
  nothingNoted: (place) => words("nothingNoted", { place }),
  withPlace: (count) => words("withPlace", { count }),
  setAside: (count) => words("setAside", { count }),
  onDevice: (count) => words("onDevice", { count }),
  came: (action, count, place) => words(place ? `doneAt-${action}` : `done-${action}`, { count, place }),
  at: (place) => words("at", { place }),
  operatorIs: (name) => words("operatorIs", { name }),
  undo: (seconds) => words("undo", { seconds }),
  intoBag: (number) => words("intoBag", { number }),
  intoBagNow: (number) => words("intoBagNow", { number }),
  outOfBag: (number) => words("outOfBag", { number }),
  badgeAlone: (number) => words("badgeAlone", { number }),
};

function span(ms) {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return words("minutes", { minutes });
  if (minutes < 2880) return words(minutes % 60 ? "hoursMinutes" : "hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return words("wholeDays", { days: Math.floor(minutes / 1440) });
}

/** Writes a sentence so that no line of it ends within a number of ours (web/wording.py does it for pages). */
export const whole = (sentence) => sentence.replace(/\b\d{4} \d{4} \d{4}\b/g, (number) => number.replaceAll(" ", "\u00a0"));

/** Writes a number of ours in groups of four, as people read it aloud. */
export const grouped = (code) => (/^\d{12}$/.test(code) ? code.replace(/(\d{4})(?=\d)/g, "$1 ") : code);

/** Writes the hour and minute of a moment in the site's zone (empty: not known yet, that of the device). */
export const timeOfDay = (at, zone) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone || undefined });
