"""The widths that we count on for a printer's own font hold in the pictures of two renderers that know nothing of us."""

import pytest
from PIL import ImageOps

from printers.resident import bound, trusts
from tests.printers.renderers import by_zebrash, by_zplkit

TRUSTED = [chr(code) for code in range(0x20, 0x180) if trusts(chr(code))]
LEFT = 40
HEIGHTS = (16, 17, 20, 23, 28, 30, 34, 45, 64, 90)
NAMES = (
    "Featherstonehaugh, Maximiliana",
    "MWMW WMWM",
    "O'Brien-Smith",
    "illicit little",
    "14 MAR 1984 F",
    "1012 3456 7897",
)


def eight_of(chars):
    return [f"H{char * 8}H" for char in chars]


def step(height):
    return 3 * height // 2


def size(texts, height):
    return 16 * height + LEFT, step(height) * (len(texts) + 1)


def rows(texts, height):
    """One format with each text on a baseline of its own."""
    fields = [
        f"^FT{LEFT},{step(height) * (row + 1)}^A0N,{height}^FH^FD{''.join(f'_{byte:02X}' for byte in text.encode())}^FS"
        for row, text in enumerate(texts)
    ]
    return f"^XA^CI28^LH0,0{''.join(fields)}^XZ".encode()


def widths(image, texts, height):
    """How far right of its start the ink of each row reaches; the last ``H`` stands where the text before it ends."""
    found = []
    for baseline in range(step(height), step(height) * (len(texts) + 1), step(height)):
        strip = ImageOps.invert(image.crop((0, baseline - height, image.width, baseline + height // 3)).convert("L"))
        found.append(strip.point(lambda level: 255 * (level > 127)).getbbox()[2] - LEFT)
    return found


def test_the_table_covers_what_is_typed_on_a_keyboard_and_western_names():
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:/()+-'") <= set(TRUSTED)
    assert set("ÀÉÎÕÜàéîõüñçøåæÆßþð") <= set(TRUSTED)
    assert not any(trusts(char) for char in "ŁłŞşĞğœŒ₂ễ王Жם\u0301")


@pytest.mark.parametrize("height", HEIGHTS)
def test_zplkit_draws_no_character_wider_than_the_bound(height):
    texts = [*eight_of(filter(str.isascii, TRUSTED)), *NAMES]
    image = by_zplkit(rows(texts, height), *size(texts, height))
    for text, width in zip(texts, widths(image, texts, height), strict=True):
        assert width <= bound(text) * height + 1, text


@pytest.mark.xdist_group("zebrash")
@pytest.mark.timeout(600)
def test_zebrash_draws_no_character_wider_than_the_bound(soaking):
    texts = [*eight_of(TRUSTED), *NAMES]
    for height in HEIGHTS if soaking else [23]:
        image = by_zebrash(rows(texts, height), *size(texts, height))
        drawn = widths(image, texts, height)
        for text, width in zip(texts, drawn, strict=True):
            assert width <= bound(text) * height + 1, (text, height)


@pytest.mark.xdist_group("zebrash")
def test_the_bound_is_hardly_wider_than_it_must_be():
    """One far too wide would shorten names that fit: the wider of both pictures comes close to it."""
    texts, height = [*eight_of("ABCEMWabcemw0179.,:"), *NAMES], 40
    pictures = [draw(rows(texts, height), *size(texts, height)) for draw in (by_zplkit, by_zebrash)]
    for text, *drawn in zip(texts, *(widths(image, texts, height) for image in pictures), strict=True):
        assert max(drawn) >= 0.85 * bound(text) * height, text
