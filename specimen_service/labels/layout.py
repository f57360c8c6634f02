"""From a label's row to the label itself: its facts, its words, its places on the stock, and pictures of it."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from printers.fit import FitError
from printers.label import Barcode, Label
from printers.label_json import from_json
from printers.languages import Language, Mark, render
from printers.stocks import STOCKS
from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.labels.content import tube_text
from specimen_service.labels.fit_words import fault_of
from specimen_service.labels.model import PrintJob
from specimen_service.labels.queries import label_facts
from specimen_service.labels.tube import tube_label
from specimen_service.settings import Settings
from specimen_service.specimens.model import Label as LabelRecord
from specimen_service.specimens.model import LabelState, Specimen
from specimen_service.specimens.queries import specimen_id_of

PICTURE_DPI = 203
_MM_PER_INCH = 25.4


def laid_out(session: Session, settings: Settings, label_id: int, stock: str, chair: str = "") -> Label:
    """Lay the tube label out on a stock; raises `printers.fit.FitError` for what cannot stand on it whole.

    ``chair`` is where it belongs, for a printer that several chairs share.
    """
    service = settings.service
    text = tube_text(label_facts(session, label_id), service.zone, chair, training=service.training)
    return tube_label(text, STOCKS[stock])


def picture(session: Session, settings: Settings, code: str, language: Language) -> tuple[bytes, int]:
    """Draw the current label of a specimen, marked COPY, as it was last printed; also returns the patient it shows.

    A picture that could pass for the label would be a second label. Raises `NotFound`, or `Conflict` with the sentence
    where the label cannot be laid out.
    """
    specimen_id = specimen_id_of(session, code)
    current = (
        select(LabelRecord.id, Specimen.patient_id)
        .join(Specimen, Specimen.id == LabelRecord.specimen_id)
        .where(LabelRecord.specimen_id == specimen_id, LabelRecord.state == LabelState.CURRENT)
    )
    found = session.execute(current).one_or_none()
    if found is None:
        raise NotFound("current label of specimen", code)
    try:
        label = _as_printed(session, found.id) or laid_out(session, settings, found.id, settings.labels.stock)
    except FitError as error:
        raise Conflict(fault_of(error), code="label-does-not-fit") from error
    return _copy(label, language), found.patient_id


def _as_printed(session: Session, label_id: int) -> Label | None:
    newest = select(PrintJob.snapshot).where(PrintJob.label_id == label_id).order_by(PrintJob.id.desc()).limit(1)
    snapshot = session.scalar(newest)
    return from_json(json.dumps(snapshot)) if snapshot else None


def _copy(label: Label, language: Language) -> bytes:
    if language is Language.ZPL:
        return stamped_zpl(label)
    return render(label, language, PICTURE_DPI, mark=Mark.COPY)


def stamped_zpl(label: Label) -> bytes:
    """Lay the word over the wider side of the barcode, in reverse: the text below stays legible and the code scans."""
    code = next(element.area for element in label.elements if isinstance(element, Barcode))
    left, right = max((0.0, code.x_mm), (code.right_mm, label.stock.width_mm), key=lambda side: side[1] - side[0])
    size = min(_dots(right - left) * 2 // 5, _dots(code.height_mm))
    x, y = _dots(left), _dots(code.bottom_mm) - size
    upright, turned = f"^FO{x},{y}^A0N", f"^FO{_dots(label.stock.height_mm) - y - size},{x}^A0R"
    field = f"{turned if label.stock.turned else upright},{size}^FR^FDCOPY^FS"
    return render(label, Language.ZPL, PICTURE_DPI).removesuffix(b"^XZ") + field.encode() + b"^XZ"


def _dots(length_mm: float) -> int:
    return round(length_mm / _MM_PER_INCH * PICTURE_DPI)
