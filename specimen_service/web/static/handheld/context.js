// What stays from scan to scan: who scans, where, what they do, and how many. Kept on the device, so that a reload and a
// restart lose nothing of it; who scans is forgotten after half an hour without a scan or a tap.

const IDLE_MS = 30 * 60_000;
const KEY = "specimen-handheld";
const EMPTY = { operator: null, usedAt: 0, signIn: "", action: "", place: "", count: 0, aside: 0, into: "", outOf: "", bag: "", muted: false, places: [], zone: "" };

/** The context at hand; change it by `set`. */
export const context = { ...EMPTY, ...remembered() };

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

/** The ids of the scans that the count counts: what the server does not accept is taken out of it again. */
export const counted = new Set();

/** Returns the place at hand, `{number, name}`; undefined: none was named. */
export const placeAtHand = () => context.places.find((one) => one.number === context.place);

/** Begins a round: what is counted is counted from here on. */
export const beginRound = (changes = {}) => set({ ...changes, count: 0, aside: 0, into: "", outOf: "", bag: "" });

/** Changes the context and keeps it. */
export function set(changes) {
  if (changes.count === 0) counted.clear();
  Object.assign(context, changes);
  try {
    localStorage.setItem(KEY, JSON.stringify(context));
  } catch {
    // Storage is full or forbidden: the page still works, and asks again after a reload.
  }
}

/** Tells whether this browser was ever a handheld. */
export const isHandheld = () => localStorage.getItem(KEY) !== null;

/** Returns who scans, `{badge, name}`; null once half an hour went by without anything done. */
export function operator(now = Date.now()) {
  return context.operator && now - context.usedAt < IDLE_MS && now >= context.usedAt - IDLE_MS ? context.operator : null;
}

/** Notes that somebody is at work. */
export function used(now = Date.now()) {
  if (operator(now)) set({ usedAt: now });
}

/** Lets somebody scan from here on; the count begins anew. */
export const setOperator = (badge, name, now = Date.now()) => set({ operator: { badge, name }, usedAt: now, count: 0 });

/** Forgets who scans: somebody signed out. */
export const forgetOperator = () => set({ operator: null, signIn: "" });
