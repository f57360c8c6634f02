"""Names in every script: the right glyphs in the right order, in every language, and small enough for the wire."""

import io
import random
import re
from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFont, ImageOps, ImageStat, features

from printers.fit import Wish, person_name
from printers.fonts import line
from printers.label import Align, Area, Code128, Label, Weight
from printers.languages import Compression, render
from printers.languages.grain import MOST_BYTES
from printers.languages.raster import ink
from printers.resident import trusts
from printers.stocks import STOCKS
from printers.wording import clean, clusters
from printers.zpl_reader import draw, parse_format
from tests.printers.renderers import by_zplkit

STOCK = STOCKS["2x1in"]
WISH = Wish("name", Area(1.5, 0.7, 48.1, 4.5), 3.8, Weight.BOLD)
NAMES = {
    "latin": ("Łódzki-Şahin", "Žofie Ğülay Ǻse"),
    "vietnamese": ("Nguyễn-Phúc Đặng", "Thị Ngọc Huyền Trâm"),
    "greek": ("Παπαδοπούλου-Αλεξανδρίδη", "Αικατερίνη Μαρία"),
    "cyrillic": ("Константинопольский", "Александр Вячеславович"),
    "arabic": ("عبد الرحمن بن محمد", "خالد عبد العزيز آل سعود"),
    "persian": ("می‌خواهم زاده", "پرویز گل‌چهره"),
    "hebrew": ("רוזנברג-אברמוביץ", "יהודית מרים אסתר"),
    "devanagari": ("श्रीवास्तव चतुर्वेदी", "लक्ष्मीनारायण कृष्ण"),
    "thai": ("ศรีสุวรรณพงษ์พัฒนกุล", "กิตติศักดิ์ ณัฐพงษ์"),
    "chinese": ("阿卜杜热依木", "吐尔逊尼亚孜·买买提"),
    "traditional": ("歐陽", "震華麗龍瀧"),
    "japanese": ("勅使河原", "龍之介さくらカタカナ"),
    "korean": ("남궁황보제갈", "김철수박영희이민호"),
}
ALPHABETS = {
    "latin": "ẮẵḉĐḗğĦİķŁṃŇőřŞțŪŵỶžæðþ",
    "vietnamese": "ĂắẰẳÂấẦẫĐÊếỀễỊỉÔốỒỗƠớỜỡƯứỪữỲỷ",
    "greek": "ΑΆΒΓΔΕΈΖΗΉΘΙΊΪΚΛΜΝΞΟΌΠΡΣΤΥΎΦΧΨΩΏαάβγδεζηθικλμνξοπρσςτυφχψω",
    "cyrillic": "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯҐЄІЇабвгдежзийклмнопрстуфхцчшщъыьэюяӘғқңөұүһі",
    "arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءآأؤإئپچژگک",
    "hebrew": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "devanagari": "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह",
    "thai": "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
    "chinese": "".join(map(chr, range(0x4E00, 0x9FA6))),
    "japanese": "".join(map(chr, range(0x3041, 0x3097))),
    "korean": "".join(map(chr, range(0xAC00, 0xD7A4))),
}
by_script = pytest.mark.parametrize("script", NAMES)
by_alphabet = pytest.mark.parametrize("script", ALPHABETS)
at_every_resolution = pytest.mark.parametrize("dpi", [203, 300, 600])


def named(family, given_name):
    return person_name(WISH, family, given_name)


def shown(image, dpi):
    """The name's ink on a label's picture, in dots."""
    area = WISH.area
    box = tuple(round(edge / 25.4 * dpi) for edge in (area.x_mm - 0.2, 0, area.right_mm + 0.2, area.bottom_mm + 0.2))
    return ImageOps.invert(image.convert("L").crop(box))


def agreement(one, other):
    """How far two pictures of ink agree: what both cover, of what either covers, at their best within one dot."""
    best = 0.0
    for across in (-1, 0, 1):
        for down in (-1, 0, 1):
            moved = ImageChops.offset(other, across, down)
            both, either = ImageChops.darker(one, moved), ImageChops.lighter(one, moved)
            best = max(best, ImageStat.Stat(both).sum[0] / max(1, ImageStat.Stat(either).sum[0]))
    return best


@by_script
def test_every_letter_of_a_name_has_a_glyph_of_its_own(script):
    for run in line(clean(" ".join(NAMES[script])), Weight.BOLD).runs:
        assert all(glyph.id != 0 for glyph in run.glyphs)


@pytest.mark.skipif(
    not features.check("raqm"), reason="Pillow shapes and orders by itself only where FriBidi is installed"
)
@pytest.mark.parametrize("mixed", ["", " Ana 7", " (בת)"])
@by_script
def test_another_shaper_orders_and_joins_the_letters_alike(script, mixed):
    """Raqm cuts by script and orders by FriBidi: none of it is ours. A line in one font can be compared."""
    text = clean(NAMES[script][0] + mixed)
    runs = line(text, Weight.BOLD).runs
    if len({run.face.path for run in runs}) > 1:
        pytest.skip("a line of several fonts cannot be drawn by one")
    face = runs[0].face
    font = ImageFont.truetype(str(face.path), 48, layout_engine=ImageFont.Layout.RAQM)
    font.set_variation_by_axes([face.axes[axis.tag] for axis in face.hb_face.axis_infos])
    ours = ink(text, (48, 48), Weight.BOLD).coverage
    mask = font.getmask(text, features=["-kern", "-liga"])
    theirs = Image.frombytes("L", mask.size, bytes(mask))
    size = max(ours.width, theirs.width), max(ours.height, theirs.height)
    assert abs(ours.width - theirs.width) <= 3 + 0.02 * theirs.width
    assert agreement(ours.resize(theirs.size), theirs) > 0.6, size


def test_a_name_shaped_or_ordered_wrongly_would_be_seen():
    """The comparison above tells letters in the wrong order from right ones."""
    right, wrong = (ink(text, (48, 48), Weight.BOLD).coverage for text in ("محمد", "دمحم"))
    assert agreement(wrong.resize(right.size), right) < 0.5


@at_every_resolution
@by_script
def test_a_printer_shows_the_name_that_the_preview_shows(script, dpi):
    label = Label(STOCK, (named(*NAMES[script]),))
    told = render(label, "zpl", dpi)
    assert b"^GF" in told
    preview = shown(Image.open(io.BytesIO(render(label, "png", dpi))), dpi)
    for printed in (draw(parse_format(told), 2 * dpi, dpi), by_zplkit(told, 2 * dpi, dpi, dpi)):
        assert agreement(shown(printed, dpi), preview) > 0.6


@by_script
def test_paper_shows_the_name_that_the_preview_shows(script):
    label = Label(STOCK, (named(*NAMES[script]),))
    paper = pypdfium2.PdfDocument(render(label, "pdf", 300))[0].render(scale=300 / 72).to_pil()
    preview = Image.open(io.BytesIO(render(label, "png", 300)))
    assert agreement(shown(paper, 300), shown(preview, 300)) > 0.75


def bytes_of_pictures(told):
    return [len(found) for found in re.findall(rb"\^FO[^^]*(?:\^FR)?\^GF[^^]*\^FS", told)]


@at_every_resolution
@by_alphabet
def test_the_picture_of_the_longest_name_stays_within_700_bytes(script, dpi, soaking):
    dice = random.Random(f"{script} {dpi}")
    for _ in range(40 if soaking else 1):
        letters = dice.choices(ALPHABETS[script], k=60)
        told = render(Label(STOCK, (named("".join(letters[:18]), "".join(letters[18:])),)), "zpl", dpi)
        assert all(0 < size <= MOST_BYTES for size in bytes_of_pictures(told))
        assert len(bytes_of_pictures(told)) == 1


@pytest.mark.parametrize("compression", Compression)
def test_a_name_on_a_coarser_grid_is_the_same_however_it_is_sent(compression):
    label = Label(STOCK, (named(*NAMES["chinese"]),))
    drawn = [draw(parse_format(render(label, "zpl", 600, compression=way)), 1200, 600) for way in ("z64", compression)]
    assert drawn[0].tobytes() == drawn[1].tobytes()


@at_every_resolution
def test_a_common_name_is_drawn_on_the_printers_own_dots(dpi):
    label = Label(STOCK, (named("Đỗ", "Hà"),))
    printed = shown(draw(parse_format(render(label, "zpl", dpi)), 2 * dpi, dpi), dpi)
    assert agreement(printed, shown(Image.open(io.BytesIO(render(label, "png", dpi))), dpi)) > 0.85


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("align", Align)
@given(st.sampled_from(sorted(NAMES)), st.sampled_from([203, 300, 600]))
@settings(max_examples=6)
def test_no_dot_of_a_name_lies_beside_its_area(turned, align, script, dpi):
    stock = replace(STOCK, turned=turned)
    text = replace(named(*NAMES[script]), align=align)
    across, along = (dpi, 2 * dpi) if turned else (2 * dpi, dpi)
    printed = draw(parse_format(render(Label(stock, (text,)), "zpl", dpi)), across, along)
    upright = printed.transpose(Image.Transpose.ROTATE_90) if turned else printed
    left, _, right, bottom = ImageOps.invert(upright.convert("L")).getbbox()
    area, cell = text.area, dpi / 120
    assert area.x_mm * dpi / 25.4 - cell <= left < right <= area.right_mm * dpi / 25.4 + cell
    assert bottom <= area.bottom_mm * dpi / 25.4 + cell


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("क्षत्रिय", ("क्ष", "त्रि", "य")),
        ("กิตติ", ("กิ", "ต", "ติ")),
        ("Ẹ\u0301va", ("Ẹ\u0301", "v", "a")),
        ("می\u200cخ", ("م", "ی\u200c", "خ")),
    ],
)
def test_a_name_is_cut_between_what_people_see_as_letters(text, parts):
    assert clusters(text) == parts


def test_scripts_side_by_side_are_each_shaped_as_their_own():
    alone = [glyph.id for glyph in line("नमस्ते", Weight.BOLD).runs[0].glyphs]
    beside = [glyph.id for glyph in line("Ana नमस्ते", Weight.BOLD).runs[-1].glyphs]
    assert alone == beside


def test_what_the_printers_font_can_say_is_never_sent_as_a_picture():
    label = Label(STOCK, (named("Müller-O'Brien", "José"), Code128("barcode", "100000000420", Area(0, 8.2, 35.7, 10))))
    assert trusts("Müller-O'Brien, José")
    assert b"^GF" not in render(label, "zpl", 203)
