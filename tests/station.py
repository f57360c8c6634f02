"""What one person does at the chair, form by form, without a browser; and what is stored of it."""

import re
from html import unescape

from sqlalchemy import select

from specimen_service.audit.model import AuditEntry
from specimen_service.specimens.model import Collection, Specimen


class Chair:
    """One person's browser at the chair; every answer is the page that one ends on, as text without tags."""

    def __init__(self, house, browser):
        self.house, self.browser, self.path = house, browser, "/"

    def go(self, path):
        return self._read(self.browser.get(path, follow_redirects=True))

    def tap(self, act, **form):
        return self._read(self.browser.post(f"{self.path}/{act}", data=form, follow_redirects=True))

    def scan(self, code, act="scan", entry="scanned"):
        return self.tap(act, code=code, entry=entry)

    def order(self, patient, *tests):
        reply = self.house.post("/orders", {"patient": patient, "tests": list(tests)})
        return self.go(f"/collect/order/{reply.json['order_number']}")

    def identify(self, **said):
        self.tap("identify", identifier="name")
        return self.tap("identify", identifier="birth_date", **said)

    def collect(self, patient, *tests):
        """Draw an order up to its sitting; returns the numbers of its labels in order of draw."""
        self.order(patient, *tests)
        self.identify()
        self.tap("collected")
        return self.labels()

    def labels(self):
        with self.house.database.unit_of_work(write=False) as session:
            ours = select(Specimen.number).join(Collection, Collection.id == Specimen.collection_id)
            accession = self.path.rpartition("/")[2]
            return list(session.scalars(ours.where(Collection.accession == accession).order_by(Specimen.position)))

    def _read(self, reply):
        assert reply.status_code in {200, 422}, reply.status_code
        self.path = (
            reply.request.path if "/collect/" in reply.request.path and reply.request.method == "GET" else self.path
        )
        page = re.sub(r'<span class="nowrap">([^<]*)</span>', r"\1", reply.text)  # a date in a sentence
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def acts(house, *names):
    with house.database.unit_of_work(write=False) as session:
        found = select(AuditEntry.action, AuditEntry.detail).where(AuditEntry.action.in_(names)).order_by(AuditEntry.id)
        return [tuple(row) for row in session.execute(found)]


def stored(house, what):
    with house.database.unit_of_work(write=False) as session:
        return list(session.scalars(what))
