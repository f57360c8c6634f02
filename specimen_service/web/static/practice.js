// The practice scanner: a tap on the tray is a scan. A cookie remembers how the tray was left, so that the server shows it so
// and no page jumps as this script comes; a fresh label brings up the tubes.

import { putInPlace } from "./live.js";
import { scanned } from "./wedge.js";

const KEPT_SECONDS = 365 * 24 * 60 * 60;
const tray = document.getElementById("practice");
const choices = [...tray.querySelectorAll("input[name=practice]")];

function remember() {
  if (choices.length === 1) return; // at the door there are badges alone
  const shelf = choices.find((one) => one.checked).value;
  const said = [tray.open ? "open" : "shut", shelf, remember.labels].join(".");
  document.cookie = `practice=${said}; Path=/; Max-Age=${KEPT_SECONDS}; SameSite=Strict`;
}

function recall() {
  const kept = /(?:^|; )practice=([^;]*)/.exec(document.cookie);
  remember.labels = kept?.[1].split(".")[2] ?? "";
  if (kept) return;
  tray.open = innerWidth >= 1280;
  remember();
}

/** Scrolls the tray to a label, and never the page. */
function bringIntoSight(paper) {
  for (const one of [tray, paper.closest(".shelf")]) {
    const [box, it] = [one.getBoundingClientRect(), paper.getBoundingClientRect()];
    one.scrollBy(Math.max(0, it.right - box.right), Math.max(0, it.bottom - box.bottom));
  }
}

function showFreshLabels() {
  const paper = tray.querySelector(".newest .paper");
  const newest = paper?.dataset.scans ?? "";
  if (!paper || newest === remember.labels) return;
  choices.find((one) => one.value === "tubes").checked = true;
  bringIntoSight(paper);
  remember.labels = newest;
  remember();
}

async function fill() {
  const answer = await fetch(tray.dataset.live, { headers: { "X-Fragment": "1" }, cache: "no-store" });
  if (answer.ok) putInPlace(await answer.text());
}

/** At a PIN the badge goes where a scanner would put it: into the field. */
function scan(code) {
  const pin = document.querySelector("form[data-pin]");
  if (!pin) return scanned(code);
  pin.elements.pin.value = code;
  return pin.requestSubmit();
}

recall();
document.addEventListener("placed", showFreshLabels);
tray.addEventListener("toggle", remember);
tray.addEventListener("change", remember);
tray.addEventListener("click", (event) => {
  const thing = event.target.closest("[data-scans]");
  if (thing) scan(thing.dataset.scans);
});
fill();
