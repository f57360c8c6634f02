import contextlib

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageChops

from printers.zpl_reader import ZplError, draw, parse_format

DOTS = (300, 100)


def drawn(body):
    return draw(parse_format(f"^XA{body}^XZ".encode()), *DOTS)


def black(body):
    """The box of what was printed: left, top, right, bottom in dots."""
    return ImageChops.invert(drawn(body).convert("L")).getbbox()


def test_a_box_is_drawn_at_its_place():
    assert black("^FO10,20^GB30,5,5^FS") == (10, 20, 40, 25)


def test_a_frame_is_hollow():
    image = drawn("^FO10,20^GB30,30,2^FS")
    assert [image.getpixel((x, 35)) for x in (10, 11, 12, 37, 38, 39)] == [0, 0, 255, 255, 0, 0]


def test_the_home_position_moves_everything():
    assert black("^LH5,7^FO10,20^GB30,5,5^FS") == (15, 27, 45, 32)


def test_nothing_is_printed_beyond_the_print_width():
    assert black("^PW25^FO10,20^GB30,5,5^FS") == (10, 20, 25, 25)


def test_a_reversed_field_turns_what_it_meets():
    image = drawn("^FO0,0^GB300,100,100^FS^FO50,20^FR^GB10,10,10^FS")
    assert [image.getpixel((x, 25)) for x in (49, 50, 59, 60)] == [0, 255, 255, 0]


@pytest.mark.parametrize("place", ["^FT10,60", "^FO10,30"])
def test_capitals_stand_on_the_baseline_three_quarters_of_the_height_high(place):
    left, top, right, bottom = black(f"^CF0,40{place}^FDHEH^FS")
    assert (10 <= left <= 14, abs(top - 30) <= 1, abs(bottom - 60) <= 1, 40 < right < 80) == (True,) * 4


def test_a_font_given_for_one_field_is_not_kept():
    assert black("^CF0,40^FT10,80^A0N,20^FDH^FS") != black("^CF0,40^FT10,80^FDH^FS")
    assert black("^A0N,20^CF0,40^FT10,80^FDH^FS") == black("^CF0,20^FT10,80^FDH^FS")


def test_without_ci28_utf8_comes_out_wrong():
    escaped = "^CF0,40^FT10,60^FH^FD_C3_A9^FS"
    assert drawn(escaped).tobytes() != drawn("^CI28" + escaped).tobytes()
    assert drawn("^CI28" + escaped).tobytes() == drawn("^CI27^CF0,40^FT10,60^FH^FD_E9^FS").tobytes()


def test_an_underscore_is_text_where_fh_was_not_said():
    assert drawn("^CF0,40^FT10,60^FD_41^FS").tobytes() != drawn("^CF0,40^FT10,60^FH^FD_41^FS").tobytes()
    assert drawn("^CF0,40^FT10,60^FDA^FS").tobytes() == drawn("^CF0,40^FT10,60^FH^FD_41^FS").tobytes()


def test_fh_holds_for_one_field_only():
    assert (
        drawn("^CF0,20^FT1,30^FH^FDx^FS^FT10,60^FD_41^FS").tobytes()
        == drawn("^CF0,20^FT1,30^FDx^FS^FT10,60^FH^FD_5F41^FS").tobytes()
    )


def test_a_character_that_printers_lack_is_an_empty_box():
    lacking = "".join(f"_{byte:02X}" for byte in "ễ".encode())
    image = drawn(f"^CI28^CF0,40^FT10,60^FH^FD{lacking}^FS")
    left, top, right, bottom = ImageChops.invert(image.convert("L")).getbbox()
    assert ImageChops.invert(image.crop((left + 1, top + 1, right - 1, bottom - 1)).convert("L")).getbbox() is None


@given(st.integers(0, 10**12 - 1).map("{:012}".format))
def test_a_barcode_is_read_by_an_independent_reader(number):
    image = drawn(f"^FO40,10^BY2^BC,60,N^FD>;{number}^FS").convert("L")
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [number]


@pytest.mark.parametrize(
    ("data", "text"), [(">:AB>51234", "AB1234"), (">;1234>6AB", "1234AB"), ("AB", "AB"), (">:A->599>6Z", "A-99Z")]
)
def test_subsets_are_switched_as_the_data_says(data, text):
    image = drawn(f"^FO40,10^BY2^BC,60,N^FD{data}^FS").convert("L")
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [text]


def test_copies_and_reprint_after_a_fault_are_as_the_format_says():
    assert parse_format(b"^XA^PQ3^JZY^XZ").copies == 3
    assert parse_format(b"^XA^XZ").copies == 1
    assert [parse_format(f"^XA{said}^XZ".encode()).reprints_after_fault for said in ("^JZY", "^JZN", "")] == [
        True,
        False,
        None,
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"^XA",
        b"^XZ",
        b"^FO1,1^XZ",
        b"x^XA^XZ",
        b"^XA^XZ^XA^XZ",
        b"^XA^XA^XZ",
        b"^XA^FX note^XZ",
        b"^XA~JA^XZ",
        b"^XA^FO1,1^FDa\x02b^FS^XZ",
        b"^XA^FO1,1^FDa\r\nb^FS^XZ",
        "^XA^FO1,1^FDé^FS^XZ".encode(),
        b"^XA^FO1,1^FDa^FS9^XZ",
        b"^XA^1^XZ",
        b"^XA^^XZ",
        b"^XA^PQ0^XZ",
        b"^XA^PQx^XZ",
        b"^XA^JZ^XZ",
        b"^XA^JUS^XZ",
    ],
)
def test_what_is_no_format_of_ours_is_refused(data):
    with pytest.raises(ZplError):
        parse_format(data)


@pytest.mark.parametrize(
    "body",
    [
        "^FDa^FS",
        "^FO1,1^FS",
        "^FO1^FDa^FS",
        "^FO1,1,1^FDa^FS",
        "^FO-1,1^FDa^FS",
        "^CI13",
        "^CF1,20",
        "^CF0,9",
        "^A0R,20",
        "^LRY",
        "^FWI",
        "^FH$^FO1,1^FDa^FS",
        "^FO1,1^FH^FD_4^FS",
        "^FO1,1^FH^FD_4G^FS",
        "^FO1,1^GB0,5,1^FS",
        "^FT1,1^GB5,5,1^FS",
        "^FO1,1^BCR,50,N^FD12^FS",
        "^FO1,1^BC,50,Y^FD12^FS",
        "^FO1,1^BC,50,N^FD>;123^FS",
        "^FO1,1^BC,50,N^FD>912^FS",
        "^BY0",
        "^FO1,1^GFB,1,1,1,00^FS",
        "^FO1,1^GFA,2,2,1,00^FS",
        "^FO1,1^GFA,1,2,1,0000^FS",
        "^FO1,1^GFA,3,3,2,000000^FS",
        "^FO1,1^GFA,1,1,1,x0^FS",
        "^FO1,1^GFA,1^FS",
        "^FO1,1^GFA,1,1,1,:B64:AA==:0000^FS",
        "^FO1,1^GFA,1,1,1,:Z64:eJwzAAAAMQAx:0000^FS",
    ],
)
def test_what_the_reader_does_not_draw_is_refused_and_never_guessed(body):
    with pytest.raises(ZplError):
        drawn(body)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_reader_fail_in_another_way(data):
    for whole in (data, b"^XA" + data + b"^XZ"):
        with contextlib.suppress(ZplError):
            draw(parse_format(whole), 50, 50)


@given(st.lists(st.sampled_from(["^FO", "^FT", "^FD", "^FS", "^GB", "^GF", "^BC", "^BY", "^CF", "^A0", "^FH", "^FR", "^CI", "^PQ",
                                 "1", "0", "9", ",", ",", "A", "N", ":", "Z64", ">;", "_", "-", "."]), max_size=25))  # fmt: skip
def test_no_odd_commands_make_the_reader_fail_in_another_way(words):
    with contextlib.suppress(ZplError):
        draw(parse_format(f"^XA{''.join(words)}^XZ".encode()), 50, 50)
