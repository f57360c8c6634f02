"""The manifest: the shipment's barcode and every number, on as many pages as it takes, and no patient."""

import gettext

import pypdfium2
import pytest
import zxingcpp

from specimen_service.kernel.language import speaking
from specimen_service.kernel.numbers import grouped
from specimen_service.shipments.manifest import ROWS
from tests.house import RIVERA, SETTINGS, furnish
from tests.shipments.test_shipments_api import made, packed, receive, scan


def opened(house, bag, name="manifest"):
    reply = house.get(f"/shipments/{bag}/{name}.pdf", as_="lab")
    assert (reply.status_code, reply.content_type) == (200, "application/pdf")
    return pypdfium2.PdfDocument(reply.data)


def words(document):
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def barcodes(page):
    return [code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]


def test_every_page_carries_the_barcode_of_the_shipment_and_all_pages_every_number(house):
    bag, tubes = packed(house, *(f"P{i}" for i in range(ROWS + 2)))
    house.post(f"/shipments/{bag}/seals", {"seal_number": "S1"}, as_="handheld")
    document = opened(house, bag)
    assert [barcodes(page) for page in document] == [[bag], [bag]]
    said = words(document)
    assert [tube for tube in tubes if grouped(tube) not in said] == []
    for fact in ("30 specimens", "To: Lab bench", "S1", "Page 2 of 2", "Lavender EDTA", "CBC", "21 NOV 2026"):
        assert fact in said


def test_it_says_where_the_way_begins_and_never_takes_its_end_for_that(house):
    bag, _tubes = packed(house, "P1")
    house.post(f"/shipments/{bag}/seals", {"seal_number": "S1"}, as_="handheld")
    assert "from: Clinic" in words(opened(house, bag))  # where all that is in it is
    scan(house, bag, "pick_up")
    scan(house, bag, "drop_off", location=house.locations["Lab bench"])
    assert "from:" not in words(opened(house, bag))


def test_it_names_no_patient(house):
    bag, _tubes = packed(house, "SECRET7")
    said = words(opened(house, bag)).upper()
    assert [
        one for one in (RIVERA["family_name"], RIVERA["given_name"].upper(), "SECRET7", "1984") if one in said
    ] == []


def test_it_lists_what_was_packed_even_when_some_of_it_was_received(house):
    bag, (one, two) = packed(house, "P1", "P2")
    scan(house, bag, "pick_up")
    receive(house, one, bag)
    said = words(opened(house, bag))
    assert grouped(one) in said
    assert grouped(two) in said


@pytest.mark.parametrize("training", [True, False])
def test_manifest_and_label_say_where_it_is_training_alone(sqlite_database, clock, training):
    house = furnish(sqlite_database, clock, service=SETTINGS["service"] | {"training": training})
    bag = made(house)
    assert [("TRAINING \N{MIDDLE DOT} " in words(opened(house, bag, name))) for name in ("manifest", "label")] == [
        training
    ] * 2


def test_an_empty_shipment_has_a_manifest_too(house):
    assert "with 0 specimens" in words(opened(house, made(house)))


@pytest.mark.parametrize("language", ["pdf", "zpl", "svg"])
def test_the_label_carries_the_number_and_no_patient(house, language):
    bag, _tubes = packed(house, "P1")
    reply = house.get(f"/shipments/{bag}/label.{language}", as_="station")
    assert reply.status_code == 200
    assert b"RIVERA" not in reply.data
    if language == "pdf":
        assert barcodes(pypdfium2.PdfDocument(reply.data)[0]) == [bag]
    else:
        assert bag.encode() in reply.data or grouped(bag).encode() in reply.data


def test_a_tube_drawn_without_a_known_time_says_so(house):
    tube = house.collect(source="patient", collected_at=None)["specimens"][0]["number"]
    bag = made(house)
    scan(house, tube, "see", into=bag)
    assert "not known" in words(opened(house, bag))


class Bracketed(gettext.NullTranslations):
    """A language in which every sentence stands in brackets."""

    def gettext(self, message):
        """Put the sentence into brackets."""
        return f"[{message}]"


def test_a_letter_that_no_font_has_is_named_in_the_language_of_the_site(house):
    bag = made(house)
    house.post(f"/shipments/{bag}/seals", {"seal_number": "\N{EGYPTIAN HIEROGLYPH A001}7"}, as_="handheld")
    with speaking(Bracketed()):
        reply = house.get(f"/shipments/{bag}/manifest.pdf", as_="lab")
    assert (reply.status_code, reply.json["type"]) == (409, "urn:problem:manifest-does-not-fit")
    assert reply.json["detail"].startswith("[The label's fact 3 holds the character U+13000, ")


def test_manifests_are_for_offices(house):
    bag, _tubes = packed(house, "P1")
    assert house.get(f"/shipments/{bag}/manifest.pdf", as_="handheld").status_code == 403
    assert house.sign_in("courier").get(f"/shipments/{bag}/manifest.pdf").status_code == 200
