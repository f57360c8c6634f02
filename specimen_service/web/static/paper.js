// The button that prints the page; without this script the browser's own menu does it, and the button stays away.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
