// What a scan is answered with: a band with colour, icon, word and tone, and its row among the last scans.

import { sound } from "./tones.js";
import { SAYS, grouped, whole } from "./words.js";

const LOUD_MS = 1500;
const SETTLES_MS = 600; // a tap meant for what was there must not meet what takes its place
const LONGEST = 20;
const SOUNDS = { go: "accepted", info: "attention", wait: "attention", stop: "stop" };
let quieting = 0;
let stopsChangedAt = -SETTLES_MS;

function icon(sign, tone = "") {
  const template = document.createElement("template");
  template.innerHTML = `<svg class="icon ${tone}" aria-hidden="true"><use href="/static/icons.svg#${sign}"></use></svg>`;
  return template.content.firstChild;
}

function element(tag, text, className = "") {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}

/** Shows the icon of a sign in place of the one an element has. */
export function setIcon(node, sign) {
  const use = node.querySelector("use");
  const href = `/static/icons.svg#${sign}`;
  if (use.getAttribute("href") !== href) use.setAttribute("href", href); // set anew, it would flicker
}

/** Puts a server's verdict into the terms of a band. */
export const verdict = (result, count) => ({
  tone: result.tone,
  sign: result.sign,
  word: result.word.toUpperCase() + (result.outcome === "accepted" && !result.again ? ` ${count}` : ""),
  sentence: result.message,
  sound: result.again ? "already" : SOUNDS[result.tone],
});

/** Returns the word of a band and the number it is about, once: a sentence that says the number says it for both. */
function heading(word, code, sentence = "") {
  const said = word ? [element("b", word), " "] : [];
  return code && !sentence.includes(code) ? [...said, element("span", grouped(code), "number"), " "] : said;
}

/** Shows a band, loud for a moment, and sounds its tone; a STOP, and what needs a look, stay until somebody says they read it. */
export function show(band, code = "") {
  const said = element("p", "");
  said.append(...heading(band.word, code, band.sentence));
  if (band.sentence) said.append(element("span", whole(band.sentence), "sentence"));
  const box = element("div", "", `result appears loud ${band.tone}`);
  box.setAttribute("role", band.tone === "stop" ? "alert" : "status");
  box.append(icon(band.sign), said);
  document.getElementById("found").replaceChildren(); // it was of the tube before
  sound(band.sound);
  if (band.tone === "stop" || band.stays) return stay(box, band);
  document.getElementById("answer").replaceChildren(box);
  name(box);
  clearTimeout(quieting);
  quieting = setTimeout(() => box.classList.remove("loud"), LOUD_MS);
  return undefined;
}

/** Makes a band the one that says what came of the last scan. */
function name(box) {
  document.querySelectorAll("#answer [data-testid], #stops [data-testid]").forEach((one) => one.removeAttribute("data-testid"));
  box.dataset.testid = "scan-result";
}

/** Puts a band where it stays: a STOP in front of those before it, anything else behind them. */
function stay(box, band) {
  const stops = document.getElementById("stops");
  const read = Object.assign(element("button", SAYS.read, "button"), { type: "button" });
  read.addEventListener("click", () => {
    box.remove();
    stopsChangedAt = performance.now();
  });
  box.append(read);
  box.classList.remove("loud");
  document.getElementById("answer").replaceChildren();
  stops[band.tone === "stop" ? "prepend" : "append"](box);
  name(stops.firstElementChild);
  stopsChangedAt = performance.now();
}

/** Lets no tap be heard where a STOP has just come or gone: what is there now is another STOP, or Undo and Done. */
export function ignoreHastyTaps() {
  document.querySelector(".report").addEventListener("click", (event) => {
    if (performance.now() - stopsChangedAt > SETTLES_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}

/** Adds or changes the row of a scan, by its id. */
export function row(scanId, band, code, about) {
  const list = document.getElementById("scans");
  list.querySelector(".soft:only-child:not([data-scan])")?.remove();
  const fresh = document.createElement("li");
  fresh.dataset.scan = scanId;
  const text = document.createElement("span");
  const sentence = band.tone === "go" ? "" : whole(band.sentence ?? "");
  text.append(...heading(band.word.replace(/ \d+$/, ""), code, sentence), document.createElement("br"), element("span", about, "soft"));
  if (sentence) text.append(document.createElement("br"), sentence);
  fresh.append(icon(band.sign, band.tone), text);
  const stale = list.querySelector(`[data-scan="${CSS.escape(scanId)}"]`);
  if (stale) stale.replaceWith(fresh);
  else list.prepend(fresh);
  while (list.children.length > LONGEST) list.lastElementChild.remove();
}

/** Lists what was not recorded; `forget` is called with the place of one that somebody looked at. */
export function showLooks(looks, forget) {
  const part = document.getElementById("looks");
  part.hidden = !looks.length;
  part.querySelector("ol").replaceChildren(...looks.map((look) => {
    const line = document.createElement("li");
    const text = document.createElement("span");
    text.append(element("b", look.scan ? grouped(look.scan.code) : look.word), document.createElement("br"), whole(look.message), document.createElement("br"));
    text.append(element("span", look.about, "soft"));
    const done = Object.assign(element("button", SAYS.lookedAt, "button"), { type: "button" });
    done.addEventListener("click", () => forget(look.seq));
    line.append(icon("alert", "wait"), text, done);
    return line;
  }));
}
