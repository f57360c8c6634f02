// One sentence to whoever scanned, where the eye is: under the sentence that says the next step.

/** Says something until the next thing is said or the page changes; `more` may hold the address and words of a link. */
export function say(tone, sign, word, sentence, more = null) {
  const band = document.createElement("div");
  band.id = "notice";
  band.className = `result appears ${tone}`;
  band.setAttribute("role", tone === "stop" ? "alert" : "status");
  band.innerHTML = `<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#${sign}"></use></svg><p><b></b> <span></span></p>`;
  if (word) band.querySelector("b").textContent = word;
  else band.querySelector("b").remove();
  band.querySelector("span").textContent = sentence;
  if (more) {
    const link = Object.assign(document.createElement("a"), { href: more.href, textContent: more.words });
    band.querySelector("p").append(" ", link);
  }
  document.getElementById("notice")?.remove();
  const now = document.getElementById("now");
  if (now) now.after(band);
  else document.getElementById("main").prepend(band);
}

/** Takes the last sentence away. */
export function hush() {
  document.getElementById("notice")?.remove();
}
