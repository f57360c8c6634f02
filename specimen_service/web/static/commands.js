// Command barcodes: a scan of one presses the one control of the page that carries its name in `data-command`.

import { hush, say } from "./notice.js";
import { onScan } from "./wedge.js";

function read(list) {
  return new Map(list.split(" ").map((one) => one.split("=")));
}

function controls(command) {
  const all = [...document.querySelectorAll(`[data-command~="${command}"]`)];
  return all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(":disabled, [aria-disabled=true], [inert] *"));
}

const inWords = (command) => `“${command[0].toUpperCase()}${command.slice(1).replaceAll("-", " ")}”`;

function press(command) {
  const found = controls(command);
  if (found.length === 1) {
    found[0].click();
  } else if (found.length > 1) {
    say("wait", "alert", "Which one?", `This page has ${found.length} answers to ${inWords(command)}. Choose on the screen.`);
  } else {
    say("info", "info", "Nothing pressed.", `There is no ${inWords(command)} to press at this step. Do what the line above says.`);
  }
}

function lock() {
  const form = document.querySelector("form[action='/lock']");
  if (form) form.requestSubmit();
  else press("lock");
}

function warnOfLayout(scan) {
  if (!scan.layout) return;
  const instead = `Your scanner is sending ${scan.layout} instead of digits.`;
  say("info", "info", "", instead, { href: "/admin/scanner", words: "Open Scanner setup." });
}

/** Lets command barcodes press buttons, on pages for people who are signed in. */
export function obeyCommands() {
  const known = read(document.querySelector("meta[name=commands]")?.content ?? "");
  onScan((scan) => {
    hush();
    warnOfLayout(scan);
    const command = known.get(scan.code);
    if (command === "test") say("go", "check", "The scanner works.", "The whole code arrived.");
    else if (command === "lock") lock();
    else if (command) press(command);
    return Boolean(command);
  });
  document.addEventListener("unclaimed", () => {
    say("info", "scan", "Not used.", "Nothing is scanned at this step. Do what the line above says.");
  });
}
