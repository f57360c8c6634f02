"""The inside of a virtual ZPL printer: buffer, faults, the print head and a count of physical labels."""

import io
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from printers import zpl_reader
from printers.label import Stock
from printers.simulator_stream import Event, Format, Immediate, Noise, Receiver, Variable

MM_PER_INCH = 25.4
ODOMETER = "odometer.total_label_count"
FED_TO_CALIBRATE = 3
"""So many blank labels a calibration costs; Zebra's manuals speak of up to three or four."""


class Fault(StrEnum):
    """What can be the matter with a virtual printer."""

    OUT_OF_LABELS = "out_of_labels"
    OUT_OF_RIBBON = "out_of_ribbon"
    LID_OPEN = "lid_open"
    TOO_HOT = "too_hot"
    PAUSED = "paused"
    SILENT = "silent"


_TEARING = frozenset({Fault.OUT_OF_LABELS, Fault.OUT_OF_RIBBON, Fault.LID_OPEN})
_STOPPING = _TEARING | {Fault.TOO_HOT, Fault.PAUSED}
_ERROR_BITS = {
    Fault.OUT_OF_LABELS: 0x1,
    Fault.OUT_OF_RIBBON: 0x2,
    Fault.LID_OPEN: 0x4,
    Fault.TOO_HOT: 0x10,
    Fault.PAUSED: 0x10000,
}


@dataclass(frozen=True)
class Model:
    """What kind of printer it is.

    Lengths in mm, `print_seconds` a label, `buffer` in bytes. `counts_labels`: it has the odometer of Link-OS printers;
    without, it ignores the question. `answers_in_fault`: firmware that answers `~HS` while it cannot print; Zebra
    documents silence, and both are found. `tells_errors`: it knows `~HQES`, and answers that in a fault too.
    """

    dpi: int = 203
    width_mm: float = 50.8
    height_mm: float = 25.4
    print_seconds: float = 0.05
    buffer: int = 32_768
    counts_labels: bool = True
    answers_in_fault: bool = True
    tells_errors: bool = True
    name: str = "ZTC Virtual-{dpi}dpi ZPL,V1.0.0Z"

    @classmethod
    def holding(cls, stock: Stock, dpi: int) -> Self:
        """Return an ordinary printer of so many dots an inch that holds a stock, as that runs through it."""
        across, along = stock.width_mm, stock.height_mm
        return cls(dpi, *((along, across) if stock.turned else (across, along)))

    @property
    def dots(self) -> tuple[int, int]:
        """Width and height of a label in dots."""
        return round(self.width_mm / MM_PER_INCH * self.dpi), round(self.height_mm / MM_PER_INCH * self.dpi)


@dataclass(frozen=True)
class PhysicalLabel:
    """One piece of paper that came out: the ZPL it was drawn from, its picture, and whether it is whole.

    `arrived` is when the last byte of its ZPL came in, a reading of `time.monotonic()`.
    """

    number: int
    zpl: bytes
    png: bytes
    torn: bool
    arrived: float


@dataclass(frozen=True)
class Refusal:
    """Bytes the printer did not understand, and why; nothing was printed from them."""

    reason: str
    data: bytes


class Machine:
    """A printer without its sockets. Every method may be called from any thread."""

    def __init__(self, model: Model, keep: int, on_label: Callable[[PhysicalLabel], None]) -> None:
        """Build it switched off. `keep` labels and refusals are remembered; `on_label` hears of each label printed."""
        self.model = model
        self.labels: deque[PhysicalLabel] = deque(maxlen=keep)
        self.refusals: deque[Refusal] = deque(maxlen=keep)
        self.physical = self.odometer = self.refused = self.received = self.overflowed = 0
        self.powered = False
        self.faults: set[Fault] = set()
        self.roll_mm = self.measured_mm = model.height_mm
        self.blanks = 0
        self.changed = threading.Condition()
        self._on_label = on_label
        self._receiver = Receiver()
        self._queue: deque[tuple[bytes, float]] = deque()
        self._copies_left = self._to_feed = 0
        self._reprints_after_fault = True
        self._fuse: int | None = None
        self._ended = False
        self.printing = False
        self._power_cycles = 0
        self._thread = threading.Thread(target=self._print_for_ever, name="virtual-printer", daemon=True)

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the line and return what the printer answers at once."""
        with self.changed:
            if not self.powered:
                return b""
            blows = self._fuse is not None and len(data) >= self._fuse
            data = data[: self._fuse] if blows else data
            self._fuse = self._fuse - len(data) if self._fuse is not None else None
            self.received += len(data)
            self.overflowed += max(0, len(data) - self.room)
            answers = b"".join([self._obey(event) for event in self._receiver.feed(data[: self.room])])
            if blows:
                self.lose_power()
            self.changed.notify_all()
            return answers if self._answers else b""

    @property
    def room(self) -> int:
        """Bytes free in the receive buffer."""
        with self.changed:
            return max(0, self.model.buffer - sum(len(zpl) for zpl, _arrived in self._queue) - self._receiver.held)

    @property
    def fill(self) -> float:
        """How full the receive buffer is, 0 to 1."""
        return 1 - self.room / self.model.buffer

    def set_fault(self, fault: Fault, *, present: bool = True) -> None:
        """Bring a fault about or put it right."""
        with self.changed:
            (self.faults.add if present else self.faults.discard)(fault)
            self.changed.notify_all()

    def load_roll(self, length_mm: float, *, measured: bool) -> None:
        """Put in a roll of other labels, measured as the lid closes or not; what is printed stays as large as it is."""
        with self.changed:
            self.roll_mm = length_mm
            self.measured_mm = length_mm if measured else self.measured_mm

    def power_up(self) -> None:
        """Switch on."""
        with self.changed:
            if self._thread.ident is None:
                self._thread.start()
            self.powered = True
            self.changed.notify_all()

    def lose_power(self) -> None:
        """Lose everything but the odometer; the lines break."""
        with self.changed:
            self.powered = False
            self.restart()

    def restart(self) -> None:
        """Be off for a moment that the line survives, as behind a serial adapter: buffer and settings are lost."""
        with self.changed:
            self._fuse = None
            self._power_cycles += 1
            self._reprints_after_fault = True
            self._receiver.reset()
            self._queue.clear()
            self._copies_left = self._to_feed = 0
            self.changed.notify_all()

    def lose_power_after(self, size: int) -> None:
        """Lose power as soon as `size` more bytes have been received; the rest never arrives."""
        with self.changed:
            self._fuse = size
            if size == 0:
                self.lose_power()

    def wait_until(self, reached: Callable[["Machine"], bool], seconds: float) -> bool:
        """Wait until `reached(machine)` holds; False when it does not within `seconds`."""
        with self.changed:
            return self.changed.wait_for(lambda: reached(self), seconds)

    def end(self) -> None:
        """Stop printing for good."""
        with self.changed:
            self._ended = True
            self.changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def _answers(self) -> bool:
        return self.powered and Fault.SILENT not in self.faults

    def _obey(self, event: Event) -> bytes:
        match event:
            case Immediate("HS"):
                return self._host_status() if self.model.answers_in_fault or not self.faults & _STOPPING else b""
            case Immediate("HI"):
                dots = round(self.model.dpi / MM_PER_INCH)
                return f"\x02{self.model.name.format(dpi=self.model.dpi)},{dots},8192KB\x03\r\n".encode()
            case Immediate("HQES"):
                return self._error_status() if self.model.tells_errors else b""
            case Immediate("JA"):
                self._queue.clear()
                # The label under the head comes out all the same.
                self._copies_left = min(self._copies_left, int(self.printing))
                self._receiver.reset()
            case Immediate("JC"):
                self._to_feed = FED_TO_CALIBRATE
            case Immediate(name):
                self._refuse(f"the immediate command ~{name} is not known", f"~{name}".encode())
            case Variable(name):
                known = self.model.counts_labels and name == ODOMETER
                return b'"%d"' % self.odometer if known else b'"?"' if self.model.counts_labels else b""
            case Format(data):
                self._queue.append((data, time.monotonic()))
            case Noise(data):
                self._refuse("outside any format", data)
        return b""

    def _host_status(self) -> bytes:
        def flag(fault: Fault) -> int:
            return int(fault in self.faults)

        full, partial = int(self.room == 0), int(self._receiver.in_format)
        length = round(self.measured_mm / MM_PER_INCH * self.model.dpi)
        first = (
            f"030,{flag(Fault.OUT_OF_LABELS)},{flag(Fault.PAUSED)},{length:04},{len(self._queue):03},"
            f"{full},0,{partial},000,0,0,{flag(Fault.TOO_HOT)}"
        )
        ribbon = flag(Fault.OUT_OF_RIBBON)
        second = f"000,0,{flag(Fault.LID_OPEN)},{ribbon},{ribbon},2,4,0,{self._copies_left:08},1,000"
        return "".join(f"\x02{text}\x03\r\n" for text in (first, second, "1234,0")).encode()

    def _error_status(self) -> bytes:
        flags = sum(_ERROR_BITS[fault] for fault in self.faults & _ERROR_BITS.keys())
        lines = f"  PRINTER STATUS\r\n  ERRORS:         {int(flags > 0)} 00000000 {flags:08X}\r\n"
        return f"\x02\r\n{lines}  WARNINGS:       0 00000000 00000000\r\n\x03".encode()

    def _refuse(self, reason: str, data: bytes) -> None:
        self.refused += 1
        self.refusals.append(Refusal(reason, data))

    def _print_for_ever(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self._ended or (self._can_print and bool(self._queue or self._to_feed)))
                if self._ended:
                    return
                if self._to_feed:
                    self._feed_blank(self._power_cycles)
                    continue
                zpl, arrived = self._queue.popleft()
                self._copies_left = 1
                power_cycle = self._power_cycles
            self._print_format(zpl, arrived, power_cycle)

    @property
    def _can_print(self) -> bool:
        return self.powered and not self.faults & _STOPPING

    def _feed_blank(self, power_cycle: int) -> None:
        """Move one label past the sensor; it is counted like a printed one, and after the last the length is known."""

        def over() -> bool:
            return self._ended or power_cycle != self._power_cycles

        self.changed.wait_for(lambda: over() or not self._can_print, self.model.print_seconds)
        if over() or not self._can_print:
            return
        self._to_feed -= 1
        self.blanks += 1
        self.odometer += 1
        if not self._to_feed:
            self.measured_mm = self.roll_mm
        self.changed.notify_all()

    def _print_format(self, zpl: bytes, arrived: float, power_cycle: int) -> None:
        try:
            sheet = interpret(zpl, self.model)
        except zpl_reader.ZplError as error:
            with self.changed:
                self._refuse(str(error), zpl)
                self._copies_left = 0
                self.changed.notify_all()
            return
        with self.changed:
            if power_cycle != self._power_cycles or not self._copies_left:
                return
            self._copies_left = sheet.copies
            if sheet.reprints_after_fault is not None:
                self._reprints_after_fault = sheet.reprints_after_fault
        while self._print_copy(zpl, arrived, sheet.png, power_cycle):
            pass

    def _print_copy(self, zpl: bytes, arrived: float, png: bytes, power_cycle: int) -> bool:
        """Move one piece of paper; False when there is nothing more to print of this format."""

        def over() -> bool:
            return self._ended or power_cycle != self._power_cycles or not self._copies_left

        with self.changed:
            self.changed.wait_for(lambda: over() or self._can_print)
            if over():
                return False
            self.printing = True
            self.changed.notify_all()
            torn = self.changed.wait_for(lambda: over() or bool(self.faults & _TEARING), self.model.print_seconds)
            if self._ended:
                return False
        label = PhysicalLabel(self.physical + 1, zpl, png, torn, arrived)
        self._on_label(label)
        with self.changed:
            self.printing = False
            self.labels.append(label)
            self.physical += 1
            self.odometer += not torn
            if not over() and not (torn and self._reprints_after_fault):
                self._copies_left -= 1
            self.changed.notify_all()
            return not over()


@dataclass(frozen=True)
class Sheet:
    """What one format asks for: a picture, how many copies of it, and `^JZ` where it says so."""

    png: bytes
    copies: int
    reprints_after_fault: bool | None


def interpret(zpl: bytes, model: Model) -> Sheet:
    """Draw a format from its bytes alone; raise ZplError for what this printer does not know."""
    form = zpl_reader.parse_format(zpl)
    picture = io.BytesIO()
    zpl_reader.draw(form, *model.dots).save(picture, "PNG")
    return Sheet(picture.getvalue(), form.copies, form.reprints_after_fault)
