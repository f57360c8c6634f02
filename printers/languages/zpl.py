"""ZPL II, inline: one format a label, about 300 bytes of ASCII that state what they rely on and store nothing."""

from dataclasses import dataclass
from itertools import groupby

from printers.code128_table import CODE_B, CODE_C, START_B
from printers.label import Label
from printers.languages.drawing import Bars, Cells, Frame, Writing, drawing
from printers.languages.grain import Script, picture
from printers.languages.graphics import Compression, graphic_field
from printers.resident import spelled, trusts
from printers.symbology import Symbol

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .-,:/()+")


@dataclass(frozen=True, slots=True)
class _Paper:
    """The label as it leaves the printer: upright, or turned a quarter to the right. All lengths are dots."""

    width: int
    height: int
    turned: bool

    @property
    def across(self) -> int:
        """How wide it is across the roll."""
        return self.height if self.turned else self.width

    @property
    def turn(self) -> str:
        """ZPL's letter for how fields stand."""
        return "R" if self.turned else "N"

    def corner(self, x: int, y: int, height: int) -> str:
        """Return the upper left corner, as it comes out, of a rectangle so high on the label as it is read."""
        return f"^FO{self.height - y - height},{x}" if self.turned else f"^FO{x},{y}"

    def foot(self, x: int, baseline: int) -> str:
        """Return where a line of text starts."""
        return f"^FT{self.height - baseline},{x}" if self.turned else f"^FT{x},{baseline}"

    def size(self, width: int, height: int) -> str:
        """Return width and height as they come out."""
        return f"{height},{width}" if self.turned else f"{width},{height}"


def zpl(label: Label, dpi: int, compression: Compression = Compression.Z64) -> bytes:
    """One label as one format; raises ``LayoutError`` for one that must not be printed."""
    page = drawing(label, dpi)
    paper = _Paper(page.width, page.height, label.stock.turned)
    solids = [shape for shape in page.shapes if not isinstance(shape, Writing)]
    lines = sorted((s for s in page.shapes if isinstance(s, Writing)), key=lambda line: -line.size)
    body = "".join(_solid(shape, paper) for shape in solids) + "".join(_lines(lines, paper, compression))
    return (_opening(paper) + body + "^XZ").encode("ascii")


def _opening(paper: _Paper) -> str:
    """Return what the format relies on, as an earlier job may have left other settings behind.

    UTF-8, the origin in the corner, the width, how fields stand and that they are not reversed, one copy, and no reprint
    by the printer itself after a fault (``^JZN``): a second label of the same number must never come out unasked.
    """
    return f"^XA^CI28^LH0,0^PW{paper.across}^LRN^FW{paper.turn}^JZN^PQ1"


def _solid(shape: Bars | Cells | Frame, paper: _Paper) -> str:
    place = paper.corner(shape.x, shape.y, shape.height)
    if isinstance(shape, Frame):
        return f"{place}^GB{paper.size(shape.width, shape.height)},{shape.thickness}^FS"
    if isinstance(shape, Cells):
        return f"{place}{_matrix(shape, paper)}^FS"
    return f"{place}^BY{shape.module}^BC,{shape.height},N^FD{_invoked(shape.symbol)}^FS"


def _matrix(cells: Cells, paper: _Paper) -> str:
    """Return the Data Matrix with all that printers differ in: size, and the escape, which no value of ours holds."""
    size = cells.matrix.size
    return f"^BX{paper.turn},{cells.module},200,{size},{size},,_^FD{cells.matrix.value}"


def _invoked(symbol: Symbol) -> str:
    """Return the barcode's data with each subset named, so that the printer makes the very symbol that was checked."""
    subset_b = symbol.codes[0] == START_B
    text = ">:" if subset_b else ">;"
    for code in symbol.codes[1:]:
        if subset_b and code == CODE_C:
            subset_b, text = False, text + ">5"
        elif not subset_b and code == CODE_B:
            subset_b, text = True, text + ">6"
        else:
            text += chr(code + 32) if subset_b else f"{code:02}"
    return text


def _lines(lines: list[Writing], paper: _Paper, compression: Compression) -> list[str]:
    fields = []
    for size, group in groupby(lines, key=lambda line: line.size):
        same = list(group)
        if any(trusts(line.text) for line in same):
            fields.append(f"^CF0,{size}")
        fields.extend(_line(line, paper, compression) for line in same)
    return fields


def _line(line: Writing, paper: _Paper, compression: Compression) -> str:
    reverse = "^FR" if line.white else ""
    if trusts(line.text):
        return f"{paper.foot(line.resident_x, line.baseline)}{reverse}{_data(spelled(line.text))}^FS"
    shown = picture(Script(line.text, line.em, line.weight, line.width, paper.turned))
    place = paper.corner(line.x + shown.left, line.baseline + shown.top, shown.height)
    return f"{place}{reverse}{graphic_field(shown.image, compression)}^FS"


def _data(text: str) -> str:
    """Return the text as field data: every byte that could be a command, or is not ASCII, in hexadecimal."""
    data = "".join(chr(byte) if byte in _SAFE else f"_{byte:02X}" for byte in text.encode())
    return ("^FH^FD" if "_" in data else "^FD") + data
