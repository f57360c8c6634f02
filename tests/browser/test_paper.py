"""What comes out of the browser's own printing: every sheet says what it is, who printed it and when, and nothing is left to press."""

import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pypdfium2

from specimen_service.kernel.clock import moment, utc_now


def sheets(page):
    paper = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    return [sheet.get_textpage().get_text_bounded() for sheet in paper]


def test_every_sheet_of_a_printed_list_says_who_printed_it_and_when_and_what_its_columns_are(clinic):
    tube = {"type": "BLDV", "container": "EDTA", "tests": ["CBC"]}
    clinic.house.collect(specimens=[tube] * 25)
    clinic.sign_in("lab")
    clinic.go("/lab/pending")
    # The page stays open, keeps itself fresh, and is printed then; later it would lock.
    printed_at = (utc_now() + timedelta(minutes=5)).replace(second=30)
    clinic.page.clock.set_system_time(printed_at)
    printed = sheets(clinic.page)
    assert len(printed) > 1
    zone = ZoneInfo(clinic.page.locator("#stamp time").get_attribute("data-zone"))
    for number, words in enumerate(printed, 1):
        stamp = f", {moment(printed_at, zone)} ({zone.key.replace('_', ' ')}) · Confidential"
        assert stamp in " ".join(words.split())
        assert f"{number} / {len(printed)}" in words
        assert "Waits for" in words
        assert not {"Lock", "CSV", "Only overdue", "Sign out"} & set(words.splitlines())
    assert "Pending specimens" in printed[0]
    assert sum(words.count("RIVERA") for words in printed) == 25


def test_what_names_nobody_is_not_called_confidential_on_paper(clinic):
    clinic.house.collect()
    clinic.sign_in()
    clinic.go("/dashboard")
    (words, *_more) = sheets(clinic.page)
    assert "Printed by" in words
    assert "Confidential" not in words
