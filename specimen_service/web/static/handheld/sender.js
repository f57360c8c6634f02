// Sends what waits on this device, in order, until the server has answered for each entry. It runs on every page of ours
// and needs nobody signed in: the browser's own cookie says which device it is, each scan who made it.

import * as store from "./store.js";

const MOST = 50;
const AGAIN_MS = 3000;
const PULSE_MS = 20_000;
export const PATIENCE_MS = 10_000;
const RIGHT_MS = 5000; // a clock this near needs no putting right; the way of one request could only blur it

/** How things stand: whether the server answers, whether it knows this browser, how far its clock is ahead of ours. */
export const line = { online: navigator.onLine, enrolled: true, skewMs: null, waiting: 0 };

const hearers = [];
let admission = null;
const askedBadges = new Set();
let turning = false;
let hurried = false;
let isQuiet = false;
let timer = 0;

/** Has `hear(event)` called with `{answers}`, `{undone}`, `{noted}`, `{badges}` or `{}` whenever something changed. */
export const onChange = (hear) => hearers.push(hear);
const tell = (event) => hearers.forEach((hear) => hear(event));

/** Holds everything back until the browser has asked for the cookie by which the server knows it, or could not. */
export const sendAfter = (asked) => (admission = asked);

/** Sends what waits now, or at once after what is being sent. */
export function hurry() {
  hurried = true;
  if (!turning) turn();
}

/** Asks whose badge this is, with whatever is sent next. */
export function askBadge(badge) {
  askedBadges.add(badge);
  hurry();
}

/** Sends one scan past the queue; resolves with its answer, or null where the server could not be asked. */
export async function sendLive(scan) {
  try {
    const reply = await post("/scan/queue", { scans: [scan] });
    return reply.results[0];
  } catch {
    return null;
  } finally {
    hurry();
  }
}

/** Counts what waits anew. */
export async function recount() {
  line.waiting = await store.count();
  tell({});
}

/** Starts: now, every few seconds while something waits, and when the browser believes it is connected again. `quiet`: the
    server is asked nothing while nothing waits; a page that shows how the line stands asks all the same. */
export function keepSending({ quiet = false } = {}) {
  isQuiet = quiet;
  addEventListener("online", hurry);
  addEventListener("offline", () => {
    line.online = false;
    tell({});
  });
  document.addEventListener("visibilitychange", () => document.hidden || hurry());
  hurry();
}

async function turn() {
  turning = true;
  clearTimeout(timer);
  let again = false;
  do {
    hurried = false;
    try {
      again = await step();
    } catch {
      line.online &&= !line.enrolled; // who is told to sign in has reached the server
      again = false;
    }
    await recount().catch(() => {});
  } while (again || (hurried && line.online));
  turning = false;
  timer = setTimeout(hurry, line.online ? PULSE_MS : AGAIN_MS);
}

/** Sends the oldest entries; resolves with whether more may wait behind them. */
async function step() {
  const entries = await store.take(MOST);
  const [first] = entries;
  if (first?.undo) return takeBack(first);
  if (first?.stop) return noteStop(first);
  const other = entries.findIndex((entry) => !entry.scan);
  const batch = other > 0 ? entries.slice(0, other) : entries;
  const badges = [...askedBadges].slice(0, 5);
  if (isQuiet && !batch.length && !badges.length) return false;
  const scans = batch.map((entry) => ({ ...entry.scan, device_seq: entry.seq }));
  const reply = await post("/scan/queue", { scans, badges });
  badges.forEach((badge) => askedBadges.delete(badge));
  await settle(batch, reply.results);
  if (badges.length) tell({ badges: reply.badges });
  return batch.length > 0;
}

async function settle(batch, results) {
  const answers = batch.map((entry, i) => ({ entry, result: results[i] })).filter(({ entry, result }) => result?.scan_id === entry.scan.scan_id);
  const bad = answers.filter(({ result }) => result.outcome !== "accepted" && result.outcome !== "parked");
  const looks = bad.map(({ entry, result }) => ({ ...entry, message: result.message, word: result.word }));
  await store.settle(answers.map(({ entry }) => entry.seq), looks);
  if (answers.length) tell({ answers });
  if (answers.length < batch.length) throw new Error("the server answered for fewer scans than it was sent");
}

async function takeBack(entry) {
  const reply = await post("/scan/undo", entry.undo);
  await store.settle([entry.seq], []);
  tell({ undone: { ...reply, scan_id: entry.undo.scan_id } });
  return true;
}

async function noteStop(entry) {
  const reply = await post("/scan/empty-stop", entry.stop);
  await store.settle([entry.seq], reply.noted ? [] : [{ ...entry, message: reply.message }]);
  tell({ noted: { ...reply, entry } });
  return true;
}

/** Asks whether what was scanned out of a bag is all that is in it; resolves with what is wrong, or null. */
export async function countAgainst(number) {
  try {
    return (await post("/scan/manifest", { number })).message;
  } catch {
    return null;
  }
}

async function post(path, said) {
  await admission;
  const began = Date.now();
  const isRight = line.skewMs !== null && Math.abs(line.skewMs) < RIGHT_MS;
  const body = JSON.stringify(isRight ? said : { ...said, sent_at: new Date(began).toISOString() });
  const headers = { "Content-Type": "application/json" };
  const reply = await fetch(path, { method: "POST", body, headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  line.enrolled = reply.status !== 401;
  if (!line.enrolled) line.online = true;
  if (!reply.ok) throw new Error(`the server answered ${reply.status}`);
  const answer = await reply.json();
  line.online = navigator.onLine; // the answer may have been on its way when the connection went
  line.skewMs = Date.parse(answer.now) - (began + Date.now()) / 2;
  return answer;
}
