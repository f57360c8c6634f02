"""What a patient's wristband says: who it is, in letters to be read at arm's length, and the MRN or band number to scan."""

from dataclasses import dataclass

from printers.fit import FitError
from printers.label import Label, Stock, Use
from printers.wording import clean
from specimen_service.kernel.language import say
from specimen_service.labels.cells import Cell, drawable
from specimen_service.labels.engine import arranged
from specimen_service.labels.tube import identity_cells


@dataclass(frozen=True, slots=True)
class BandText:
    """What a band says, as people read it. With a ``band_number`` that is what is scanned, else the MRN is."""

    mrn: str
    family_name: str = ""
    given_name: str = ""
    birth_date: str = ""
    sex: str = ""
    band_number: str = ""
    temporary: bool = False


def band_label(text: BandText, stock: Stock) -> Label:
    """Lay the band out; raises ``FitError`` naming the first field that is missing or does not fit whole."""
    if stock.use is not Use.WRIST:
        raise FitError(
            "stock",
            say("%(stock)s is not for wrists", stock=stock.name),
            say("Print it on a printer that holds wristbands."),
        )
    cells = list(
        identity_cells(text.family_name, text.given_name, text.mrn, text.birth_date, text.sex, temporary=text.temporary)
    )
    if clean(text.band_number):
        cells.append(Cell("band_number", (f"BAND {text.band_number}", text.band_number)))
    code = clean(text.band_number) or clean(text.mrn)
    return arranged(stock, {cell.field: drawable(cell) for cell in cells}, code)
