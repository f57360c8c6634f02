// The numbers of ours, as the browser needs to know them: 12 digits, the last one Damm's check digit (see numbers.py).

const DAMM = [
  "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
  "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
];
const DECORATED = /^[!-/:-@[-`{-~]{0,3}(\d{12})[!-/:-@[-`{-~]{0,3}$/; // signs that a scanner puts around every code
const AIM = /^\][A-Za-z][0-9A-Za-z]/; // ISO/IEC 15424: flag, symbology, modifier

/** Tells whether a text is a whole number of ours: 12 digits that check. */
export function isNumber(text) {
  return /^\d{12}$/.test(text) && [...text].reduce((interim, digit) => Number(DAMM[interim][digit]), 0) === 0;
}

/** Splits what a scanner sent into the identifier that it put before the code (AIM; none: empty) and the code itself. */
export function split(raw) {
  const text = raw.trim();
  const aim = text.match(AIM)?.[0] ?? "";
  const code = text.slice(aim.length).trim();
  const joined = code.replace(/[\s\u00a0]/g, "").replace(DECORATED, "$1");
  return { aim, code: isNumber(joined) ? joined : code };
}

/** Tells whether a code is the number of a product (GTIN: weights 3 and 1 from the right, check digit last). */
export function isProduct(code) {
  if (!/^(\d{8}|\d{12,14})$/.test(code)) return false;
  return [...code].reverse().reduce((sum, digit, i) => sum + digit * (i % 2 ? 3 : 1), 0) % 10 === 0;
}
