// Whether the server can be reached: said over the page while it cannot, and taken away as soon as it answers.

import { words } from "./words.js";

// The icon `offline`, drawn here: its file may be out of reach as well.
const CROSSED = "M3 3l18 18M2.5 9.5a14 14 0 0 1 5-3.200M12 5.800a14 14 0 0 1 9.5 3.700M6 13.300a9 9 0 0 1 5-2.300M9.300 16.800a4 4 0 0 1 5.400 0M12 20v.1";
const AGAIN_MS = 3_000;
let asking = 0;
let missed = 0;

function show() {
  if (document.getElementById("unreachable")) return;
  const band = document.createElement("div");
  band.id = "unreachable";
  band.className = "result stop unreachable";
  band.setAttribute("role", "alert");
  band.innerHTML = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${CROSSED}"/></svg><p><b></b> <span></span></p>`;
  band.querySelector("b").textContent = words("unreachable");
  band.querySelector("span").textContent = words("downtimeKit");
  document.getElementById("main").prepend(band);
}

async function ask() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer?.ok) return reached();
  missed += 1;
  if (missed > 1) show(); // one miss alone is a page being left, or a hiccup
  asking = setTimeout(ask, AGAIN_MS);
  return undefined;
}

/** Notes that the server answered. */
export function reached() {
  clearTimeout(asking);
  asking = missed = 0;
  document.getElementById("unreachable")?.remove();
}

/** Notes that the server did not answer; from here on it is asked until it does. */
export function lost() {
  if (asking || document.getElementById("handheld")) return; // a handheld works on, and says how
  missed = 1;
  asking = setTimeout(ask, AGAIN_MS);
}
