// The strip of views scrolls sideways where it has no room: the one that is open is brought into sight, and a strip that
// takes the place of another stands where that one was pushed to.

let strip = null;
let left = null;

function stand() {
  const fresh = document.querySelector("#pending .tabs");
  if (!fresh || fresh === strip) return;
  strip = fresh;
  const open = strip.querySelector("[aria-current]");
  if (left === null && open) strip.scrollLeft = open.offsetLeft - strip.offsetLeft - (strip.clientWidth - open.offsetWidth) / 2;
  else if (left !== null) strip.scrollLeft = left;
  strip.addEventListener("scroll", () => (left = strip.scrollLeft), { passive: true });
}

/** Brings the open view into sight, now and whenever the list is placed anew. */
export function showOpenView() {
  stand();
  document.addEventListener("placed", stand);
}
