// Everything the handheld page says by itself, in one place. Verdicts come in the server's own words.

export const BANDS = {
  saved: { tone: "info", sign: "saved", word: "SAVED - not checked", sound: "saved" },
  checking: { tone: "info", sign: "saved", word: "SAVED - checking", sound: "tick" },
  already: { tone: "info", sign: "info", word: "ALREADY SCANNED", sound: "already" },
  misread: { tone: "info", sign: "info", word: "MISREAD", sound: "already", sentence: "Those digits don't add up. Scan again or retype them." },
  place: { tone: "info", sign: "place", word: "PLACE SET", sound: "tick" },
  badge: { tone: "info", sign: "person", word: "BADGE READ", sound: "tick" },
  bag: { tone: "info", sign: "pick-up", word: "BAG", sound: "tick" },
  undone: { tone: "info", sign: "undo", word: "TAKEN BACK", sound: "already" },
  asking: { tone: "info", sign: "scan", word: "CHECKING", sound: "tick" },
  first: { tone: "wait", sign: "alert", word: "NOT YET", sound: "attention" },
  lost: { tone: "stop", sign: "stop", word: "NOT SAVED", sound: "stop" },
};

export const SAYS = {
  noOperator: "Scan your badge",
  firstBadge: "Scan your badge first, then this again. It was not recorded.",
  firstPlace: "Scan the barcode of the place first, then this again. It was not recorded.",
  badgeUnknown: "This badge is not known here. Scan your badge again.",
  placeUnknown: "This place is not known here. Scan the barcode of the place again.",
  noVerify: "A tube is not verified without a connection. Verify it again once the connection is back.",
  noFind: "Looking a tube up needs the connection. Try again once it is back.",
  signInToFind: "Looking a tube up needs somebody signed in. Sign in and try again.",
  notSaved: "This device cannot keep scans. Write the number down, and reload the page.",
  command: "That is a command barcode, and there is nothing for it to press just now.",
  toPosition: (position) => `Tubes go to position ${position}`,
  alreadyBy: (time, name, isYou) => `${time} by ${isYou ? "you" : name}.`,
  tooLong: "That is no barcode of a tube. Scan the specimen label.",
  takenBackLater: "It is taken back when the scans go up.",
  neverSent: "It had not been sent yet.",
  reloadNeedsHttps: "reloading offline needs https",
  signInToSend: (n) => `Sign in to send · ${n} saved`,
  online: (n) => `Online · ${n} waiting`,
  offline: (n) => `Offline · ${n} saved`,
  offlineNote: (n) => `Offline. ${n} ${n === 1 ? "scan" : "scans"} saved on this device. Keep working.`,
  clock: (skewMs) => `This device's clock is ${span(Math.abs(skewMs))} ${skewMs > 0 ? "behind" : "ahead"}. Both times are kept.`,
  needLook: (some, all, which) => `${some} of ${all} scans ${some === 1 ? "needs" : "need"} a look: ${which}`,
  scanned: (n) => `${n} scanned`,
  at: (place) => `You are at ${place}.`,
  operatorIs: (name) => `${name} scans from here on.`,
  undo: (seconds) => `Undo · ${seconds} s`,
  intoBag: (bag) => `Put the next tubes into bag ${bag}`,
  intoBagNow: (bag) => `Tubes go into bag ${bag}`,
  outOfBag: (bag) => `Tubes come out of bag ${bag}`,
  notInBag: "No bag",
  badgeAlone: (badge) => `Badge ${badge}`,
  sound: "Sound on",
  silent: "Sound off",
  lookedAt: "Looked at",
  read: "OK, I read it",
};

function span(ms) {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} days`;
}

/** Writes a number of ours in groups of four, as people read it aloud. */
export const grouped = (code) => (/^\d{12}$/.test(code) ? code.replace(/(\d{4})(?=\d)/g, "$1 ") : code);

/** Writes the hour and minute of a moment in the site's zone (empty: not known yet, that of the device). */
export const timeOfDay = (at, zone) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone || undefined });
