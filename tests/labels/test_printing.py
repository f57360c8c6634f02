"""From a row in the database to a label on paper: real lines, real processes, and a printer that counts what came out."""

import io
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from printers.simulator import Fault, VirtualPrinter
from specimen_service.audit.model import SYSTEM
from specimen_service.cli.spooling import Spoolers
from specimen_service.kernel.clock import utc_now
from specimen_service.labels.actions import queue_label
from specimen_service.labels.model import JobState, Proof
from tests.labels.bench import job, label_of, queue, settings, tube

SECONDS = 20


def until(true, seconds=SECONDS):
    """Wait until a condition holds, and fail if it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def site(printer: VirtualPrinter, *, serial: bool = False):
    return settings([{"name": "chair-1", "url": printer.serial_url if serial else printer.tcp_url}])


def put_in_queue(database, here) -> tuple[int, str]:
    with database.unit_of_work() as session:
        specimen = tube(session, at=utc_now())
        return queue(session, specimen, now=utc_now(), site=here).id, label_of(session, specimen).number


def state(database, job_id):
    return job(database, job_id).state


def read_off(picture: bytes) -> str:
    return zxingcpp.read_barcode(Image.open(io.BytesIO(picture))).text


def test_a_queued_label_comes_out_of_a_serial_printer_and_scans(database, tmp_path):
    with VirtualPrinter(pty=tmp_path / "chair-1") as printer:
        here = site(printer, serial=True)
        with Spoolers(here, database):
            job_id, number = put_in_queue(database, here)
            until(lambda: state(database, job_id) is JobState.PRINTED)
        assert printer.physical == 1
        assert job(database, job_id).proof is Proof.PRINTER
        assert read_off(printer.labels[0].png) == number


def test_a_pdf_printer_is_a_directory_and_its_labels_are_sent_not_proved(sqlite_database, tmp_path):
    here = settings([{"name": "chair-1", "url": f"file://{tmp_path}", "language": "pdf"}])
    with Spoolers(here, sqlite_database):
        job_id, number = put_in_queue(sqlite_database, here)
        until(lambda: state(sqlite_database, job_id) is JobState.SENT)
    [file] = tmp_path.glob("*.pdf")
    page = pypdfium2.PdfDocument(file.read_bytes())[0].render(scale=4).to_pil()
    assert zxingcpp.read_barcode(page).text == number
    assert job(sqlite_database, job_id).proof is None


@pytest.mark.timed
def test_a_new_label_is_taken_up_at_once(sqlite_database):
    with VirtualPrinter(tcp=0) as printer:
        here = site(printer)
        with Spoolers(here, sqlite_database) as spoolers:
            first, _number = put_in_queue(sqlite_database, here)
            until(lambda: state(sqlite_database, first) is JobState.PRINTED)
            asked = time.monotonic()
            put_in_queue(sqlite_database, here)
            until(lambda: printer.physical == 2)
            # Unwoken, it would look again after a second.
            assert time.monotonic() - asked < 0.8
            assert spoolers is not None


def test_labels_wait_for_paper_and_then_come_out_once_each(sqlite_database):
    with VirtualPrinter(tcp=0) as printer:
        here = site(printer)
        printer.set_fault(Fault.OUT_OF_LABELS)
        jobs = [put_in_queue(sqlite_database, here)[0] for _ in range(3)]
        with Spoolers(here, sqlite_database):
            until(lambda: "out of labels" in job(sqlite_database, jobs[0]).error)
            assert {state(sqlite_database, one) for one in jobs} == {JobState.QUEUED}
            printer.set_fault(Fault.OUT_OF_LABELS, present=False)
            until(lambda: {state(sqlite_database, one) for one in jobs} == {JobState.PRINTED})
        assert printer.physical == 3


def test_a_label_whose_printer_is_no_longer_declared_is_held(sqlite_database):
    with VirtualPrinter(tcp=0) as printer:
        job_id, _number = put_in_queue(sqlite_database, site(printer))
        other = settings([{"name": "chair-9", "url": printer.tcp_url}])
        with Spoolers(other, sqlite_database):
            assert state(sqlite_database, job_id) is JobState.HELD
        assert printer.physical == 0


@pytest.mark.parametrize("owner", [{"agent": "station-7"}, {"host": "another-machine"}])
def test_a_printer_of_another_machine_is_left_to_it(sqlite_database, owner):
    with VirtualPrinter(tcp=0) as printer:
        here = settings([{"name": "chair-1", "url": printer.tcp_url, **owner}])
        with Spoolers(here, sqlite_database):
            job_id, _number = put_in_queue(sqlite_database, here)
            time.sleep(0.3)
        assert state(sqlite_database, job_id) is JobState.QUEUED
        assert printer.physical == 0


def spool_process(tmp_path, here, database) -> subprocess.Popen:
    config = tmp_path / "config.toml"
    printer = here.printer[0]
    config.write_text(f'[[printer]]\nname = "{printer.name}"\nurl = "{printer.url}"\n')
    url = database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "SPECIMEN_CONFIG": str(config), "SPECIMEN_DATABASE_URL": url}
    return subprocess.Popen(
        [sys.executable, "-m", "specimen_service", "spool"], env=environment, stdout=subprocess.DEVNULL
    )


def test_a_spooler_killed_in_the_middle_of_a_label_leaves_it_unknown_and_never_prints_it_again(database, tmp_path):
    with VirtualPrinter(pty=tmp_path / "chair-1", baud=9600) as printer:
        here = site(printer, serial=True)
        doubted, _number = put_in_queue(database, here)
        process = spool_process(tmp_path, here, database)
        try:
            until(lambda: state(database, doubted) is JobState.SENDING)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        assert state(database, doubted) is JobState.SENDING
        following, number = put_in_queue(database, here)
        with Spoolers(here, database, clock=lambda: utc_now() + timedelta(seconds=13)):
            until(lambda: state(database, following) is JobState.PRINTED)
        assert state(database, doubted) is JobState.UNKNOWN
        assert printer.physical <= 2
        assert [read_off(label.png) for label in printer.labels].count(number) == 1


def test_a_spooler_process_ends_within_seconds_when_asked_to(sqlite_database, tmp_path):
    with VirtualPrinter(tcp=0) as printer:
        here = site(printer)
        job_id, _number = put_in_queue(sqlite_database, here)
        process = spool_process(tmp_path, here, sqlite_database)
        try:
            until(lambda: state(sqlite_database, job_id) is JobState.PRINTED)
            process.terminate()
            assert process.wait(5) == 0
        finally:
            process.kill()
        assert printer.physical == 1


def test_what_does_not_fit_fails_at_once_with_the_sentence(sqlite_database, clock):
    with sqlite_database.unit_of_work() as session:
        specimen = tube(session, site="x" * 80, set_number=1)
        label = label_of(session, specimen)
        made = queue_label(session, clock(), SYSTEM, settings(), label_id=label.id, printer="chair-1")
        assert made.state is JobState.FAILED
        assert made.error.startswith("The label's source")
