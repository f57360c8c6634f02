"""Names that look like commands, or like nothing known: the printer is told what the template tells it, no more."""

import io
import random
import unicodedata

import pytest
import zxingcpp
from PIL import Image, ImageOps

from printers.fit import FitError, Wish, fitted, person_name
from printers.label import Area, Code128, Label, Style, Weight
from printers.languages import render
from printers.preflight import findings
from printers.resident import spelled, trusts
from printers.stocks import STOCKS
from printers.zpl_reader import draw, parse_format
from tests.printers.renderers import by_zplkit

STOCK = STOCKS["2x1in"]
COMMANDS = ["^XA", "^XZ", "~JA", "~JR", "^FS", "^FD", "^FH_", "_5E", "\\&", "\\(*)", ">:", ">5", ">8", "^CC", "~CC!", "^JUS",
            "! U1 setvar", "\x02", "\x03", "\x0f", "\x18", "\x1b", "\r\n", "\x00", "\x7f", "\x85", '"', "'", "<", ">", "&", "\\",
            "${7*7}", "%s%n", "=cmd()", "; rm -rf", "<script>", "]]>"]  # fmt: skip
ODD = ["\u202e", "\u2066", "\u200f", "\u200b", "\ufeff", "\u2028", "\ufffc", "\ufffd", "\ud800", "\u0000", "\U000e0041",
       "😀", "👩\u200d⚕\ufe0f", "🇻🇳", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "ﷺ", "ﬁ", "Ⅷ", "①", "İı", "ẞß", "\uff21\uff11", "\u3000", "…", "-", ",", "­", "َ"]  # fmt: skip
LETTERS = [
    "Ana",
    "O",
    "Müller",
    "Nguyễn",
    "Łódź",
    "Γιάννης",
    "Жанна",
    "محمد",
    "כהן",
    "लक्ष्मी",
    "ศรี",
    "王小明",
    "さくら",
    "김철수",
]


def a_name(dice):
    """Up to 200 characters of everything above, now and then of a single kind."""
    kinds = dice.choice([[COMMANDS], [ODD], [LETTERS], [COMMANDS, ODD, LETTERS], [COMMANDS, ODD, LETTERS]])
    text = "".join(dice.choice(dice.choice(kinds)) for _ in range(dice.choice([1, 2, 3, 8, 60])))
    return text[: dice.choice([1, 5, 20, 200])]


def a_label(family, given_name):
    """A name, text that must be whole, and a barcode; the name is lettered so that there is always one."""
    return Label(STOCK, (
        person_name(Wish("name", Area(1.5, 0.7, 48, 4.5), 3.8, Weight.BOLD), f"A{family}", given_name),
        fitted(Wish("mrn", Area(1.5, 5.6, 22, 2.5), 2.5, Weight.BOLD), "MRN 4400292"),
        Code128("barcode", "100000000420", Area(0, 8.2, 35.7, 10)),
        fitted(Wish("priority", Area(36, 8.2, 13, 2.7), 2.5, Weight.BOLD, style=Style.REVERSED), "STAT"),
    ))  # fmt: skip


def commands(zpl):
    """What the printer is told to do, without what it is told to write; text and picture of a line count alike."""
    told = [
        (command.name, b"" if command.name in {"FD", "FO", "FT", "GF"} else command.data)
        for command in parse_format(zpl).commands
    ]
    fields, field = [], []
    for name, data in told:
        if name not in {"FH", "CF"}:  # whether a line needs escapes, and the size it shrank to, are the text's affair
            field.append(("FO" if name == "FT" else "FD" if name == "GF" else name, data))
        if name == "FS":
            fields.append(tuple(field))
            field = []
    return sorted(fields)


def outside(image, label, dpi):
    """The box of ink beside all areas, but for a dot at their edges."""
    image = image.convert("L")
    for element in label.elements:
        area, rim = element.area, dpi // 150
        edges = [round(edge / 25.4 * dpi) for edge in (area.x_mm, area.y_mm, area.right_mm, area.bottom_mm)]
        image.paste(255, (edges[0] - rim, edges[1] - rim, edges[2] + rim, edges[3] + rim))
    return ImageOps.invert(image).getbbox()


def read(image):
    """What a scanner set to our symbology reads; others find an EAN-13 in the strokes of one name in thousands."""
    found = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.Code128)
    return [one.text for one in found]


@pytest.mark.timeout(3600)
def test_no_name_changes_what_the_printer_is_told_leaves_its_area_or_spoils_the_bars(soaking):
    template = commands(render(a_label("nn", "Bo"), "zpl", 203))
    dice, refused = random.Random(5000), []
    for turn in range(5000 if soaking else 120):
        family, given_name = a_name(dice), a_name(dice)
        try:
            label = a_label(family, given_name)
        except FitError as error:
            refused.append(error)
            continue
        assert findings(label, 203) == ()
        zpl = render(label, "zpl", 203)
        assert commands(zpl) == template, (family, given_name)
        printed = draw(parse_format(zpl), 406, 203)
        assert outside(printed, label, 203) is None, (family, given_name)
        assert read(printed) == ["100000000420"]
        said = spelled(label.texts["name"])
        if turn % 10 == 0 and (said.isascii() or not trusts(said)):  # zplkit's own font ends with ASCII
            other = by_zplkit(zpl, 406, 203)
            assert outside(other, label, 203) is None, (family, given_name)
            preview = Image.open(io.BytesIO(render(label, "png", 203)))
            assert read(other) == read(preview) == ["100000000420"]
    assert all(error.field == "name" for error in refused)
    assert all("no installed font" in error.problem or "in height" in error.problem for error in refused)
    assert len(refused) < 0.1 * (turn + 1)


def test_the_wire_carries_printable_ascii_and_one_format_whatever_the_name():
    for text in (*COMMANDS, *ODD):
        try:
            zpl = render(a_label(text * 3, text), "zpl", 203)
        except FitError:
            continue
        assert all(0x20 <= byte < 0x7E for byte in zpl)
        assert zpl.count(b"^XA") == zpl.count(b"^XZ") == 1


@pytest.mark.parametrize("text", ["\u202eevil", "a\x02b", "tab\there", "nul\x00"])
def test_controls_are_dropped_from_every_line(text):
    said = fitted(Wish("collector", Area(1, 1, 40, 4), 2.5), text).text
    assert all(unicodedata.category(char)[0] != "C" for char in said)


@pytest.mark.parametrize("field", ["mrn", "birth_date", "number"])
def test_what_identifies_is_never_shortened_but_refused_by_its_field(field):
    with pytest.raises(FitError) as caught:
        fitted(Wish(field, Area(1, 1, 20, 2.5), 2.5, Weight.BOLD), "0123456789" * 4)
    assert caught.value.field == field
    assert "0123" not in str(caught.value)
