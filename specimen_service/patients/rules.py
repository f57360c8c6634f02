"""Whether somebody sent again is the patient we know: two identifiers besides the MRN, name and birth date."""

import unicodedata

from specimen_service.patients.model import PatientFacts

# Letters that Unicode does not decompose into a base letter and a mark.
_UNMARKED = str.maketrans(
    {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def differing_fields(known: PatientFacts, sent: PatientFacts) -> dict[str, str]:
    """Return the fields that differ beyond case and diacritics, with what was sent; silence contradicts nothing."""
    differing = {}
    for field in ("family_name", "given_name"):
        ours, theirs = getattr(known, field), getattr(sent, field)
        if ours and theirs and plain(ours) != plain(theirs):
            differing[field] = theirs
    if known.birth_date and sent.birth_date and known.birth_date != sent.birth_date:
        differing["birth_date"] = sent.birth_date.isoformat()
    return differing


def is_somebody_else(differing: dict[str, str]) -> bool:
    """Tell whether name and birth date both differ: then the MRN is of another person, and nothing may be recorded."""
    return "birth_date" in differing and bool(differing.keys() & {"family_name", "given_name"})


def plain(name: str) -> str:
    """Reduce a name to what two spellings of it share: no case, no marks, no punctuation."""
    # Twice, as Unicode's caseless matching has it: letters of another style show their case only once they are plain.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name.casefold()).casefold())
    decomposed = folded.translate(_UNMARKED)
    kept = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join(kept.split())
