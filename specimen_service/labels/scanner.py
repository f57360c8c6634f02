"""The scanner doctor: from what a scanner typed to what it is, and what to set (pure)."""

from dataclasses import dataclass
from statistics import median

from specimen_service.kernel.codes import clean
from specimen_service.kernel.language import say, say_many, to_say
from specimen_service.kernel.numbers import checks, grouped, kind_of, kind_words, looks_like_number

SLOW_MS = 50
"""Milliseconds between keys above which nobody can tell a scanner from a person."""
_SYMBOLOGIES = {
    "A": "Code 39",
    "C": "Code 128",
    "d": "Data Matrix",
    "E": to_say("EAN or UPC"),
    "F": "Codabar",
    "Q": "QR",
    "I": to_say("2 of 5"),
}
_A_SYMBOLOGY = to_say("a symbology")
_ENDS = {"Enter": to_say("Enter"), "Tab": to_say("Tab"), "": to_say("nothing")}


@dataclass(frozen=True)
class Key:
    """One key as the browser told of it: what it wrote, which key it was, and milliseconds since the one before."""

    key: str
    code: str
    ms: int
    caps: bool = False


@dataclass(frozen=True)
class Arrival:
    """A whole scan; `suffix` None and no keys: a page without script cannot know."""

    text: str
    suffix: str | None = None
    keys: tuple[Key, ...] = ()
    layout: str = ""
    """What was written instead of digits, where the keyboard layouts differ."""

    @property
    def gaps(self) -> tuple[int, ...]:
        """Milliseconds between the keys."""
        return tuple(key.ms for key in self.keys[1:])


@dataclass(frozen=True)
class Diagnosis:
    """What to say of a scan: a band (tone, sign, word, sentence), the facts by name, and what to set."""

    tone: str
    sign: str
    word: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    advice: tuple[str, ...]


def diagnosis(arrival: Arrival) -> Diagnosis:
    """Say what arrived and what to set on the scanner."""
    advice, facts = tuple(_advice(arrival)), tuple(_facts(arrival))
    if arrival.layout and not _is_ours(arrival.text):
        sentence = say("Your scanner is sending %(keys)s instead of digits.", keys=arrival.layout)
        return Diagnosis("stop", "stop", say("Not readable."), sentence, facts, advice)
    if advice:
        better = say_many("One thing could be set better.", "%(count)s things could be set better.", len(advice))
        return Diagnosis("wait", "alert", say("It works."), better, facts, advice)
    return Diagnosis("go", "check", say("All is well."), say("This scanner needs no other setting."), facts, advice)


def _facts(arrival: Arrival) -> list[tuple[str, str]]:
    before, code, after = _parts(arrival.text)
    if arrival.layout and _is_ours(arrival.text):
        facts = [(say("What arrived"), arrival.layout), (say("Read off the keys"), arrival.text)]
    else:
        facts = [(say("What arrived"), _visible(arrival.text))]
    facts += [(say("Before the code"), _prefix_words(before)), (say("Code"), _visible(code))]
    if after:
        facts.append((say("Behind the code"), _visible(after)))
    facts.append((say("It is"), _meaning(arrival.text)))
    if arrival.suffix is not None:
        facts.append((say("Ends with"), _ending(arrival.suffix)))
    if arrival.gaps:
        facts.append((say("Between keys"), _pace(arrival)))
    return facts


def _advice(arrival: Arrival) -> list[str]:
    before, _code, after = _parts(arrival.text)
    said = []
    if arrival.layout:
        meanwhile = say("Our own numbers are read off the keys meanwhile; wristbands are not.")
        country = say("Set the scanner's keyboard country to the layout of this computer.")
        said.append(f"{country} {meanwhile}" if _is_ours(arrival.text) else country)
    if arrival.suffix == "":
        said.append(say("Set the suffix Enter (CR). Without one, a scan is taken only after a short silence."))
    if (before and not before.startswith("]")) or after:
        said.append(say("Switch off what it puts around the code. An AIM identifier, such as ]C0, may stay."))
    if arrival.gaps and median(arrival.gaps) > SLOW_MS:
        said.append(say("Set the delay between characters to 0. This came as slowly as typing, and is kept as typed."))
    if any(key.caps for key in arrival.keys):
        said.append(
            say(
                "Caps Lock is on at this computer. Scanned letters are set right here, typed ones are not: switch it off."
            )
        )
    return said


def _ending(suffix: str) -> str:
    return say(_ENDS[suffix]) if suffix in _ENDS else _visible(suffix)


def _pace(arrival: Arrival) -> str:
    return say(
        "%(median)g ms (%(least)s to %(most)s), %(count)s keys",
        median=median(arrival.gaps),
        least=min(arrival.gaps),
        most=max(arrival.gaps),
        count=len(arrival.keys),
    )


def _parts(text: str) -> tuple[str, str, str]:
    """Split a text into what stands before the code, the code, and what stands behind it."""
    code = clean(text)
    if not code or code not in text:
        return "", code or text, ""
    before, _, after = text.partition(code)
    return before.strip(), code, after.strip()


def _is_ours(text: str) -> bool:
    code = clean(text)
    return looks_like_number(code) and kind_of(code) is not None and checks(code)


def _meaning(text: str) -> str:
    code = clean(text)
    if not looks_like_number(code):
        return say("no number of ours, which is right for a wristband or another system's label")
    kind = kind_of(code)
    if kind is None:
        return say("12 digits, but no kind of number that we use")
    if checks(code):
        return say("%(kind)s number %(number)s, the check digit fits", kind=kind_words(kind), number=grouped(code))
    return say(
        "%(kind)s number %(number)s, the check digit does not fit: it was misread or is not ours",
        kind=kind_words(kind),
        number=grouped(code),
    )


def _prefix_words(before: str) -> str:
    if not before:
        return say("nothing")
    if before.startswith("]") and len(before) == len("]C0"):
        symbology = say(_SYMBOLOGIES.get(before[1], _A_SYMBOLOGY))
        return say("%(prefix)s, the AIM identifier of %(symbology)s", prefix=before, symbology=symbology)
    return _visible(before)


def _visible(text: str) -> str:
    """Write control characters and blanks so that they can be seen."""
    names = {"\t": "⇥", "\r": "↵", "\n": "↵", "\x1d": "␝", " ": "␣"}
    return "".join(names.get(char, char if char.isprintable() else f"\\x{ord(char):02x}") for char in text)
