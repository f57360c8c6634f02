// Ages tick in the browser, by the server's clock: a station's own clock may be wrong.

const MINUTE = 60_000;

/** Writes a number of whole minutes as the server does. */
export function span(minutes) {
  if (minutes < 1) return "under 1 min";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
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
