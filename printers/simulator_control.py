"""A port on which a virtual printer is told what shall be the matter with it: `paper out`, `power off`, `state`."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from printers.simulator_machine import Fault

_LENGTH = re.compile(r"\d{1,4}(\.\d+)?")
_FAULTS = {
    "paper": ("out", "in", Fault.OUT_OF_LABELS),
    "ribbon": ("out", "in", Fault.OUT_OF_RIBBON),
    "lid": ("open", "closed", Fault.LID_OPEN),
    "heat": ("on", "off", Fault.TOO_HOT),
    "pause": ("on", "off", Fault.PAUSED),
    "silence": ("on", "off", Fault.SILENT),
}
HELP = "; ".join([f"{name} {on}|{off}" for name, (on, off, _fault) in _FAULTS.items()]) + (
    "; power on|off|restart; power off after BYTES; roll MM [unmeasured]; state"
)


class Controlled(Protocol):
    """What the control port needs of a printer."""

    def set_fault(self, fault: Fault, *, present: bool = True) -> None:
        """Bring a fault about or put it right."""
        ...

    def load_roll(self, length_mm: float, *, measured: bool = True) -> None:
        """Put in a roll whose labels are so long, measured at once or not."""
        ...

    def power_on(self) -> None:
        """Switch on."""
        ...

    def power_off(self) -> None:
        """Cut the power."""
        ...

    def restart(self) -> None:
        """Be off for a moment that the lines survive."""
        ...

    def power_off_after(self, size: int) -> None:
        """Cut the power after so many more bytes."""
        ...

    def state(self) -> Mapping[str, object]:
        """Return the counts and the faults."""
        ...


class ControlDesk:
    """Reads lines of commands and answers each with one line of JSON: the state, or what is wrong with the command."""

    powered = True
    fill = 0.0
    room = 4096

    def __init__(self, printer: Controlled) -> None:
        """Control one printer."""
        self._printer = printer
        self._rest = b""

    def receive(self, data: bytes) -> bytes:
        """Obey the whole lines in `data` and what came before; return the answers."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return b"".join(self._answer(line.decode("ascii", "replace").split()) for line in lines)

    def _answer(self, words: list[str]) -> bytes:
        action = self._action(words)
        if action is None:
            return json.dumps({"error": f"unknown command; known are: {HELP}"}).encode() + b"\n"
        action()
        return json.dumps(self._printer.state()).encode() + b"\n"

    def _action(self, words: list[str]) -> Callable[[], None] | None:
        match words:
            case ["power", "off", "after", size] if size.isdecimal():
                return lambda: self._printer.power_off_after(int(size))
            case ["roll", length] if _LENGTH.fullmatch(length):
                return lambda: self._printer.load_roll(float(length))
            case ["roll", length, "unmeasured"] if _LENGTH.fullmatch(length):
                return lambda: self._printer.load_roll(float(length), measured=False)
            case [name, word] if name in _FAULTS and word in _FAULTS[name][:2]:
                on, _off, fault = _FAULTS[name]
                return lambda: self._printer.set_fault(fault, present=word == on)
        simple = {
            "state": lambda: None,
            "power on": self._printer.power_on,
            "power off": self._printer.power_off,
            "power restart": self._printer.restart,
        }
        return simple.get(" ".join(words))
