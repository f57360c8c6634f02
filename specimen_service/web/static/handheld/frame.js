// The page that a browser keeps has nothing of anybody in it. Once the server answers again, what the frame of the page says
// of who is signed in, and the places there are, come back by themselves; what is being done here is not touched.

import { line } from "./sender.js";
import { SAYS } from "./words.js";

const AGAIN_MS = 5000;
let askedAt = -Infinity;

const isKept = (page) => page.dataset.signIn === undefined;

/** Brings the frame back where the page came from the device, and calls `restored` then. */
export async function restoreFrame(page, restored) {
  if (!isKept(page) || !line.online || performance.now() - askedAt < AGAIN_MS) return;
  askedAt = performance.now();
  const answer = await fetch("/scan", { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const theirs = fresh.getElementById("handheld");
  if (!theirs) return offerSignIn();
  if (!isKept(page)) return;
  Object.assign(page.dataset, theirs.dataset);
  document.querySelector("header.top").replaceWith(fresh.querySelector("header.top"));
  page.querySelector("#location").replaceChildren(...fresh.querySelector("#location").children);
  page.querySelector("#device").replaceWith(fresh.querySelector("#device"));
  restored();
  await bringPractice(fresh);
}

/** Nobody is signed in any more: scans go up all the same, the rest of the site needs somebody. */
function offerSignIn() {
  if (document.getElementById("sign-in")) return;
  const link = Object.assign(document.createElement("a"), { id: "sign-in", className: "button", href: "/sign-in?next=%2Fscan", textContent: SAYS.signIn });
  document.querySelector(".top-row").append(link);
}

async function bringPractice(fresh) {
  const scanner = fresh.getElementById("practice");
  if (!scanner || document.getElementById("practice")) return;
  document.body.append(scanner);
  await import("/static/practice.js");
}
