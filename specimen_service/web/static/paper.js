// What a page needs to be printed: a button, where it has one, and the moment at which it is.

import { serverTime } from "./ages.js";

/** Writes a moment as the server does: `14 MAR 1984 09:15`. */
function moment(at, timeZone) {
  const wanted = { day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  const parts = new Intl.DateTimeFormat("en-US", wanted).formatToParts(at);
  const { day, month, year, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${day} ${month.toUpperCase()} ${year} ${hour}:${minute}`;
}

/** Says on every sheet who prints it, and when: a page that keeps itself fresh may have been opened long before. */
export function readyForPaper() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  const stamp = document.getElementById("stamp");
  addEventListener("beforeprint", () => {
    if (!stamp) return;
    const time = stamp.querySelector("time");
    time.textContent = moment(serverTime(), time.dataset.zone);
    const said = stamp.textContent.replace(/\s+/g, " ").trim();
    document.documentElement.style.setProperty("--stamp", JSON.stringify(said));
  });
}
