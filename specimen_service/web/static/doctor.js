// The scanner doctor: every scan on this page is taken apart here, and none goes anywhere else.

import { putInPlace } from "./live.js";
import { onScan } from "./wedge.js";

function noted(strokes) {
  return strokes.map((one, i) => [one.key, one.code, i ? Math.round(one.at - strokes[i - 1].at) : 0, Boolean(one.caps)]);
}

async function examine(scan) {
  const body = new FormData();
  body.set("code", scan.text);
  body.set("suffix", scan.suffix);
  body.set("layout", scan.layout);
  body.set("keys", JSON.stringify(noted(scan.strokes)));
  const answer = await fetch("/admin/scanner", { method: "POST", body, headers: { "X-Fragment": "1" } });
  // Signed out meanwhile: the page anew leads to the sign-in.
  if (!answer.ok) return location.reload();
  putInPlace(await answer.text());
  return undefined;
}

onScan((scan) => {
  examine(scan);
  return true;
});
