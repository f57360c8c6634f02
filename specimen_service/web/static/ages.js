// Ages tick in the browser, by the server's clock: a station's own clock may be wrong.

import { words } from "./words.js";

const MINUTE = 60_000;

/** Writes a number of whole minutes as the server does. */
export function span(minutes) {
  if (minutes < 1) return words("underMinute");
  if (minutes < 60) return words("minutes", { minutes });
  if (minutes < 1440) return words("hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return words("days", { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60) });
}

/** Keeps every `time[data-since]` of the page up to date. */
export function tickAges() {
  const told = document.querySelector("meta[name=server-time]");
  if (!told) return;
  const ahead = Date.parse(told.content) - Date.now();
  const tick = () => {
    for (const age of document.querySelectorAll("time[data-since]")) {
      const minutes = Math.floor((Date.now() + ahead - Date.parse(age.dataset.since)) / MINUTE);
      age.textContent = span(Math.max(minutes, 0));
    }
  };
  setInterval(tick, MINUTE / 6);
}
