// The practice scanner: a tap on the tray is a scan. It remembers how the tray was left; a fresh label brings up the tubes.

import { putInPlace } from "./live.js";
import { scanned } from "./wedge.js";

const KEPT = "practice";
const tray = document.getElementById("practice");
const choices = [...tray.querySelectorAll("input[name=practice]")];

function remember() {
  const shelf = choices.find((one) => one.checked).value;
  localStorage.setItem(KEPT, JSON.stringify({ open: tray.open, shelf, labels: remember.labels }));
}

function recall() {
  const { open = innerWidth >= 1024, shelf = "bands", labels = "" } = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  tray.open = open;
  remember.labels = labels;
  // At the worklist the next thing to scan is a wristband.
  choices.find((one) => one.value === (location.pathname === "/" ? "bands" : shelf)).checked = true;
}

function showFreshLabels() {
  const newest = tray.querySelector(".paper")?.dataset.scans ?? "";
  if (newest && newest !== remember.labels) choices.find((one) => one.value === "tubes").checked = true;
  remember.labels = newest;
  remember();
}

async function fill() {
  const answer = await fetch(tray.dataset.live, { headers: { "X-Fragment": "1" }, cache: "no-store" });
  if (answer.ok) putInPlace(await answer.text());
}

recall();
document.addEventListener("placed", showFreshLabels);
tray.addEventListener("toggle", remember);
tray.addEventListener("change", remember);
tray.addEventListener("click", (event) => {
  const thing = event.target.closest("[data-scans]");
  if (thing) scanned(thing.dataset.scans);
});
fill();
