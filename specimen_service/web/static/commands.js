// Command barcodes: a scan of one presses the one control of the page that carries its name in `data-command`.

import { hush, say } from "./notice.js";
import { onScan } from "./wedge.js";
import { words } from "./words.js";

function read(list) {
  return new Map(list.split(" ").map((one) => one.split("=")));
}

function controls(command) {
  const all = [...document.querySelectorAll(`[data-command~="${command}"]`)];
  return all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(":disabled, [aria-disabled=true], [inert] *"));
}

const inWords = (command) => words(`command-${command}`);

function press(command) {
  const found = controls(command);
  if (found.length === 1) {
    found[0].click();
  } else if (found.length > 1) {
    say("wait", "alert", words("which"), words("whichOf", { count: found.length, command: inWords(command) }));
  } else {
    say("info", "info", words("nothingPressed"), words("noSuchButton", { command: inWords(command) }));
  }
}

function lock() {
  const form = document.querySelector("form[action='/lock']");
  if (form) form.requestSubmit();
  else press("lock");
}

function warnOfLayout(scan) {
  if (!scan.layout) return;
  say("info", "info", "", words("layout", { layout: scan.layout }), { href: "/admin/scanner", words: words("openSetup") });
}

/** Lets command barcodes press buttons, on pages for people who are signed in. */
export function obeyCommands() {
  const known = read(document.querySelector("meta[name=commands]")?.content ?? "");
  onScan((scan) => {
    hush();
    warnOfLayout(scan);
    const command = known.get(scan.code);
    if (command === "test") say("go", "check", words("works"), words("arrived"));
    else if (command === "lock") lock();
    else if (command) press(command);
    return Boolean(command);
  });
  document.addEventListener("unclaimed", () => {
    say("info", "scan", words("notUsed"), words("nothingToScan"));
  });
}
