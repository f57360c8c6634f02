"""The printer's power is cut after every byte of a label: it is never called printed unproved, and never sent again."""

import pytest

from printers.printer import Printer
from printers.spool import Spooler
from specimen_service.labels.model import JobState
from tests.faults.conftest import outcomes, put_in_queue, until, waiting
from tests.faults.test_kills import line
from tests.faults.zygote import PACE, TIMING
from tests.labels.bench import ledger, settings

pytestmark = pytest.mark.long

STEP = (9, 1)
"""Every ninth byte by default, every byte when soaking."""
AFTERWARDS = 60
"""So many bytes of the questions that follow a label are cut off too."""


class CuttingLedger:
    """The ledger itself; whenever it lets a label begin, the power goes so many bytes later."""

    def __init__(self, book, printer) -> None:
        self._book, self._printer = book, printer
        self.payload = b""
        self.cut_after = None

    def __getattr__(self, name):
        return getattr(self._book, name)

    def next_job(self, printer, token):
        job = self._book.next_job(printer, token)
        self.payload = job.payload if job else self.payload
        return job

    def begin(self, job_id, token):
        begun = self._book.begin(job_id, token)
        if begun and self.cut_after is not None:
            self._printer.tell(f"power off after {self.cut_after}")
            self.cut_after = None
        return begun


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["tcp", "serial"])
def test_power_cut_after_any_byte_ends_in_doubt_and_is_not_sent_again(
    sqlite_database, tmp_path, plug_in_process, clock, kind, soaking
):
    options = line(kind, tmp_path)[:2]
    printer = plug_in_process(*options, "--seconds", 0.002)
    book = CuttingLedger(ledger(sqlite_database, clock, settings()), printer)
    spooler = Spooler("chair-1", Printer(printer.url, TIMING), book, PACE)
    spooler.start()
    told = {}
    try:
        length, offset = None, 0
        while length is None or offset < length + AFTERWARDS:
            known = set(outcomes(sqlite_database))
            book.cut_after = offset
            put_in_queue(sqlite_database, 1)
            until(lambda known=known: ended(sqlite_database, known))
            printer.tell("power off")
            printer.tell("power on")
            until(lambda: waiting(sqlite_database) == 0)
            [number] = set(outcomes(sqlite_database)) - known
            told[offset] = number
            length = len(book.payload)
            offset += STEP[soaking]
    finally:
        assert spooler.stop()
    judge(told, length, printer, sqlite_database)


def ended(database, known) -> bool:
    """Whether the new label's sending came to an end, be it that nothing was sent."""
    return any(
        state is not JobState.SENDING and attempts for number, (state, attempts) in outcomes(database).items()
        if number not in known
    )  # fmt: skip


def judge(told, length, printer, database) -> None:
    found, whole, torn = outcomes(database), printer.came_out(), printer.came_out(torn=True)
    for offset, number in told.items():
        state, attempts = found[number]
        on_paper = whole[number] + torn[number]
        assert on_paper <= 1, f"cut after byte {offset}: doubled"
        if state is JobState.UNKNOWN:
            assert attempts == 1, f"cut after byte {offset}: sent again"
        else:
            assert state is JobState.PRINTED
            assert whole[number] == 1, f"cut after byte {offset}: called printed"
            # Cut before its first byte nothing was sent, and it came out later; cut behind its last, it was proved.
            assert offset == 0 or offset > length
