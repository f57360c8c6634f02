// The PIN: typed or tapped, its sixth digit sends it. A badge scanned into its field is left whole for the server.

const LENGTH = 6;
const FAST_MS = 50; // a wedge scanner needs 7-16 ms a key, a person 80 and more
const LULL_MS = 120;

let form;
let field;
let last = 0;
let timer = 0;

function sent() {
  if (field.value.length === LENGTH) form.requestSubmit();
}

function typed(event) {
  clearTimeout(timer);
  const fast = event.timeStamp - last < FAST_MS;
  last = event.timeStamp;
  // Six digits as fast as a scanner's may be the first half of a badge: the rest would come at once.
  if (fast) timer = setTimeout(sent, LULL_MS);
  else sent();
}

function tapped(event) {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (!key) return;
  if (key === "clear") field.value = "";
  else if (key === "back") field.value = field.value.slice(0, -1);
  else field.value += key;
  sent();
}

function toField(event) {
  // Moving the focus during keydown lets this very digit land in the field.
  if (/^\d$/.test(event.key) && event.target !== field) field.focus({ preventScroll: true });
}

/** Sets the keypad up, on the page that asks for a PIN. */
export function readyForPin() {
  form = document.querySelector("form[data-pin]");
  if (!form) return;
  field = form.elements.pin;
  field.inputMode = "none"; // the keypad is on the screen already
  const keypad = document.querySelector(".keypad");
  keypad.hidden = false;
  keypad.addEventListener("click", tapped);
  field.addEventListener("input", typed);
  document.addEventListener("keydown", toField, true);
}
