"""What a printer was told: one ZPL format taken apart into commands, of the small part of ZPL that this project sends."""

import re
from dataclasses import dataclass

_COMMAND = re.compile(rb"\^(A0|[A-Z][A-Z])([^^]*)", re.DOTALL)
_KNOWN = frozenset({
    "XA", "XZ", "CI", "LH", "PW", "LR", "FW", "JZ", "PQ",
    "FO", "FT", "FR", "FH", "FD", "FS", "CF", "A0", "BY", "BC", "BX", "GB", "GF",
})  # fmt: skip
_MOST_COPIES = 999


class ZplError(ValueError):
    """Bytes that this reader does not take: ``offset`` is where, ``problem`` what is wrong. It never shows field data."""

    def __init__(self, offset: int, problem: str) -> None:
        """Keep where and what; the message is both."""
        self.offset = offset
        self.problem = problem
        super().__init__(f"ZPL byte {offset}: {problem}")


@dataclass(frozen=True, slots=True)
class Command:
    """One ``^`` command: its two letters, everything up to the next one, and where it stood."""

    name: str
    data: bytes
    offset: int

    def parameters(self, fewest: int, most: int) -> list[str]:
        """Return what stands between the commas; empty where left out, and padded to ``most``."""
        parts = self.data.decode("latin-1").split(",")
        if not fewest <= len(parts) <= most:
            raise ZplError(self.offset, f"^{self.name} with {len(parts)} parameters")
        return parts + [""] * (most - len(parts))

    def number(self, text: str, lowest: int, highest: int) -> int:
        """Return a parameter as a whole number within its limits."""
        if not text.isascii() or not text.isdigit() or not lowest <= int(text[:9]) <= highest:
            raise ZplError(self.offset, f"^{self.name} wants a number from {lowest} to {highest}")
        return int(text)

    def demand(self, *accepted: str) -> str:
        """Return the whole parameter, which must be one of those accepted."""
        text = self.data.decode("latin-1")
        if text not in accepted:
            raise ZplError(self.offset, f"^{self.name} other than {' or '.join(accepted)} is not drawn here")
        return text


@dataclass(frozen=True, slots=True)
class Format:
    """Everything between ``^XA`` and ``^XZ``."""

    commands: tuple[Command, ...]

    @property
    def copies(self) -> int:
        """How many labels come out (``^PQ``)."""
        found = [c.number(c.parameters(1, 1)[0], 1, _MOST_COPIES) for c in self.commands if c.name == "PQ"]
        return found[-1] if found else 1

    @property
    def reprints_after_fault(self) -> bool | None:
        """Whether the printer prints a torn label again by itself (``^JZ``); None where the format leaves it."""
        found = [c.demand("Y", "N") == "Y" for c in self.commands if c.name == "JZ"]
        return found[-1] if found else None


def parse_format(data: bytes) -> Format:
    """Take one whole format apart; raise ``ZplError`` for bytes that are none, and for commands not known here."""
    for offset, byte in enumerate(data):
        if byte == ord("~") or byte < ord(" ") or byte > ord("~"):
            raise ZplError(offset, f"the byte 0x{byte:02X} inside a format")
    commands = []
    end = 0
    for found in _COMMAND.finditer(data):
        if found.start() != end:
            break
        end = found.end()
        commands.append(Command(found[1].decode(), found[2], found.start()))
    if end != len(data):
        raise ZplError(end, "no command")
    _check(commands)
    form = Format(tuple(commands[1:-1]))
    _ = form.copies, form.reprints_after_fault  # both refuse what they cannot read, before anything is drawn
    return form


def _check(commands: list[Command]) -> None:
    names = [command.name for command in commands]
    if names[:1] != ["XA"] or names[-1:] != ["XZ"] or names.count("XA") != 1 or names.count("XZ") != 1:
        raise ZplError(0, "a format starts with ^XA and ends with ^XZ")
    for command in commands:
        if command.name not in _KNOWN:
            raise ZplError(command.offset, f"^{command.name} is not known here")
        if command.name in {"XA", "XZ", "FS", "FR"} and command.data:
            raise ZplError(command.offset, f"^{command.name} takes no data")
