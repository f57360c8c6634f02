"""Wristbands: who the patient is, and one code to scan, whatever the name."""

from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from printers.fit import FitError
from printers.languages import render
from printers.preflight import dots, findings
from printers.stocks import STOCKS
from printers.zpl_reader import draw, parse_format
from specimen_service.labels.band import BandText, band_label

BAND = STOCKS["1x11in"]
ANA = BandText("P100001", "Rivera", "Ana", "14 MAR 1984", "F")
names = st.one_of(
    st.sampled_from(["Nguyễn Thị Bích", "欧阳小明", "محمد أحمد", "שרה כהן"]), st.text("ABÉẾgjy '-", min_size=1)
)
bands = st.builds(
    BandText,
    mrn=st.text("0123456789ABCXYZ-", min_size=1, max_size=15),
    family_name=names.map("A{}".format),
    given_name=names,
    birth_date=st.just("28 NOV 2026"),
    sex=st.sampled_from(["F", "M", "X", ""]),
    band_number=st.one_of(st.just(""), st.integers(0, 10**12).map(str)),
    temporary=st.booleans(),
)


OURS = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix)
"""What we print. The decoder, asked for all it knows, now and then takes letters and bars for a retail code."""


def scanned(label, dpi=203):
    # A band leaves the printer sideways: its width as it is read is its length on the roll.
    picture = draw(parse_format(render(label, "zpl", dpi)), dots(BAND.height_mm, dpi), dots(BAND.width_mm, dpi))
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"), formats=OURS)]


@pytest.mark.timeout(1800)
def test_every_band_is_sound_whole_and_read(soaking):
    @settings(max_examples=2000 if soaking else 20, suppress_health_check=list(HealthCheck))
    @given(bands)
    def holds(text):
        label = band_label(text, BAND)
        assert not any(findings(label, dpi) for dpi in (203, 300, 600))
        assert text.mrn in label.texts["mrn"]
        assert f"{text.birth_date} {text.sex}".rstrip() in label.texts["birth_date"]
        assert text.band_number in label.texts.get("band_number", "")
        assert ("identity" in label.texts) is text.temporary
        assert scanned(label) == [text.band_number or text.mrn]

    holds()


def test_a_band_is_scanned_as_its_number_where_it_has_one_else_as_the_mrn():
    assert scanned(band_label(ANA, BAND)) == ["P100001"]
    assert scanned(band_label(replace(ANA, band_number="4711"), BAND), 300) == ["4711"]


def test_nothing_is_printed_where_a_band_closes():
    for element in band_label(replace(ANA, family_name="W" * 60, temporary=True), BAND).elements:
        assert element.area.x_mm >= BAND.ends_mm
        assert element.area.right_mm <= BAND.width_mm - BAND.ends_mm


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("mrn", {"mrn": ""}),
        ("birth_date", {"birth_date": ""}),
        ("barcode", {"mrn": "p-100/1"}),
        ("barcode", {"mrn": "1" * 90}),
    ],
)
def test_a_band_that_would_lack_something_is_refused_by_its_field(field, said):
    with pytest.raises(FitError) as caught:
        band_label(replace(ANA, **said), BAND)
    assert caught.value.field == field


def test_a_tube_label_is_no_stock_for_a_wrist():
    with pytest.raises(FitError, match="2x1in is not for wrists"):
        band_label(ANA, STOCKS["2x1in"])
