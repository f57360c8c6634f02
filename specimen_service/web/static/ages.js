// Ages tick in the browser, by the server's clock: a station's own clock may be wrong.

import { words } from "./words.js";

const MINUTE = 60_000;

/** Writes a number of whole minutes as the server does. */
export function span(minutes) {
  if (minutes < 1) return words("underMinute");
  if (minutes < 60) return words("minutes", { minutes });
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (days) return words(hours ? "daysHours" : "days", { days, hours });
  return words(rest ? "hoursMinutes" : "hours", { hours, minutes: rest });
}

const told = document.querySelector("meta[name=server-time]");
const ahead = told ? Date.parse(told.content) - Date.now() : 0;

/** Tells the time by the server's clock, as milliseconds since 1970. */
export const serverTime = () => Date.now() + ahead;

/** Keeps every `time[data-since]` of the page up to date. */
export function tickAges() {
  if (!told) return;
  const tick = () => {
    for (const age of document.querySelectorAll("time[data-since]")) {
      const minutes = Math.floor((serverTime() - Date.parse(age.dataset.since)) / MINUTE);
      age.textContent = span(Math.max(minutes, 0));
    }
  };
  setInterval(tick, MINUTE / 6);
}
