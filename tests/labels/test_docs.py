"""The table of stocks in the manual says what the data says."""

from pathlib import Path

from printers.label import Use
from printers.stocks import SHEETS, STOCKS
from specimen_service.labels.arrangement import ALWAYS, EVERYTHING, arrangement_for

MANUAL = (Path(__file__).parents[2] / "docs/labels.md").read_text(encoding="utf-8")
WORDS = {"tube": "which tube of how many", "chair": "chair (shared printers)", "lines": "lines to write on"}


def listed(fields):
    return ", ".join(WORDS.get(field, field) for field in EVERYTHING if field in fields and field not in ALWAYS) or "-"


def stock_row(stock):
    arrangement = arrangement_for(stock)
    code = "Data Matrix" if arrangement.matrix_mm else "Code 128"
    size = f"{stock.width_mm:g} x {stock.height_mm:g}"
    left_off = listed(set(EVERYTHING) - arrangement.carries)
    return f"| `{stock.name}` | {size} | {code} | {listed(arrangement.carries)} | {left_off} |"


def sheet_row(sheet):
    page = "A4" if sheet.page_mm == (210, 297) else "Letter"
    return f"| `{sheet.name}` | {page} | {sheet.columns} x {sheet.rows} | `{sheet.stock.name}` |"


def test_the_manual_tells_of_every_stock_what_it_carries():
    rows = [stock_row(stock) for stock in STOCKS.values() if stock.use is Use.TUBE]
    assert [row for row in rows if row not in MANUAL] == []


def test_the_manual_tells_of_every_sheet():
    assert [row for row in map(sheet_row, SHEETS.values()) if row not in MANUAL] == []
