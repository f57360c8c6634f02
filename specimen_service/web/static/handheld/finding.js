// Looking up where a tube is. It records nothing, needs the connection and somebody signed in, and works without it too by
// the plain form.

import { putInPlace } from "../live.js";
import { show } from "./bands.js";
import { BANDS, SAYS } from "./words.js";

/** Asks where a tube is and shows the answer. */
export async function find(text) {
  const asked = new FormData();
  asked.set("code", text);
  asked.set("action", "find");
  try {
    const reply = await fetch("/scan", { method: "POST", body: asked, headers: { "X-Fragment": "1" } });
    if (reply.ok) putInPlace(await reply.text());
    else show({ ...BANDS.first, sentence: reply.status === 401 ? SAYS.signInToFind : SAYS.noFind });
  } catch {
    show({ ...BANDS.first, sentence: SAYS.noFind });
  }
}
