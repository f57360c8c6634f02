// Forms that submit only when somebody means it, and only once.

const TYPED = "input:not([type=checkbox]):not([type=radio]):not([type=hidden]), select, textarea";

function toNextField(event) {
  const field = event.target;
  if (event.key !== "Enter" || !field.matches?.("form[data-careful] :is(input, select)") || event.defaultPrevented) return;
  event.preventDefault();
  const fields = [...field.form.querySelectorAll(`${TYPED}, .button`)].filter((one) => one.offsetParent && !one.disabled);
  fields[fields.indexOf(field) + 1]?.focus();
}

function once(event) {
  const form = event.target;
  if (form.matches("[data-scan]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  // The answer opens beside this page, which stays: what was wrong there can be put right here and sent once more.
  if (form.target) setTimeout(() => delete form.dataset.sent, 2000);
}

function again() {
  // A page that comes back out of the browser's memory may be sent once more; the server knows what was done.
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
}

/** Narrows the tests of the walk-in form to what is ticked and what fits the last word; the words work without this too. */
function narrow(field) {
  const choices = [...document.querySelectorAll(field.dataset.narrows)];
  const fit = () => {
    const word = field.value.split(/[\s,]+/).pop().toLowerCase();
    for (const choice of choices) choice.hidden = !choice.control.checked && !choice.textContent.toLowerCase().includes(word);
    for (const group of document.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector(":scope label:not([hidden])");
    }
  };
  const found = ({ target }) => {
    // The word has served, and would be read as the code of one more test. The list stays as it is under the finger.
    if (target.checked && choices.includes(target.closest("label"))) field.value = field.value.replace(/[^\s,]+$/, "");
  };
  field.addEventListener("input", fit);
  field.addEventListener("focus", fit);
  document.addEventListener("change", found);
  fit(); // a form that came back has its words still
}

/** Sets all of this up. */
export function goodForms() {
  document.addEventListener("keydown", toNextField);
  document.addEventListener("submit", once);
  addEventListener("pageshow", again);
  document.querySelectorAll("[data-narrows]").forEach(narrow);
  document.getElementById("faults")?.focus();
}
