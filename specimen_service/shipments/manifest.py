"""What a shipment prints: its label, and the manifest that travels with it (pure).

A manifest names no patient: the receiving laboratory opens the specimens by their numbers, and paper gets lost. Of the
barcodes it carries the shipment's alone: a tube is received by scanning the tube, never a list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from printers.fit import Wish, listed, shortened
from printers.label import Area, Box, Code128, Element, Label, Stock, Weight
from printers.preflight import QUIET_MM
from specimen_service.kernel.clock import moment
from specimen_service.kernel.numbers import grouped
from specimen_service.shipments.model import SealAct
from specimen_service.shipments.queries import Content, ShipmentDetails

SHEET = Stock("manifest", 210.0, 279.0, margin_mm=12.0)
"""Fits A4 and Letter: as wide as the one, as high as the other."""
ROWS = 28
"""Specimens on a page."""
_LEFT, _WIDTH, _ROW_MM, _TABLE_MM = 12.0, 186.0, 7.0, 66.0
_COLUMNS = (("#", 8.0), ("Specimen", 36.0), ("Container", 54.0), ("Tests", 42.0), ("Collected", 36.0), ("In", 10.0))
_CODE_MM = 35.5
"""A number's bars with both quiet zones."""


@dataclass(frozen=True)
class Manifest:
    """All that the paper says."""

    site: str
    number: str
    facts: tuple[str, ...]
    rows: tuple[Content, ...]


def manifest_of(details: ShipmentDetails, site: str, now: datetime, zone: tzinfo) -> Manifest:
    """Put down what a shipment's manifest says as of now."""
    head, count = details.head, len(details.reckoning.expected)
    sealed = [one for one in details.seals if one.act is SealAct.SEALED]
    facts = (
        f"{head.kind.capitalize()} with {count} {'specimen' if count == 1 else 'specimens'}",
        f"To: {head.destination or 'not known yet'}" + (f", from: {details.origin}" if details.origin else ""),
        f"Seal: {sealed[-1].number}, {moment(sealed[-1].at, zone)}, {sealed[-1].by}" if sealed else "Seal: none",
        f"As of {moment(now, zone)} ({now.astimezone(zone).tzname()})",
    )
    rows = tuple(details.contents[stay.specimen_id] for stay in details.reckoning.expected)
    return Manifest(site, head.number, facts, rows)


def manifest_pages(manifest: Manifest, zone: tzinfo) -> list[Label]:
    """Lay the pages out; raises `FitError` for a letter that no installed font has."""
    parts = [manifest.rows[i : i + ROWS] for i in range(0, len(manifest.rows), ROWS)] or [()]
    return [
        Label(SHEET, (*_heading(manifest, page, len(parts)), *_table(part, page * ROWS, zone)))
        for page, part in enumerate(parts)
    ]


def shipment_label(details: ShipmentDetails, site: str, stock: Stock) -> Label:
    """Lay out the label that is stuck on a bag, box or rack; raises `FitError`."""
    room = stock.width_mm - 2 * stock.margin_mm
    left = (stock.width_mm - _CODE_MM) / 2

    def line(field: str, top: float, text: str, size: float, weight: Weight = Weight.REGULAR) -> Element:
        area = Area(stock.margin_mm + 0.5, top, room - 1, size * 1.25)
        return shortened(Wish(field, area, size, weight), text)

    head = details.head
    return Label(
        stock,
        (
            line("kind", 1.0, f"{head.kind.upper()} · {site}", 2.8, Weight.BOLD),
            line("destination", 4.5, f"To: {head.destination or 'not known yet'}", 2.6),
            Code128("barcode", head.number, Area(left, 8.8, _CODE_MM, 11.0)),
            line("number", 20.2, grouped(head.number), 3.2, Weight.BOLD),
        ),
    )


def _heading(manifest: Manifest, page: int, pages: int) -> Iterator[Element]:
    wide = _WIDTH - 60
    yield _text("title", _LEFT, 12, wide, 6, f"Manifest {grouped(manifest.number)}", Weight.BOLD)
    yield _text("site", _LEFT, 21, wide, 4, manifest.site)
    for i, fact in enumerate(manifest.facts):
        yield _text(f"fact_{i + 1}", _LEFT, 28 + 6 * i, wide + 4, 3.6, fact)
    yield Code128("barcode", manifest.number, Area(_LEFT + _WIDTH - 2 * QUIET_MM - 42, 12, 52, 16), module_mm=0.375)
    yield _text("page", _LEFT + _WIDTH - 47, 30, 47, 3.6, f"Page {page + 1} of {pages}")
    yield _text("signed", _LEFT, 53, _WIDTH, 3.6, "Received by, time:")
    yield Box("line", Area(_LEFT, 58.5, _WIDTH, 0.25))


def _table(rows: Sequence[Content], before: int, zone: tzinfo) -> Iterator[Element]:
    yield from _row(0, [name for name, _width in _COLUMNS], Weight.BOLD)
    for i, one in enumerate(rows, start=1):
        collected = moment(one.collected_at, zone) if one.collected_at else "not known"
        yield from _row(i, [str(before + i), grouped(one.number), one.container_name, one.tests, collected, ""])
        yield Box("rule", Area(_LEFT, _TABLE_MM + (i + 1) * _ROW_MM - 0.2, _WIDTH, 0.15))


def _row(place: int, cells: Sequence[str | tuple[str, ...]], weight: Weight = Weight.REGULAR) -> Iterator[Element]:
    left, top = _LEFT, _TABLE_MM + place * _ROW_MM
    for (name, width), cell in zip(_COLUMNS, cells, strict=True):
        field, area = f"{name.lower()}_{place}", Area(left, top + 0.6, width - 2, _ROW_MM - 1)
        if name == "In" and place:  # to tick by hand
            yield Box(f"{field}_foot", Area(left, top + _ROW_MM - 1.4, 5, 0.2))
            yield Box(f"{field}_head", Area(left, top + 1, 5, 0.2))
            yield Box(f"{field}_side", Area(left, top + 1.2, 0.2, _ROW_MM - 2.6))
            yield Box(f"{field}_other_side", Area(left + 4.8, top + 1.2, 0.2, _ROW_MM - 2.6))
        elif isinstance(cell, str) and cell:
            yield shortened(Wish(field, area, 3.2, weight), cell)
        elif cell:
            yield listed(Wish(field, area, 3.2, weight), cell)
        left += width


def _text(
    field: str, left: float, top: float, width: float, size: float, text: str, weight: Weight = Weight.REGULAR
) -> Element:
    return shortened(Wish(field, Area(left, top, width, size * 1.3), size, weight), text)
