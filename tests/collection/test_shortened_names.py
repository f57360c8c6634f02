"""A name that is longer than its label: the chair says so, and the whole of it stays in the record."""

import re

import pytest
from sqlalchemy import select

from specimen_service.labels.model import PrintJob
from specimen_service.specimens.model import Collection
from tests.house import RIVERA

LONG = RIVERA | {
    "mrn": "P100003",
    "family_name": "FEATHERSTONEHAUGH-CHOLMONDELEY-MARJORIBANKS",
    "given_name": "Maximiliana Josephine",
}


def sitting(house, patient):
    """The page of a sitting with one labelled tube, and the name that its label has."""
    house.collect(patient=patient, print=True)
    with house.database.unit_of_work(write=False) as session:
        accession = session.scalars(select(Collection.accession)).one()
        snapshot = session.scalars(select(PrintJob.snapshot)).one()
    printed = next(one["text"] for one in snapshot["elements"] if one["field"] == "name")
    return house.sign_in().get(f"/collect/sitting/{accession}").text, printed


def test_a_name_shortened_on_the_label_is_said_as_it_stands_there_with_the_labels_picture(house):
    page, printed = sitting(house, LONG)
    assert printed.startswith("FEATHERSTONEHAUGH-")
    assert printed.endswith("\N{HORIZONTAL ELLIPSIS}, M\N{HORIZONTAL ELLIPSIS}")
    said = f"Name shortened on label: {printed[:-1]}. Full name is in the record. MRN and DOB are complete."
    assert said in page
    assert LONG["given_name"] not in printed
    picture = re.search(r'<a[^>]* href="([^"]+)"[^>]*>Preview</a>', page)[1]
    shown = house.sign_in().get(picture)
    assert shown.mimetype == "image/svg+xml"


def test_nothing_is_said_of_a_birth_date_that_nobody_knows(house):
    unknown = LONG | {"birth_date": None, "identity": "temporary"}
    page, _ = sitting(house, unknown)
    assert "Full name is in the record. MRN is complete." in page


@pytest.mark.parametrize("given_name", ["Ana", "Ana \N{HORIZONTAL ELLIPSIS}"])
def test_a_whole_name_is_not_called_shortened(house, given_name):
    page, printed = sitting(house, RIVERA | {"given_name": given_name})
    assert printed == f"RIVERA, {given_name}"
    assert "shortened" not in page
