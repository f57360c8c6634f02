// Taking scans: each is kept on the device first and sent from there. A verify alone is asked of the server at once, since
// it is worth nothing unchecked.

import { isNumber, isProduct, split } from "../numbers.js";
import { row, show, verdict } from "./bands.js";
import { context, counted, operator, placeAtHand, set, setOperator, used } from "./context.js";
import { find } from "./finding.js";
import { askBadge, hurry, line, onChange, recount, sendLive } from "./sender.js";
import * as store from "./store.js";
import { BANDS, SAYS, grouped, timeOfDay } from "./words.js";

const ANSWER_MS = 70; // what the server has not said by then is not waited for: the hand must feel the scan in 100 ms
const UNDO_MS = 10_000;
const AGAIN_MS = 15 * 60_000;
const LONGEST_CODE = 1000;

const seen = new Map(); // by code: how it was scanned last
let latest = null; // the scan whose band is on the screen
let last = null; // the scan that can be taken back: one that was counted
const gone = new Map(); // by id: scans taken back, of which nothing is heard any more
let sync = { late: false, all: 0, bad: 0, which: "" }; // what came of the scans that were made without a connection
let desk = null;

/** Starts taking scans; `changed` is called when the context changed, `goTo` with the number of a place that was scanned. */
export function begin(with_) {
  desk = with_;
  onChange(hear);
}

/** Takes up where the device left off: what waits is shown as saved, and known as scanned already. */
export function recall(entries) {
  for (const entry of entries.filter((one) => one.scan)) {
    seen.set(split(entry.scan.code).code, { ...entry.scan, at: Date.parse(entry.scan.scanned_at), name: entry.name });
    row(entry.scan.scan_id, entry.held ? BANDS.kept : BANDS.saved, entry.scan.code, entry.about);
    const isHere = (entry.scan.location ?? "") === context.place && entry.scan.action === context.action;
    if (isHere && !looksOf(entry.scan.code)) counted.add(entry.scan.scan_id);
  }
  sync.late ||= entries.length > 0;
}

/** Forgets what was scanned: from here on also a tube that was scanned before is a new one. */
export const forgetSeen = () => seen.clear();

/** Gives the screen to something else: what comes of the last scan is said among the last scans, and only a STOP above. */
export const makeRoom = () => (latest = null);

/** Notes that a scan that waited for its place has it by now. */
export const placeSeen = (scan) => Object.assign(seen.get(split(scan.code).code) ?? {}, { location: scan.location });

/** Takes one scan as the wedge read it, for the chosen tile. */
export function take(scan, tile) {
  const kind = isNumber(scan.code) ? scan.code.slice(0, 2) : "";
  used();
  if (scan.text.length > LONGEST_CODE) return show({ ...BANDS.misread, sentence: SAYS.tooLong });
  if (kind === "80") return setPlace(scan.code);
  if (kind === "82") return setBadge(scan.code);
  if (kind === "83") return show({ ...BANDS.first, sentence: SAYS.command });
  if (tile.value === "find") return find(scan.text);
  if (!operator()) return show({ ...BANDS.first, sentence: SAYS.firstBadge });
  if (kind === "84" && tile.value === "store") return setPosition(scan.code);
  if (tile.value === "verify") return verify(scan, tile);
  return isAgain(scan) ? sayAgain(scan) : keep(scan, tile, kind === "81");
}

/** Returns for how many more milliseconds the last scan can be taken back; 0: not any more. */
export const undoable = () => (last ? Math.max(0, last.at + UNDO_MS - Date.now()) : 0);

/** Takes the last scan back: out of the queue if it was never sent, else by a correction that waits in the queue. */
export async function takeBack() {
  if (!undoable()) return;
  const { scan, seq, about } = last;
  last = latest = null;
  const undone_at = new Date().toISOString();
  gone.set(scan.scan_id, { scan, about, counted: uncount(scan.scan_id) });
  seen.delete(scan.code);
  row(scan.scan_id, BANDS.undone, scan.code, about);
  show(BANDS.undone, scan.code);
  desk.changed();
  if (!(await store.removeUnsent(seq))) await store.add({ undo: { scan_id: scan.scan_id, undone_at, operator: operator()?.badge } });
  await recount();
  hurry();
}

/** Hears whether a scan could be taken back; one that could not counts again. */
function hearUndone({ scan_id, undone, message }) {
  const { scan, about, counted: wasCounted } = gone.get(scan_id) ?? {};
  const band = undone ? { ...BANDS.undone, sentence: message } : { ...BANDS.first, sentence: message };
  if (scan) row(scan_id, band, scan.code, about);
  if (undone) return;
  if (wasCounted) count(scan_id);
  show(band, scan?.code);
}

function setPlace(number) {
  const isKnown = context.places.some((one) => one.number === number);
  return isKnown ? desk.goTo(number) : show({ ...BANDS.first, sentence: SAYS.placeUnknown });
}

function setBadge(badge) {
  if (operator()?.badge !== badge) setOperator(badge, SAYS.badgeAlone(grouped(badge)));
  else used();
  askBadge(badge);
  show({ ...BANDS.badge, sentence: SAYS.operatorIs(context.operator.name) });
  desk.changed();
}

function setPosition(number) {
  set({ into: number, count: 0, aside: 0 });
  show({ ...BANDS.place, sentence: SAYS.toPosition(grouped(number)) });
  desk.changed();
}

const how = () => ({ action: context.action, location: context.place || undefined, into: context.into || undefined, out_of: context.outOf || undefined });

function isAgain(scan) {
  const before = seen.get(scan.code);
  const now = how();
  return before && Date.now() - before.at < AGAIN_MS && Object.keys(now).every((key) => before[key] === now[key]);
}

function sayAgain(scan) {
  const before = seen.get(scan.code);
  show({ ...BANDS.already, sentence: SAYS.alreadyBy(timeOfDay(new Date(before.at), context.zone), before.name, before.operator === operator().badge) }, scan.code);
}

function scanOf(read) {
  return { scan_id: randomId(), code: read.text, ...how(), operator: operator().badge, scanned_at: new Date().toISOString(), entry: read.entry };
}

/** Says of a scan what was done, where, when and by whom. */
export function aboutIt(tile, at) {
  return [tile.dataset.word, placeAtHand()?.name, timeOfDay(at, context.zone), operator().name].filter(Boolean).join(" · ");
}

async function keep(read, tile, isBag) {
  const scan = scanOf(read);
  const at = new Date(scan.scanned_at);
  const about = aboutIt(tile, at);
  const held = "atPlace" in tile.dataset && !context.place; // it says nothing without the place, and waits for it
  const mine = (latest = { scan, about, held, saved: false, due: false, shown: "" });
  seen.set(read.code, { ...scan, at: at.getTime(), name: operator().name });
  setTimeout(() => {
    mine.due = true;
    sayLocally(mine);
  }, ANSWER_MS);
  try {
    const seq = await store.add({ scan, about, name: operator().name, ...(held ? { held } : {}) });
    if (!looksOf(read.code)) last = { scan: { ...scan, code: read.code }, seq, about, at: Date.now() };
  } catch {
    seen.delete(read.code);
    mine.shown = "lost";
    return show({ ...BANDS.lost, sentence: SAYS.notSaved }, read.code);
  }
  mine.saved = true;
  if (isBag && !scan.into) set(scan.action === "receive" ? { outOf: read.code } : { bag: read.code });
  if (!looksOf(read.code)) count(scan.scan_id);
  if (held || mine.due || !line.online) sayLocally(mine); // due already: the disk was slower than the server may be
  await recount();
  return hurry();
}

/** Counts a scan, once. */
function count(scanId) {
  if (counted.has(scanId)) return;
  counted.add(scanId);
  set({ count: context.count + 1 });
  desk.changed();
}

/** Takes a scan out of the count that is compared with what is in the hand: it was none of a tube that moved. */
function uncount(scanId) {
  if (!counted.delete(scanId)) return false;
  set({ count: Math.max(0, context.count - 1) });
  desk.changed();
  return true;
}

const isMisread = (code) => /^\d{12}$/.test(code) && !isNumber(code);

/** Says what this device knows of a scan as long as the server has said nothing. */
function sayLocally(mine) {
  if (!mine.saved || mine !== latest || mine.shown === "verdict") return;
  const band = mine.held ? BANDS.kept : line.online ? BANDS.checking : { ...BANDS.saved, sentence: looksOf(mine.scan.code) };
  if (mine.shown === band.word) return;
  mine.shown = band.word;
  row(mine.scan.scan_id, band, mine.scan.code, mine.about);
  show(band, mine.scan.code);
}

/** Says what is wrong with a code by its looks alone; empty: nothing. */
function looksOf(code) {
  if (isMisread(code)) return BANDS.misread.sentence;
  return isProduct(code) && !isNumber(code) ? SAYS.product(code) : "";
}

async function verify(read, tile) {
  const scan = scanOf(read);
  const about = aboutIt(tile, new Date(scan.scanned_at));
  latest = null;
  const waits = setTimeout(() => show(BANDS.asking, read.code), ANSWER_MS);
  const result = navigator.onLine ? await sendLive(scan) : null;
  clearTimeout(waits);
  if (!result) return show({ ...BANDS.first, sentence: SAYS.noVerify }, read.code);
  if (result.outcome === "accepted") set({ count: context.count + 1 });
  const band = verdict(result, context.count);
  row(scan.scan_id, band, read.code, about);
  show(band, read.code);
  return desk.changed();
}

function hear(event) {
  if (event.badges) nameBadges(event.badges);
  if (event.answers) event.answers.forEach(hearAnswer);
  if (event.undone) hearUndone(event.undone);
  if (!line.online) {
    sync.late = true;
    if (latest) sayLocally(latest);
  }
  if (sync.late && line.online && !line.waiting && !event.answers) sumUp();
}

function nameBadges(badges) {
  const who = operator();
  if (!who || !(who.badge in badges)) return;
  const name = badges[who.badge];
  if (name === who.name) return;
  if (name) {
    set({ operator: { ...who, name } });
    show({ ...BANDS.badge, sentence: SAYS.operatorIs(name) });
  } else {
    set({ operator: null });
    show({ ...BANDS.first, sentence: SAYS.badgeUnknown });
  }
  desk.changed();
}

function hearAnswer({ entry, result }) {
  const id = entry.scan.scan_id;
  if (sync.late) addUp(entry, result);
  if (gone.has(id)) return; // it was taken back meanwhile
  if (result.outcome !== "accepted" || result.again) setAside(id, result);
  const band = verdict(result, context.count);
  row(id, band, entry.scan.code, entry.about);
  if (latest?.scan.scan_id === id) {
    latest.shown = "verdict";
    show(band, entry.scan.code);
  } else if (band.tone === "stop") {
    show(band, entry.scan.code);
  }
}

/** Counts a scan no longer: what came again is nothing to take back, what did not fit is told at the end of the round. */
function setAside(id, result) {
  const wasCounted = uncount(id);
  if (result.again) last = last?.scan.scan_id === id ? null : last;
  else if (wasCounted) set({ aside: context.aside + 1 });
}

function addUp(entry, result) {
  sync.all += 1;
  if (result.outcome === "accepted") return;
  sync.bad += 1;
  sync.which ||= SAYS.lookedAtTube(grouped(entry.scan.code), result.message);
}

/** Says once, when what was made without a connection is sent, how much of it needs a look. */
function sumUp() {
  const { all, bad, which } = sync;
  if (bad) show({ ...BANDS.look, sentence: SAYS.needLook(bad, all, which) });
  sync = { late: false, all: 0, bad: 0, which: "" };
}

/** Makes an id that no other device makes. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is not there over plain http
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
