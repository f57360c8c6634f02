// On every page but the handheld's own: what a handheld still has to send goes up here too, also after a sign-out, and a
// pill says how many scans wait.

import { forgetOperator, isHandheld } from "./context.js";
import { keepSending, line, onChange } from "./sender.js";
import { SAYS } from "./words.js";

function say(pill) {
  pill.hidden = !line.waiting;
  pill.textContent = line.enrolled ? SAYS[line.online ? "online" : "offline"](line.waiting) : SAYS.signInToSend(line.waiting);
}

/** Sends on, in a browser that is a handheld. */
export function sendWhatWaits() {
  if (!isHandheld() || document.getElementById("handheld")) return;
  if (location.pathname === "/sign-in") forgetOperator();
  const pill = document.createElement("p");
  pill.className = "pill wait waiting";
  pill.dataset.testid = "queue-pill";
  pill.setAttribute("role", "status");
  pill.hidden = true;
  document.body.append(pill);
  onChange(() => say(pill));
  keepSending({ quiet: true });
}
