"""What is asked of a patient before the needle: only what the tests of this draw need, and what an answer means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from specimen_service.kernel.language import say, say_many, to_say

UNKNOWN = "unknown"
YES, NO = "yes", "no"
PROVIDER = "provider"
"""Suffix of the key under which it is kept that the provider wants the draw all the same."""
_ASKED = {
    "preparation": to_say("Did the patient follow this: “%(said)s”?"),
    "timing": to_say("Is this the right time: “%(said)s”?"),
}
_HOURS = (12, 10, 8, 6, 4, 3, 2, 1)


@dataclass(frozen=True)
class Need:
    """One test of the draw, as the catalog describes what it needs of the patient."""

    code: str
    name: str
    fasting_hours: int = 0
    preparation: str = ""
    timing: str = ""
    consent: bool = False


@dataclass(frozen=True)
class Question:
    """One thing to ask, with the answers to tap as (value, words); the first is the one that is hoped for."""

    key: str
    ask: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Objection:
    """Why some tests are not to be drawn now: whose, in the words of the message, and how the draw would end."""

    key: str
    tests: tuple[str, ...]
    sentence: str
    outcome: str
    leaves_others: bool
    """Whether any other test of the draw could be drawn now."""


def questions(needs: Sequence[Need]) -> list[Question]:
    """Return what to ask, in a fixed order; nothing for a draw that needs nothing."""
    asked = []
    hours = max((need.fasting_hours for need in needs), default=0)
    if hours:
        enough = [(str(hours), say("%(hours)s h or more", hours=hours))]
        fewer = [(str(one), say("%(hours)s h", hours=one)) for one in _HOURS if one < hours]
        choices = (*enough, *fewer, (UNKNOWN, say("Does not know")))
        ask = say("How long ago was the last food or drink? Water does not count.")
        asked.append(Question("fasting", ask, choices))
    yes_no = ((YES, say("Yes")), (NO, say("No")))
    for name, sentence in _ASKED.items():
        said = dict.fromkeys(getattr(need, name) for need in needs if getattr(need, name))
        asked += [Question(f"{name}:{one}", say(sentence, said=one), yes_no) for one in said]
    names = [need.name for need in needs if need.consent]
    if names:
        asked.append(Question("consent", say("Does the patient agree to %(tests)s?", tests=_and(names)), yes_no))
    return asked


def open_questions(needs: Sequence[Need], answers: Mapping[str, str]) -> list[Question]:
    """Return the questions without an answer."""
    return [one for one in questions(needs) if one.key not in answers]


def objections(needs: Sequence[Need], answers: Mapping[str, str]) -> list[Objection]:
    """Return what speaks against drawing now, unless the provider wants it all the same."""
    found = [_objection(one.key, needs, answers[one.key]) for one in questions(needs) if one.key in answers]
    return [one for one in found if one is not None and f"{one.key}:{PROVIDER}" not in answers]


def is_answer(needs: Sequence[Need], key: str, value: str) -> bool:
    """Tell whether a question is asked here and has this answer."""
    return any(one.key == key and value in dict(one.choices) for one in questions(needs))


def has_fasted(answers: Mapping[str, str]) -> bool | None:
    """Tell whether the patient said to have fasted for eight hours or more; None: not asked, or not known."""
    hours = answers.get("fasting", "")
    return int(hours) >= 8 if hours.isdigit() else None  # noqa: PLR2004 - hours of an overnight fast


def _objection(key: str, needs: Sequence[Need], answer: str) -> Objection | None:
    if key == "fasting":
        return _of_fasting(needs, answer)
    if answer == YES:
        return None
    kind, _, said = key.partition(":")
    if kind == "consent":
        tests = [need for need in needs if need.consent]
        sentence = say("The patient does not agree to %(tests)s. Do not draw it.", tests=_names(tests))
        return _against(key, needs, tests, sentence, "refused")
    tests = [need for need in needs if getattr(need, kind) == said]
    sentence = say_many(
        "%(tests)s needs this first: %(said)s.",
        "%(tests)s need this first: %(said)s.",
        len(tests),
        tests=_names(tests),
        said=said,
    )
    return _against(key, needs, tests, sentence, "wrong_time" if kind == "timing" else "wrong_preparation")


def _of_fasting(needs: Sequence[Need], answer: str) -> Objection | None:
    hours = int(answer) if answer.isdigit() else -1
    lacking = [need for need in needs if need.fasting_hours > hours and need.fasting_hours]
    if not lacking:
        return None
    report = say("Patient reports %(hours)s h.", hours=hours) if hours >= 0 else say("Patient does not know.")
    longest_first = sorted({need.fasting_hours for need in lacking}, reverse=True)
    sentence = " ".join([*(_needs_hours(lacking, needed) for needed in longest_first), report])
    return _against("fasting", needs, lacking, sentence, "not_fasting")


def _needs_hours(lacking: Sequence[Need], hours: int) -> str:
    tests = [need for need in lacking if need.fasting_hours == hours]
    return say_many(
        "%(tests)s needs %(hours)s h fasting.",
        "%(tests)s need %(hours)s h fasting.",
        len(tests),
        tests=_names(tests),
        hours=hours,
    )


def _against(key: str, needs: Sequence[Need], tests: Sequence[Need], sentence: str, outcome: str) -> Objection:
    codes = tuple(need.code for need in tests)
    return Objection(key, codes, sentence, outcome, leaves_others=set(codes) < {need.code for need in needs})


def _names(needs: Sequence[Need]) -> str:
    return _and([need.name for need in needs])


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else say("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])
