// Parts of a page that change by themselves: a fragment is asked for every few seconds, and answered with 304 as long
// as nothing changed. Each element of an answer takes the place of the one with its id.

import { leave } from "./lock.js";
import { lost, reached } from "./reach.js";

const LONGEST = 20;

function addTo(list, entry) {
  list.querySelector(".soft:only-child")?.remove();
  list.prepend(entry);
  while (list.children.length > LONGEST) list.lastElementChild.remove();
}

function sameAgain(node) {
  // Who moves by keyboard stays on the same link or button, though its row is a new one.
  if (node?.id) return `#${CSS.escape(node.id)}`;
  const href = node?.getAttribute("href");
  return href ? `main [href="${CSS.escape(href)}"]` : null;
}

let scansAnswered = 0;

/** Puts the elements of the answer to a scan in place of those with the same id. */
export function putInPlace(html) {
  scansAnswered += 1;
  place(html);
}

function place(html) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  const focused = sameAgain(document.activeElement);
  for (const fresh of [...answer.content.children]) {
    if (fresh.dataset.addsTo) addTo(document.getElementById(fresh.dataset.addsTo), fresh);
    const stale = fresh.id && document.getElementById(fresh.id);
    if (!stale || stale.outerHTML === fresh.outerHTML) continue;
    for (const fold of stale.querySelectorAll("details[id]")) {
      fresh.querySelector(`#${CSS.escape(fold.id)}`)?.toggleAttribute("open", fold.open);
    }
    stale.replaceWith(fresh);
  }
  if (focused && !document.activeElement?.matches(focused)) document.querySelector(focused)?.focus({ preventScroll: true });
  document.dispatchEvent(new Event("placed"));
}

async function ask(part) {
  const headers = { "X-Fragment": "1" };
  if (part.dataset.etag) headers["If-None-Match"] = part.dataset.etag;
  const here = part.hasAttribute("data-here") ? location.search : "";
  const asked = scansAnswered;
  const answer = await fetch(part.dataset.live + here, { headers, cache: "no-store" });
  reached();
  // The session is locked or over: nothing of a patient stays on the screen.
  if (answer.status === 401) return leave();
  if (answer.status !== 200) return;
  const html = await answer.text();
  // A scan was answered meanwhile: this is how it was before, and would take away what the scan has brought.
  if (asked !== scansAnswered) return;
  part.dataset.etag = answer.headers.get("ETag") ?? "";
  place(html);
}

/** Keeps every `[data-live=URL][data-every=SECONDS]` of the page fresh while somebody can see it; `data-here` asks with
    the query of the page's own address, which scans may change. */
export function keepLive() {
  for (const part of document.querySelectorAll("[data-live]")) {
    const again = () => setTimeout(turn, Number(part.dataset.every) * 1000);
    const turn = async () => {
      try {
        // Behind a STOP nothing moves: what is on the screen is what somebody must read.
        if (part.isConnected && !document.hidden && !document.querySelector(".halt")) await ask(part);
      } catch {
        lost();
      }
      again();
    };
    again();
  }
}
