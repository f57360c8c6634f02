"""Bytes a label by stock and script, labels a second, and the time from `POST /collections` to the last byte at 9600 baud: `python bench_labels.py`.

The printer is virtual, on a pty whose line takes its time in both directions. The floor of a label is the time its own
bytes take on the wire; the floor of PDF pages is a bare reportlab loop that draws as many rectangles and words.
"""

import argparse
import io
import itertools
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from printers.label import Use
from printers.languages import Language, render
from printers.languages.pdf import pdf
from printers.simulator import VirtualPrinter
from printers.simulator_machine import Model
from printers.stocks import STOCKS
from specimen_service.cli.spooling import Spoolers
from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from specimen_service.labels.band import BandText, band_label
from specimen_service.labels.tube import TubeText, tube_label
from tests.house import furnish

BAUD, BITS = 9600, 10
NAMES = {
    "latin": ("Rivera", "Ana"),
    "long": ("Featherstonehaugh-Cholmondeley", "Maximiliana"),
    "latin, rare": ("Łódzki-Şahin", "Žofie Ğülay"),
    "vietnamese": ("Nguyễn", "Thị Bích"),
    "vietnamese, long": ("Nguyễn-Phúc Đặng", "Thị Ngọc Huyền Trâm"),
    "greek": ("Παπαδοπούλου", "Αικατερίνη"),
    "cyrillic": ("Константинопольский", "Александр"),
    "arabic": ("عبد الرحمن", "خالد محمد"),
    "hebrew": ("רוזנברג", "יהודית מרים"),
    "devanagari": ("श्रीवास्तव", "लक्ष्मीनारायण"),
    "thai": ("ศรีสุวรรณ", "กิตติศักดิ์"),
    "chinese": ("欧阳", "震华"),
    "chinese, long": ("阿卜杜热依木", "吐尔逊尼亚孜·买买提"),
    "japanese": ("勅使河原", "龍之介"),
    "korean": ("남궁", "민수"),
}


def label(family: str, given: str, number: str = "100000000420", stock: str = "2x1in"):
    """An ordinary label of somebody: of a tube, or a wristband."""
    if STOCKS[stock].use is Use.WRIST:
        who = BandText(mrn="4400292", family_name=family, given_name=given, birth_date="14 MAR 1984", sex="F")
        return band_label(who, STOCKS[stock])
    return tube_label(
        TubeText(
            number=number,
            family_name=family,
            given_name=given,
            mrn="4400292",
            birth_date="14 MAR 1984",
            sex="F",
            collected="21 NOV 2026 09:15",
            collector="Amara Okoye",
            container="LAV EDTA",
            tests=("CBC", "HBA1C"),
            priority="",
        ),
        STOCKS[stock],
    )


def sizes() -> None:
    """Bytes of ZPL for each stock and script: the whole label, and in brackets the picture of its name."""
    for dpi in (203, 300, 600):
        stocks = STOCKS if dpi == 203 else ["2x1in"]
        for stock in stocks:
            print(f"\n{stock} at {dpi} dpi")
            for script, name in NAMES.items():
                told = [len(told) for told in _told(name, stock, dpi)]
                print(f"  {script:17} {told[0]:5} bytes ({told[1]}); {told[2]} as ACS")


def _told(name: tuple[str, str], stock: str, dpi: int) -> tuple[bytes, bytes, bytes]:
    made = label(*name, stock=stock)
    z64, acs = (render(made, Language.ZPL, dpi, compression=way) for way in ("z64", "acs"))
    return z64, b"".join(re.findall(rb"\^FO[^^]*(?:\^FR)?\^GF[^^]*\^FS", z64)), acs


def per_second(work, seconds: float = 2.0) -> float:
    """How often something is done in a second."""
    work()
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - began)


def bare_pages(pages: int) -> None:
    """What reportlab itself costs: as many bars and words as a label has."""
    canvas = Canvas(io.BytesIO(), pagesize=(144, 72))
    for _ in range(pages):
        for bar in range(37):
            canvas.rect(15 + bar * 2, 20, 1, 28, stroke=0, fill=1)
        for line in range(9):
            canvas.setFont("Helvetica", 7)
            canvas.drawString(5, 5 + line * 7, "RIVERA, Ana 14 MAR 1984")
        canvas.showPage()
    canvas.save()


def rendering(pages: int) -> None:
    """Speed of labels on one core."""
    for script in ("latin", "vietnamese", "chinese"):
        for what, names in (("one patient", itertools.repeat(NAMES[script])), ("ever new ones", _new(NAMES[script]))):
            speed = per_second(lambda names=names: render(label(*next(names)), Language.ZPL, 203))
            print(f"ZPL, {script}, {what}: {speed:7.0f} labels a second, laid out and rendered")
    labels = [label("Rivera", f"Ana {i}") for i in range(pages)]
    times = {"ours": [], "bare": []}
    for _ in range(3):
        for key, work in (("ours", lambda: pdf(labels, 203)), ("bare", lambda: bare_pages(pages))):
            began = time.perf_counter()
            work()
            times[key].append(time.perf_counter() - began)
    ours, bare = (statistics.median(times[key]) for key in ("ours", "bare"))
    print(f"PDF of {pages} labels: {pages / ours:5.0f} pages a second, {ours / bare:.2f} times a bare reportlab loop")


def _new(name: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Yield names that were not drawn before."""
    return ((name[0], f"{name[1]} {count}") for count in itertools.count())


def wire(rounds: int) -> None:
    """Collect one tube at a time and watch when the last byte of its label reaches the printer."""
    with (
        tempfile.TemporaryDirectory() as folder,
        VirtualPrinter(pty=Path(folder) / "printer", baud=BAUD, model=Model(print_seconds=0)) as printer,
    ):
        database = Database(f"sqlite:///{folder}/bench.db")
        schema.upgrade(database)
        declared = [{"name": "printer-1", "url": printer.serial_url}]
        house = furnish(database, lambda: datetime.now(UTC), printer=declared)
        settings = house.app.config["SETTINGS"]
        with Spoolers(settings, database, lambda: datetime.now(UTC)):
            ratios = [ratio for ratio in (_one_draw(house, printer) for _ in range(rounds)) if ratio]
        database.close()
    shown = f"median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}"
    print(f"POST /collections to the last byte at {BAUD} baud: {shown} times the label's own wire time")


def _one_draw(house, printer) -> float:
    before = printer.physical
    began = time.monotonic()
    house.collect(print=True)
    assert printer.wait_until(lambda one: one.physical > before, 10)
    taken = printer.labels[-1].arrived - began
    while house.get("/print-jobs?state=sending").json["items"]:
        time.sleep(0.05)  # the next one must find the spooler idle
    return taken / (len(printer.labels[-1].zpl) * BITS / BAUD)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=20)
    asked = options.parse_args()
    sizes()
    rendering(asked.pages)
    wire(asked.rounds)


if __name__ == "__main__":
    main()
