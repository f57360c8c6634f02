// Whether the server can be reached: said over the page while it cannot, and taken away as soon as it answers.

import { words } from "./words.js";

const AGAIN_MS = 3_000;
let asking = 0;
let missed = 0;

function show() {
  if (document.getElementById("unreachable")) return;
  const band = document.createElement("div");
  band.id = "unreachable";
  band.className = "result stop unreachable";
  band.setAttribute("role", "alert");
  band.innerHTML = '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#offline"></use></svg><p><b></b> <span></span></p>';
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
