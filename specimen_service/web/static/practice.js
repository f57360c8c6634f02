// The practice scanner: a tap on the tray is a scan. It remembers how the tray was left; a fresh label brings up the tubes.

import { putInPlace } from "./live.js";
import { scanned } from "./wedge.js";

const KEPT = "practice";
const tray = document.getElementById("practice");
const choices = [...tray.querySelectorAll("input[name=practice]")];

function remember() {
  if (choices.length === 1) return; // at the door there are badges alone
  const shelf = choices.find((one) => one.checked).value;
  localStorage.setItem(KEPT, JSON.stringify({ open: tray.open, shelf, labels: remember.labels }));
}

function recall() {
  const { open = innerWidth >= 1280, shelf = "bands", labels = "" } = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  tray.open = open;
  remember.labels = labels;
  // At the worklist the next thing to scan is a wristband.
  const wanted = location.pathname === "/" ? "bands" : shelf;
  (choices.find((one) => one.value === wanted) ?? choices[0]).checked = true;
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
