// A round: the place first, then tubes, then Done. What comes before the place waits on the device and goes with it.

import { row, show } from "./bands.js";
import { beginRound, context, counted, operator, placeAtHand, set } from "./context.js";
import { countAgainst, hurry, line, onChange, recount } from "./sender.js";
import * as store from "./store.js";
import { aboutIt, forgetSeen, makeRoom, placeSeen, randomId } from "./taking.js";
import { BANDS, SAYS } from "./words.js";

const SAME_STOP_MS = 60_000; // a second tap is a slip of the finger; a later one is another visit
const noted = new Map(); // by place: when it was noted that nothing waited there

/** Starts hearing what the server says of stops. */
export const hearStops = () => onChange(({ noted: reply }) => reply && hearStop(reply));

/** Makes a place the one at hand and begins a round there, with what was scanned before it was named. */
export async function goTo(number, changed) {
  beginRound({ place: number });
  const place = placeAtHand();
  const isMine = (scan) => scan.action === context.action && scan.operator === operator()?.badge;
  const held = place ? await store.release(place, isMine) : [];
  for (const { scan } of held) {
    counted.add(scan.scan_id);
    placeSeen(scan);
  }
  set({ count: held.length });
  makeRoom();
  if (place) {
    const kept = held.length ? SAYS.withPlace(held.length) : "";
    show({ ...BANDS.place, sentence: `${SAYS.at(place.name)} ${kept}`.trim() });
  }
  changed();
  await recount();
  hurry();
}

/** Ends a round and says what it came to; what is scanned from here on is a new one, also a tube that was scanned before. */
export async function finish(tile) {
  const { count, aside, outOf } = context;
  const place = placeAtHand();
  if (!count && !aside) return show({ ...BANDS.nothing, sentence: tile.value === "pick_up" ? SAYS.nothingToPickUp : SAYS.nothingYet });
  if (count && !place && "atPlace" in tile.dataset) return show(BANDS.kept);
  const came = [
    count && SAYS.came(tile.value, count, place?.name),
    aside && SAYS.setAside(aside),
    line.waiting && SAYS.onDevice(line.waiting),
    SAYS.chooseNext,
  ];
  const sentence = came.filter(Boolean).join(" ");
  forgetSeen();
  makeRoom();
  beginRound();
  show({ ...(line.waiting ? BANDS.doneSaved : BANDS.done), sentence });
  const short = outOf && line.online ? await countAgainst(outOf) : null;
  if (short) show({ ...BANDS.short, sentence: `${short} ${sentence}` });
  return undefined;
}

/** Notes that nothing waited at the place at hand: kept on the device and sent as a scan is. */
export async function noteNothing(tile) {
  const place = placeAtHand();
  const who = operator();
  if (!who) return show({ ...BANDS.first, sentence: SAYS.firstBadge });
  if (!place) return show({ ...BANDS.first, sentence: SAYS.placeForNothing });
  const stop = { stop_id: randomId(), location: place.number, operator: who.badge, at: new Date().toISOString() };
  const about = aboutIt(tile, new Date(stop.at));
  const band = { ...BANDS.nothingHere, sentence: SAYS.nothingNoted(place.name) };
  if (Date.now() - (noted.get(place.number) ?? -Infinity) > SAME_STOP_MS) {
    try {
      await store.add({ stop, about, word: BANDS.nothingHere.word });
    } catch {
      return show({ ...BANDS.lost, sentence: SAYS.notSaved });
    }
    noted.set(place.number, Date.now());
    row(stop.stop_id, { ...BANDS.nothingHere, sign: "saved", sentence: "" }, "", about);
  }
  makeRoom();
  show(band);
  await recount();
  return hurry();
}

function hearStop({ noted: isNoted, message, entry }) {
  if (!isNoted) noted.delete(entry.stop.location);
  const band = isNoted ? { ...BANDS.nothingHere, tone: "go", sign: "check" } : { ...BANDS.first, sentence: message };
  row(entry.stop.stop_id, band, "", entry.about);
  if (!isNoted) show(band);
}
