"""What a printer would print: a format drawn by what its bytes say, by nothing else.

It shares no code with what writes our ZPL beyond the table of Code 128 and the maker of Data Matrix symbols, so that its picture is wrong when our ZPL is.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

from PIL import Image, ImageChops, ImageDraw, ImageFont

from printers.code128_table import CODE_B, CODE_C, PATTERNS, START_B, START_C, STOP, checksum
from printers.datamatrix import encode_matrix
from printers.faces import SOURCES, installed_face
from printers.label import Weight
from printers.symbology import SymbolError
from printers.zpl_format import Command, Format, ZplError, parse_format
from printers.zpl_graphics import read_graphic

__all__ = ["Command", "Format", "ZplError", "draw", "parse_format"]

_MOST_DOTS = 32_000
_WHITE = 255
_CAPITAL = 0.75
_EM = 1.05
_FINE = 1000
"""A height at which a letter's width is hardly rounded."""
_EMPTY_BOX = "\u25a1"
_ENCODINGS = {"0": "cp850", "27": "cp1252", "28": "utf-8"}


@dataclass
class _Field:
    """What has been said since the last ``^FS``."""

    origin: tuple[int, int] | None = None
    on_baseline: bool = False
    reversed: bool = False
    hexadecimal: bool = False
    height: int | None = None
    text: Command | None = None
    solid: Command | None = None


@dataclass
class _State:
    """What holds from one field to the next."""

    image: Image.Image
    width: int
    home: tuple[int, int] = (0, 0)
    turned: bool = False
    encoding: str = "cp850"
    height: int = 9
    module: int = 2
    now: _Field = field(default_factory=_Field)


def draw(form: Format, width_dots: int, height_dots: int) -> Image.Image:
    """Draw the format on a label of that many dots as a 1-bit image, 0 where it prints.

    Raises ``ZplError`` for what this reader does not draw.
    """
    state = _State(Image.new("1", (width_dots, height_dots), _WHITE), width_dots)
    for command in form.commands:
        _obey(state, command)
    if state.width < width_dots:
        state.image.paste(_WHITE, (state.width, 0, width_dots, height_dots))
    return state.image


def _obey(state: _State, command: Command) -> None:
    if command.name == "FS":
        _finish(state, command)
        state.now = _Field()
    else:
        _set(state, command)


def _set(state: _State, command: Command) -> None:  # noqa: C901, PLR0912 # one line a command of the language
    now = state.now
    match command.name:
        case "CI":
            state.encoding = _ENCODINGS[command.demand(*_ENCODINGS)]
        case "LH":
            state.home = _point(command)
        case "PW":
            state.width = command.number(command.parameters(1, 1)[0], 2, _MOST_DOTS)
        case "LR":
            command.demand("N")
        case "FW":
            state.turned = command.demand("N", "R") == "R"
        case "CF":
            font, height = command.parameters(2, 2)
            state.height = _height(command, font, height)
        case "A0":
            turn, height = command.parameters(2, 2)
            now.height = _height(command, "0" if turn in {"", "N"} else turn, height)
        case "BY":
            state.module = command.number(command.parameters(1, 1)[0], 1, 10)
        case "FO" | "FT":
            now.origin, now.on_baseline = _point(command), command.name == "FT"
        case "FR":
            now.reversed = True
        case "FH":
            now.hexadecimal = command.demand("", "_") in {"", "_"}
        case "FD":
            now.text = command
        case "BC" | "BX" | "GB" | "GF":
            now.solid = command


def _point(command: Command) -> tuple[int, int]:
    x, y = command.parameters(2, 2)
    return command.number(x, 0, _MOST_DOTS), command.number(y, 0, _MOST_DOTS)


def _height(command: Command, font: str, height: str) -> int:
    if font != "0":
        raise ZplError(command.offset, "only font 0, upright, is drawn here")
    return command.number(height, 10, _MOST_DOTS)


def _finish(state: _State, command: Command) -> None:
    """Lay the field down; in reverse it turns what it meets on the label around."""
    now = state.now
    if now.origin is None:
        raise ZplError(command.offset, "a field without a place")
    x, y = now.origin[0] + state.home[0], now.origin[1] + state.home[1]
    layer = Image.new("1", state.image.size, _WHITE)
    if now.solid and now.on_baseline:
        raise ZplError(now.solid.offset, f"^{now.solid.name} placed by ^FT is not drawn here")
    if now.solid and now.solid.name == "GF":
        layer.paste(read_graphic(now.solid), (x, y))
    elif now.solid and now.solid.name == "GB":
        _draw_box(layer, now.solid, x, y)
    elif state.turned:
        upright = Image.new("1", (layer.height, layer.width), _WHITE)
        _draw_standing(state, upright, y, layer.width - x)
        layer = upright.transpose(Image.Transpose.ROTATE_270)
    else:
        _draw_standing(state, layer, x, y)
    if now.reversed:
        state.image = ImageChops.logical_xor(state.image, ImageChops.invert(layer))
    else:
        state.image = ImageChops.logical_and(state.image, layer)


def _draw_standing(state: _State, layer: Image.Image, x: int, y: int) -> None:
    """Draw what stands as ``^FW`` says, upright on a layer that is turned later: there ``y`` is the field's lower edge."""
    now, size = state.now, _size(state)
    if now.solid is None:
        drop = 0 if now.on_baseline else round((_CAPITAL - state.turned) * size)
        _write(layer, _text(state), x, y + drop, size)
    elif now.solid.name == "BX":
        _draw_matrix(state, layer, _text(state), x, y)
    else:
        _draw_bars(state, layer, _text(state), x, y)


def _size(state: _State) -> int:
    return state.now.height or state.height


def _text(state: _State) -> str:
    """Return the field's data with its hexadecimal bytes and in the encoding that holds."""
    command = state.now.text
    if command is None:
        raise ZplError(0, "a field without data")
    data = command.data
    if state.now.hexadecimal:
        head, *parts = data.split(b"_")
        try:
            data = head + b"".join(bytes.fromhex(part[:2].decode("ascii")) + part[2:] for part in parts)
        except ValueError:
            raise ZplError(command.offset, "^FH without two hexadecimal digits") from None
    return data.decode(state.encoding, "replace")


def _write(layer: Image.Image, text: str, x: int, baseline: int, height: int) -> None:
    pen = ImageDraw.Draw(layer)
    pen.fontmode = "1"
    shown = "".join(char if _resident(char) else _EMPTY_BOX for char in text)
    for stretch, is_box in _stretches(shown):
        if is_box:
            pen.rectangle((x + 1, baseline - round(_CAPITAL * height), x + height // 2 - 1, baseline), outline=0)
            x += height // 2
        else:
            # Letter by letter: drawn in whole dots at once, small narrow letters would all be rounded up to wide ones.
            starts = list(accumulate((_advance(char) * height for char in stretch), initial=0.0))
            for char, start in zip(stretch, starts, strict=False):
                pen.text((x + round(start), baseline), char, fill=0, font=_font(height), anchor="ls")
            x += round(starts[-1])


def _stretches(text: str) -> list[tuple[str, bool]]:
    """Cut the text into stretches the font has, and single boxes for what it lacks."""
    parts = text.split(_EMPTY_BOX)
    cut = [(_EMPTY_BOX, True)] * (2 * len(parts) - 1)
    cut[::2] = [(part, False) for part in parts]
    return [stretch for stretch in cut if stretch[0]]


def _resident(char: str) -> bool:
    """Whether a printer's own font has the character: Latin-1 and Latin Extended-A, no more can be counted on."""
    return " " <= char <= "~" or "\u00a0" <= char <= "\u017f"


@lru_cache(maxsize=64)
def _font(height: int) -> ImageFont.FreeTypeFont:
    """Return a narrow bold face, as the resident font is."""
    face = installed_face(SOURCES[0], Weight.BOLD)
    if face is None:
        raise ZplError(0, f"no font to draw with: install {SOURCES[0].distribution}")
    font = ImageFont.truetype(str(face.path), round(height * _EM), layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([700, 62.5])
    return font


@lru_cache(maxsize=512)
def _advance(char: str) -> float:
    """Return how far the next letter stands from this one, in heights."""
    return _font(_FINE).getlength(char) / _FINE


def _draw_box(layer: Image.Image, command: Command, x: int, y: int) -> None:
    numbers = [command.number(text, 1, _MOST_DOTS) for text in command.parameters(3, 3)]
    width, height, thickness = max(numbers[0], numbers[2]), max(numbers[1], numbers[2]), numbers[2]
    corners = (x, y, x + width - 1, y + height - 1)
    solid = 2 * thickness >= min(width, height)
    ImageDraw.Draw(layer).rectangle(corners, fill=0 if solid else None, outline=0, width=min(thickness, width, height))


def _draw_bars(state: _State, layer: Image.Image, data: str, x: int, y: int) -> None:
    command, module = _solid(state), state.module
    turn, height_text, interpretation = command.parameters(3, 3)
    if turn not in {"", "NR"[state.turned]} or interpretation != "N":
        raise ZplError(command.offset, "^BC other than as ^FW says and without text is not drawn here")
    height = command.number(height_text, 1, _MOST_DOTS)
    y -= height if state.turned else 0
    values = _values(command, data)
    pen = ImageDraw.Draw(layer)
    for modules in (PATTERNS[value] for value in (*values, checksum(values), STOP)):
        for dark in modules:
            if dark == "1":
                pen.rectangle((x, y, x + module - 1, y + height - 1), fill=0)
            x += module


def _solid(state: _State) -> Command:
    if state.now.solid is None:
        raise ZplError(0, "a field without a barcode")
    return state.now.solid


def _draw_matrix(state: _State, layer: Image.Image, data: str, x: int, y: int) -> None:
    command = _solid(state)
    turn, module_text, quality, columns, rows, kind, escape = command.parameters(7, 7)
    if (turn, quality, kind) != ("NR"[state.turned], "200", "") or escape != "_" or "_" in data:
        raise ZplError(command.offset, "^BX other than as ^FW says, of quality 200 and escaped by _ is not drawn here")
    module = command.number(module_text, 1, 100)
    try:
        matrix = encode_matrix(data)
    except SymbolError:
        raise ZplError(command.offset, "barcode data that is not drawn here") from None
    if {columns, rows} != {str(matrix.size)}:
        raise ZplError(command.offset, f"^BX of another size than {matrix.size} modules square")
    y -= matrix.size * module if state.turned else 0
    pen = ImageDraw.Draw(layer)
    for left, top, width in matrix.stretches:
        corner = (x + left * module, y + top * module)
        pen.rectangle((*corner, corner[0] + width * module - 1, corner[1] + module - 1), fill=0)


def _values(command: Command, data: str) -> list[int]:
    """Return the symbol characters that the data asks for, ``>`` codes and all (ZPL guide, ^BC, mode N)."""
    starts = {">:": START_B, ">;": START_C}
    values = [starts.get(data[:2], START_B)]
    subset_c, rest = values[0] == START_C, data[2:] if data[:2] in starts else data
    while rest:
        if rest[:2] in {">5", ">6"}:
            subset_c = rest[1] == "5"
            values.append(CODE_C if subset_c else CODE_B)
            rest = rest[2:]
        elif subset_c and len(rest) > 1 and rest[:2].isascii() and rest[:2].isdigit():
            values.append(int(rest[:2]))
            rest = rest[2:]
        elif not subset_c and " " <= rest[0] <= "~" and rest[0] != ">":
            values.append(ord(rest[0]) - ord(" "))
            rest = rest[1:]
        else:
            raise ZplError(command.offset, "barcode data that is not drawn here")
    return values
