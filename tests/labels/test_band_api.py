"""Wristbands as a station takes them: of a specimen's patient, on record, for the printer that holds bands."""

from http import HTTPStatus

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from printers.zpl_reader import draw, parse_format
from specimen_service.audit.model import AuditEntry
from tests.house import RIVERA, furnish


@pytest.fixture
def house(sqlite_database, clock):
    return furnish(sqlite_database, clock)


def tube_of(house, **patient):
    return house.collect(patient=RIVERA | patient)["specimens"][0]["number"]


def scanned(picture):
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))]


def test_a_band_holds_the_band_number_read_at_the_collection_else_the_mrn(house):
    for patient, code in (({}, RIVERA["mrn"]), ({"band_number": "B-1"}, "B-1")):
        reply = house.get(f"/specimens/{tube_of(house, **patient)}/band.pdf")
        assert (reply.status_code, reply.content_type) == (HTTPStatus.OK, "application/pdf")
        page = pypdfium2.PdfDocument(reply.data)[0]
        assert page.get_size() == pytest.approx((11 * 72, 72), abs=0.5)
        assert scanned(page.render(scale=203 / 72).to_pil()) == [code]


def test_a_band_for_a_thermal_printer_has_the_dots_of_the_one_that_holds_bands(sqlite_database, clock):
    bands = {"name": "bands", "url": "tcp://127.0.0.1:9", "stock": "1x11in", "dpi": 300}
    house = furnish(sqlite_database, clock, printer=[{"name": "printer-1", "url": "tcp://127.0.0.1:9"}, bands])
    reply = house.get(f"/specimens/{tube_of(house)}/band.zpl")
    assert b"^PW300" in reply.data
    assert scanned(draw(parse_format(reply.data), 300, 3300)) == [RIVERA["mrn"]]


def test_every_band_taken_is_on_record(house, sqlite_database):
    house.get(f"/specimens/{tube_of(house)}/band.pdf")
    with sqlite_database.unit_of_work(write=False) as session:
        assert session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "patients.shown")).all() == [
            "band.pdf"
        ]


def test_a_band_that_cannot_be_scanned_is_refused_with_its_field(house):
    reply = house.get(f"/specimens/{tube_of(house, band_number='b/1')}/band.pdf")
    assert reply.status_code == HTTPStatus.CONFLICT
    assert "The label's barcode may hold" in reply.json["detail"]


def test_only_stations_and_integrators_take_bands(house):
    number = tube_of(house)
    assert house.get(f"/specimens/{number}/band.pdf", as_="lab").status_code == HTTPStatus.FORBIDDEN
    assert house.get("/specimens/100000000006/band.pdf").status_code == HTTPStatus.NOT_FOUND
