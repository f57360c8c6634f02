"""ZPL II, inline: one format a label, about 300 bytes of ASCII that state what they rely on and store nothing."""

from itertools import groupby

from printers.code128_table import CODE_B, CODE_C, START_B
from printers.label import Label
from printers.languages.drawing import Bars, Cells, Drawing, Frame, Writing, drawing
from printers.languages.grain import Script, picture
from printers.languages.graphics import Compression, graphic_field
from printers.resident import spelled, trusts
from printers.symbology import Symbol

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .-,:/()+")


def zpl(label: Label, dpi: int, compression: Compression = Compression.Z64) -> bytes:
    """One label as one format; raises ``LayoutError`` for one that must not be printed."""
    page = drawing(label, dpi)
    solids = [shape for shape in page.shapes if not isinstance(shape, Writing)]
    lines = sorted((s for s in page.shapes if isinstance(s, Writing)), key=lambda line: -line.size)
    body = "".join(_solid(shape) for shape in solids) + "".join(_lines(lines, compression))
    return (_opening(page) + body + "^XZ").encode("ascii")


def _opening(page: Drawing) -> str:
    """Return what the format relies on, as an earlier job may have left other settings behind.

    UTF-8, the origin in the corner, the width, fields upright and not reversed, one copy, and no reprint by the
    printer itself after a fault (``^JZN``): a second label of the same number must never come out unasked.
    """
    return f"^XA^CI28^LH0,0^PW{page.width}^LRN^FWN^JZN^PQ1"


def _solid(shape: Bars | Cells | Frame) -> str:
    place = f"^FO{shape.x},{shape.y}"
    if isinstance(shape, Frame):
        return f"{place}^GB{shape.width},{shape.height},{shape.thickness}^FS"
    if isinstance(shape, Cells):
        return f"{place}{_matrix(shape)}^FS"
    return f"{place}^BY{shape.module}^BC,{shape.height},N^FD{_invoked(shape.symbol)}^FS"


def _matrix(cells: Cells) -> str:
    """Return the Data Matrix with all that printers differ in: size, and the escape, which no value of ours holds."""
    size = cells.matrix.size
    return f"^BXN,{cells.module},200,{size},{size},,_^FD{cells.matrix.value}"


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


def _lines(lines: list[Writing], compression: Compression) -> list[str]:
    fields = []
    for size, group in groupby(lines, key=lambda line: line.size):
        same = list(group)
        if any(trusts(line.text) for line in same):
            fields.append(f"^CF0,{size}")
        fields.extend(_line(line, compression) for line in same)
    return fields


def _line(line: Writing, compression: Compression) -> str:
    reverse = "^FR" if line.white else ""
    if trusts(line.text):
        return f"^FT{line.resident_x},{line.baseline}{reverse}{_data(spelled(line.text))}^FS"
    shown = picture(Script(line.text, line.em, line.weight, line.width))
    place = f"^FO{line.x + shown.left},{line.baseline + shown.top}"
    return f"{place}{reverse}{graphic_field(shown.image, compression)}^FS"


def _data(text: str) -> str:
    """Return the text as field data: every byte that could be a command, or is not ASCII, in hexadecimal."""
    data = "".join(chr(byte) if byte in _SAFE else f"_{byte:02X}" for byte in text.encode())
    return ("^FH^FD" if "_" in data else "^FD") + data
