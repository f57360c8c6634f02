"""What people read, in the language of the site: sentences are English in the code, and looked up when they are said.

A site has one language, as its people answer each other: what a scan was answered is stored, and shown to others as it was
said. Values stand in a sentence by name, `%(place)s`, so that a translation may order them otherwise.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENGLISH = "en"
DOMAIN = "specimen_service"
FOLDER = Path(__file__).parent.parent / "translations"
"""Holds a folder for each language but English; `docs/translating.md` says how one is made."""

_spoken = gettext.NullTranslations()


def say(sentence: str, /, **values: object) -> str:
    """Return a sentence in the site's language with its values; a percent sign of its own is written `%%`."""
    return _spoken.gettext(sentence) % values


def say_many(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the sentence for a count, which is its value `%(count)s`, in whatever plural the language has for it."""
    return _spoken.ngettext(one, many, count) % (values | {"count": count})


def to_say(sentence: str) -> str:
    """Mark a constant that is said later; it stays English until then."""
    return sentence


def to_say_many(one: str, many: str) -> tuple[str, str]:
    """Mark the sentences of a constant for a count that is said later."""
    return one, many


def spoken() -> gettext.NullTranslations:
    """Return the translations in use, for who puts values into sentences by itself, as templates do."""
    return _spoken


def languages() -> list[str]:
    """Return the languages there are."""
    return [ENGLISH, *sorted(file.parts[-3] for file in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))]


def speak(language: str) -> None:
    """Say everything in a language from now on; raises `SetupError` for one that there is no translation for."""
    from specimen_service.kernel.errors import SetupError  # which say what they have to say by this module

    global _spoken  # noqa: PLW0603 - a process serves one site
    if language not in languages():
        raise SetupError(f"There is no translation for [service] language = {language!r}: {', '.join(languages())}.")
    _spoken = (
        gettext.NullTranslations() if language == ENGLISH else gettext.translation(DOMAIN, str(FOLDER), [language])
    )


@contextmanager
def speaking(translations: gettext.NullTranslations) -> Iterator[None]:
    """Say everything as these translations do while the block runs."""
    global _spoken  # noqa: PLW0603 - a process serves one site
    before, _spoken = _spoken, translations
    try:
        yield
    finally:
        _spoken = before
