"""A draw at the chair as a collector does it, with every action counted: one tap, or one scan."""

from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

RIVERA = {"mrn": "P100001", "family_name": "RIVERA", "given_name": "Ana", "birth_date": "1984-03-14", "sex": "F"}
BRANDT = {"mrn": "P100008", "family_name": "BRANDT", "given_name": "Jonas", "birth_date": "1971-02-02", "sex": "M"}
BOTH = ("Name said, and it matches", "Birth date said, and it matches")


@dataclass
class Hands:
    """Two hands at the chair: what they tap and scan is counted, and what they type besides."""

    clinic: object
    actions: int = 0
    typed: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.clinic.page

    def tap(self, name: str) -> None:
        """Press one button of the page."""
        self.actions += 1
        self.page.get_by_role("button", name=name).click()

    def scan(self, code: str) -> None:
        """Scan one barcode: nothing is clicked before."""
        self.actions += 1
        self.clinic.scan(code)


def order(clinic, patient, *tests, **more):
    """Place an order and return its number."""
    reply = clinic.house.post("/orders", {"patient": patient, "tests": list(tests)} | more)
    assert reply.status_code == 201, reply.json
    return reply.json["order_number"]


def identified(clinic, number, words=BOTH):
    """Open the draw of an order and attest both identifiers."""
    clinic.go(f"/collect/order/{number}")
    for one in words:
        clinic.page.get_by_role("button", name=one).click()
        expect(clinic.page.get_by_role("button", name=one)).to_have_count(0)


def collected(clinic, patient, *tests):
    """Draw an order up to its sitting, and return the numbers that came out of the printer since."""
    before = len(clinic.printer.labels)
    identified(clinic, order(clinic, patient, *tests))
    tubes = clinic.page.get_by_test_id("tube-row").count()
    clinic.page.get_by_role("button", name="Collected").click()
    clinic.page.wait_for_url("**/collect/sitting/*")
    numbers = clinic.numbers_printed(before + tubes)[before:]
    expect(clinic.page.get_by_text("Label printed")).to_have_count(tubes)
    return numbers
