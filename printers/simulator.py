"""A virtual ZPL printer on a TCP port, a pseudo terminal or both, with everything that goes wrong with real ones.

It knows a label only by the bytes it received. It counts physical labels, which is the oracle for doubled ones.
"""

from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from printers.simulator_control import ControlDesk
from printers.simulator_lines import Line, PtyLine, TcpLine
from printers.simulator_machine import Fault, Machine, Model, PhysicalLabel, Refusal

__all__ = ["Fault", "Model", "PhysicalLabel", "Refusal", "VirtualPrinter"]

LABELS_KEPT = 500
HEAD_STOPS_WITHIN = 5.0


class VirtualPrinter:
    """A printer to plug in (`start` or `with`), to trouble, and to look at what came out."""

    def __init__(
        self,
        *,
        tcp: int | None = None,
        pty: Path | bool = False,
        baud: int | None = None,
        out: Path | None = None,
        control: int | None = None,
        model: Model | None = None,
    ) -> None:
        """Choose its lines; nothing is opened yet.

        `tcp` and `control` are ports on 127.0.0.1 (0: any free one), `pty` is True or the path of a link that leads to
        the terminal, `baud` is the pace of the terminal, `out` is a directory for each label as ZPL and PNG.
        """
        self._out = out
        self._machine = Machine(model or Model(), LABELS_KEPT, self._keep)
        self._baud = baud
        self._tcp = TcpLine(self._machine, tcp) if tcp is not None else None
        link = pty if isinstance(pty, Path) else None
        self._pty = PtyLine(self._machine, link, baud) if pty else None
        self._control = TcpLine(ControlDesk(self), control) if control is not None else None
        self._first_number = 0

    def start(self) -> None:
        """Switch on; on return clients can connect. Raises DeviceBusyError for a port or path that is taken."""
        if self._out:
            self._out.mkdir(parents=True, exist_ok=True)
            numbers = [int(path.stem.split("-")[1]) for path in self._out.glob("label-*.zpl")]
            self._first_number = max(numbers, default=0)
        try:
            if self._control:
                self._control.open()
            self.power_on()
        except Exception:
            self.stop()
            raise

    def stop(self) -> None:
        """Unplug it for good and let go of every port, path and thread."""
        self.power_off()
        for line in (*self._lines, self._control):
            if line is not None:
                line.release()
        self._machine.end()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def tcp_url(self) -> str:
        """The printer URL of its TCP port."""
        if self._tcp is None:
            raise LookupError("this virtual printer has no TCP port")
        return f"tcp://127.0.0.1:{self._tcp.port}"

    @property
    def serial_url(self) -> str:
        """The printer URL of its terminal."""
        if self._pty is None:
            raise LookupError("this virtual printer has no terminal")
        return f"serial://{self._pty.path}?baudrate={self._baud or 9600}&xonxoff=1"

    @property
    def control_port(self) -> int:
        """The TCP port that takes commands."""
        if self._control is None:
            raise LookupError("this virtual printer has no control port")
        return self._control.port

    @property
    def addresses(self) -> list[str]:
        """Everything it can be reached by: printer URLs and the control port."""
        return [
            *([self.tcp_url] if self._tcp else []),
            *([self.serial_url] if self._pty else []),
            *([f"127.0.0.1:{self.control_port} for control"] if self._control else []),
        ]

    @property
    def physical(self) -> int:
        """How many pieces of paper came out, torn ones included."""
        return self._machine.physical

    @property
    def blanks(self) -> int:
        """How many labels it fed to measure them, with nothing on them."""
        return self._machine.blanks

    @property
    def labels(self) -> deque[PhysicalLabel]:
        """The newest labels that came out, oldest first."""
        return self._machine.labels

    @property
    def refusals(self) -> deque[Refusal]:
        """The newest things it did not understand, oldest first."""
        return self._machine.refusals

    def set_fault(self, fault: Fault, *, present: bool = True) -> None:
        """Bring a fault about, or put it right."""
        self._machine.set_fault(fault, present=present)

    def load_roll(self, length_mm: float, *, measured: bool = True) -> None:
        """Put in a roll whose labels are so long: what it reports from then on, or after a calibration."""
        self._machine.load_roll(length_mm, measured=measured)

    def power_on(self) -> None:
        """Switch on: its lines open, its buffer is empty."""
        self._machine.power_up()
        for line in self._lines:
            line.open()

    def power_off(self) -> None:
        """Cut the power: buffer and label under the head are lost, its lines break."""
        self._machine.lose_power()
        for line in self._lines:
            line.close()
        self._machine.wait_until(lambda machine: not machine.printing, HEAD_STOPS_WITHIN)

    def restart(self) -> None:
        """Be off for a moment that the lines survive, as behind a serial adapter with power of its own."""
        self._machine.restart()

    def power_off_after(self, size: int) -> None:
        """Cut the power as soon as `size` more bytes have arrived."""
        self._machine.lose_power_after(size)

    def wait_until(self, reached: Callable[["VirtualPrinter"], bool], seconds: float = 5.0) -> bool:
        """Wait until `reached(printer)` holds; False when it does not within `seconds`."""
        return self._machine.wait_until(lambda _machine: reached(self), seconds)

    def state(self) -> Mapping[str, object]:
        """Return the counts and the faults, ready for JSON."""
        with self._machine.changed:
            return {
                "powered": self._machine.powered,
                "printing": self._machine.printing,
                "physical": self._machine.physical,
                "blanks": self._machine.blanks,
                "odometer": self._machine.odometer,
                "received": self._machine.received,
                "overflowed": self._machine.overflowed,
                "refused": self._machine.refused,
                "faults": sorted(self._machine.faults),
            }

    @property
    def _lines(self) -> list[Line]:
        return [line for line in (self._tcp, self._pty) if line is not None]

    def _keep(self, label: PhysicalLabel) -> None:
        if self._out is None:
            return
        stem = f"label-{self._first_number + label.number:06}" + ("-torn" if label.torn else "")
        (self._out / f"{stem}.png").write_bytes(label.png)
        (self._out / f"{stem}.zpl").write_bytes(label.zpl)
