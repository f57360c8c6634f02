import contextlib
import random

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printers.code128_table import PATTERNS
from printers.symbology import SymbolError, decode, encode, symbol_characters

values = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=20)
digits = st.text("0123456789", min_size=2, max_size=16)


def scanned(modules):
    """What an independent reader says to the modules, at two dots each with quiet zones."""
    row = "0" * 20 + modules + "0" * 20
    image = Image.new("L", (2 * len(row), 60), 255)
    for place, module in enumerate(row):
        if module == "1":
            image.paste(0, (2 * place, 0, 2 * place + 2, 60))
    return [(found.text, found.format) for found in zxingcpp.read_barcodes(image)]


@given(values)
def test_an_independent_reader_says_what_was_encoded(value):
    assert scanned(encode(value).modules) == [(value, zxingcpp.BarcodeFormat.Code128)]


def test_405_values_that_start_with_99_keep_it():
    rng = random.Random(99)
    for _ in range(405):
        value = "99" + "".join(rng.choice("0123456789ABZ-") for _ in range(rng.randint(0, 12)))
        assert [text for text, _ in scanned(encode(value).modules)] == [value]


@given(digits.filter(lambda value: len(value) % 2 == 0))
def test_an_even_number_of_digits_takes_half_as_many_symbol_characters(value):
    assert len(encode(value).modules) == 11 * (len(value) // 2 + 2) + 13


def test_twelve_digits_are_101_modules():
    assert len(encode("100000000420").modules) == 101


@pytest.mark.parametrize("value", ["", "12a4", "12 34", "12\n", "é", "١٢٣٤", "1" * 41, "A>5"])
def test_other_characters_are_refused(value):
    with pytest.raises(SymbolError):
        encode(value)


@given(values)
def test_the_bars_are_the_dark_modules(value):
    symbol = encode(value)
    drawn = ["0"] * len(symbol.modules)
    for start, width in symbol.bars:
        drawn[start : start + width] = "1" * width
    assert "".join(drawn) == symbol.modules


@given(values, st.data())
def test_a_damaged_symbol_is_never_taken_for_the_value(value, data):
    modules = encode(value).modules
    place = data.draw(st.integers(0, len(modules) - 1))
    damaged = modules[:place] + "10"[int(modules[place])] + modules[place + 1 :]
    with contextlib.suppress(SymbolError):
        assert decode(symbol_characters(damaged)) != value


def test_the_table_of_patterns_is_that_of_the_standard():
    """ISO/IEC 15417: all different, six or seven elements, an even number of dark modules in each character."""
    assert len(set(PATTERNS)) == 107
    assert all(len(pattern) == 11 and pattern.count("1") % 2 == 0 for pattern in PATTERNS[:-1])
    assert PATTERNS[-1] == "1100011101011"
