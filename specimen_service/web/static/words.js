// What scripts say, in the language of the site: the server puts it into each page (script_words.py).

const told = JSON.parse(document.getElementById("words").textContent);

// No language asks for more of a number than its last two digits and whether it is small.
const shortened = (count) => (count < 200 ? count : 100 + (count % 100));

/** Returns a sentence with its values; one that comes in plurals takes that of `values.count`. */
export function words(key, values = {}) {
  const kept = told[key] ?? ""; // what the handheld's page alone says is on no other
  const sentence = typeof kept === "string" ? kept : kept.forms[kept.of[shortened(values.count)]];
  return sentence.replace(/%%|%\((\w+)\)s/g, (_, name) => (name ? values[name] : "%"));
}
