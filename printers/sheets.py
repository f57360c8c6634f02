"""Labels on a page of labels, for people with an office printer: any free position first, then onwards, page by page."""

import io
from collections.abc import Sequence

from printers.label import Label
from printers.languages.pdf import document, put
from printers.stocks import Sheet

_POINTS_PER_MM = 72 / 25.4


class SheetError(ValueError):
    """Labels that cannot be printed on a sheet as asked; the message is one sentence with the remedy."""


class PositionError(SheetError):
    """A position that the sheet does not have."""

    def __init__(self, sheet: Sheet, position: int) -> None:
        """Keep both; the message names the positions there are."""
        self.sheet = sheet
        self.position = position
        super().__init__(
            f"Position {position} is not on the sheet {sheet.name}: start at one from 1 to {sheet.positions}."
        )


class StockError(SheetError):
    """A label laid out for other labels than the sheet's."""

    def __init__(self, sheet: Sheet, label: Label) -> None:
        """Keep both; the message names the two stocks."""
        self.sheet = sheet
        self.label = label
        super().__init__(
            f"The sheet {sheet.name} holds labels of {sheet.stock.name} and this one is laid out for {label.stock.name}: "
            f"lay it out for {sheet.stock.name}, or choose another sheet."
        )


def sheet_pdf(labels: Sequence[Label], sheet: Sheet, start: int = 1, dpi: int = 600) -> bytes:
    """Return pages at true size with the labels on the positions from ``start``, along the rows; later pages are whole.

    Raises ``PositionError`` and ``StockError``, and ``LayoutError`` for a label that would print badly.
    """
    if not 1 <= start <= sheet.positions:
        raise PositionError(sheet, start)
    file = io.BytesIO()
    canvas = document(file)
    canvas.setPageSize((sheet.page_mm[0] * _POINTS_PER_MM, sheet.page_mm[1] * _POINTS_PER_MM))
    for place, label in enumerate(labels, start - 1):
        if label.stock != sheet.stock:
            raise StockError(sheet, label)
        page, position = divmod(place, sheet.positions)
        if page and not position:
            canvas.showPage()
        left, top = sheet.corner(position + 1)
        put(canvas, label, left, sheet.page_mm[1] - top - label.stock.height_mm, dpi)
    canvas.save()
    return file.getvalue()
