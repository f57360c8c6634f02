// The queue on the device: scans wait here until the server has answered for each of them. Nothing of a patient is kept:
// codes as they were scanned, actions, places, badges and times, and each only until it is settled.

const NAME = "specimen-handheld";
const PLACE_WAIT_MS = 15 * 60_000;
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
      request.result.createObjectStore("looks", { keyPath: "seq" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opened.catch(() => (opened = undefined));
  return opened;
}

/** Runs `work` on the named stores in one transaction; resolves with what it returns once that is on disk. */
async function transact(stores, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error);
    work(transaction, (value) => (result = value));
  });
}

const read = (store, count) => transact([store], (transaction, give) => {
  transaction.objectStore(store).getAll(null, count).onsuccess = (event) => give(event.target.result);
});

/** Puts an entry at the end of the queue; resolves with its place in it once it is on disk. */
export const add = (entry) => transact(["queue"], (transaction, give) => {
  transaction.objectStore("queue").add({ ...entry, tried: false }).onsuccess = (event) => give(event.target.result);
});

/** Returns everything that waits, the oldest first. */
export const waiting = () => read("queue");

/** Counts what waits as people count it: a take-back and the scan it takes back, which waits still, are one. */
export async function count() {
  const entries = await waiting();
  const scans = new Set(entries.map(({ scan }) => scan?.scan_id));
  return entries.filter(({ undo }) => !undo || !scans.has(undo.scan_id)).length;
}

/** Tells whether an entry waits for its place. After a while it goes up without one: nobody knows any more where it was. */
const isHeld = (entry) => entry.held && Date.now() - Date.parse(entry.scan.scanned_at) < PLACE_WAIT_MS;

function placed({ held: _, ...entry }, place) {
  const [what, ...rest] = entry.about.split(" · ");
  return { ...entry, about: [what, place.name, ...rest].join(" · "), scan: { ...entry.scan, location: place.number } };
}

/** Gives its place, `{number, name}`, to the scans that waited for it; they may be sent from here on. Resolves with their
    entries. Scans that are not `its`, by `its(scan)`, go up without a place: a wrong one would be worse. */
export const release = (place, its) => transact(["queue"], (transaction, give) => {
  const queue = transaction.objectStore("queue");
  queue.getAll().onsuccess = (event) => {
    const held = event.target.result.filter(isHeld);
    const here = held.filter(({ scan }) => its(scan)).map((entry) => placed(entry, place));
    const nowhere = held.filter(({ scan }) => !its(scan)).map((entry) => ({ ...entry, held: false }));
    for (const entry of [...here, ...nowhere]) queue.put(entry);
    give(here);
  };
});

/** Reads on from `range` until there are `most` entries that wait for nothing, or no more; calls `found` with these. */
function readFree(queue, most, found, range = null, free = []) {
  queue.getAll(range, most).onsuccess = ({ target: { result: read } }) => {
    free.push(...read.filter((entry) => !isHeld(entry)));
    if (read.length < most || free.length >= most) return found(free.slice(0, most));
    return readFree(queue, most, found, IDBKeyRange.lowerBound(read.at(-1).seq, true), free);
  };
}

/** Returns the oldest entries that wait for nothing, marked as perhaps sent: from here on only the server knows whether it
    has them. However much waits, little more is read than is returned. */
export const take = (most) => transact(["queue"], (transaction, give) => {
  const queue = transaction.objectStore("queue");
  readFree(queue, most, (entries) => {
    for (const entry of entries) if (!entry.tried) queue.put({ ...entry, tried: true });
    give(entries);
  });
});

/** Takes an entry out of the queue if it was certainly never sent; resolves with whether it did. */
export const removeUnsent = (seq) => transact(["queue"], (transaction, give) => {
  const queue = transaction.objectStore("queue");
  give(false);
  queue.get(seq).onsuccess = (event) => {
    if (!event.target.result || event.target.result.tried) return;
    queue.delete(seq);
    give(true);
  };
});

/** Takes settled entries out of the queue, and keeps those that need a look in their own list, in one transaction. */
export const settle = (seqs, looks) => transact(["queue", "looks"], (transaction) => {
  for (const look of looks) transaction.objectStore("looks").put(look);
  for (const seq of seqs) transaction.objectStore("queue").delete(seq);
});

/** Returns what needs a look. */
export const looks = () => read("looks");

/** Takes one away that somebody looked at. */
export const forgetLook = (seq) => transact(["looks"], (transaction) => transaction.objectStore("looks").delete(seq));
