// Tones made on the spot: high and short for what fits, low and long for a STOP, and one of its own for what is only saved.

const TONES = {
  accepted: { notes: [1320], each: 0.09, level: 0.25 },
  already: { notes: [660, 660], each: 0.07, level: 0.08 },
  saved: { notes: [523, 784], each: 0.09, level: 0.2 },
  tick: { notes: [880], each: 0.03, level: 0.08 },
  attention: { notes: [440, 349], each: 0.14, level: 0.25 },
  stop: { notes: [175], each: 0.7, level: 0.4 },
};
const GAP = 0.05;
let audio = null;
let muted = false;

/** Sets whether tones are silent; what they say is also seen. */
export function mute(silent) {
  muted = silent;
}

/** Lets tones sound from the first tap or key on: browsers allow none before. */
export function unlockOnFirstTouch() {
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, wake, { capture: true, once: true });
}

/** Gets ready to sound; where the browser allows nothing yet, what is sounded waits for the first touch. */
export function wake() {
  audio ??= new AudioContext();
  audio.resume();
}

/** Sounds a tone by its name. */
export function sound(name) {
  const tone = TONES[name];
  if (muted || !tone || !audio) return;
  tone.notes.forEach((pitch, i) => beep(pitch, audio.currentTime + i * (tone.each + GAP), tone));
}

function beep(pitch, at, tone) {
  const voice = new OscillatorNode(audio, { frequency: pitch, type: "triangle" });
  const loudness = new GainNode(audio, { gain: 0 });
  loudness.gain.setValueAtTime(tone.level, at);
  loudness.gain.setTargetAtTime(0, at + tone.each * 0.7, tone.each * 0.1); // a voice cut off sharply would click
  voice.connect(loudness).connect(audio.destination);
  voice.start(at);
  voice.stop(at + tone.each + GAP);
}
