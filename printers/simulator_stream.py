"""How a ZPL printer takes its input apart as it arrives, byte by byte, whatever the pieces it comes in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

STX, ETX = 0x02, 0x03
COMMAND_LENGTH = 3
QUERY, QUERY_LENGTH = b"~HQ", 5
_VARIABLE = re.compile(rb'! U1 getvar "([\w.]+)"\s*$')


@dataclass(frozen=True)
class Immediate:
    """A `~` command: it acts at once wherever it stands, even inside a format."""

    name: str


@dataclass(frozen=True)
class Format:
    """Everything from `^XA` to `^XZ`, both included."""

    data: bytes


@dataclass(frozen=True)
class Variable:
    """A question for one SGD variable (`! U1 getvar`)."""

    name: str


@dataclass(frozen=True)
class Noise:
    """Bytes outside any format that mean nothing."""

    data: bytes


Event = Immediate | Format | Variable | Noise


class Receiver:
    """Splits the incoming stream; what it holds is the unfinished rest."""

    def __init__(self) -> None:
        """Begin outside any format."""
        self._format: bytearray | None = None
        self._command = bytearray()
        self._line = bytearray()

    @property
    def in_format(self) -> bool:
        """Whether a format has begun and not ended: what `~HS` calls a partial format."""
        return self._format is not None

    @property
    def held(self) -> int:
        """How many bytes of an unfinished format are kept."""
        return len(self._format or b"")

    def reset(self) -> None:
        """Forget what is unfinished."""
        self._format = None
        self._command.clear()
        self._line.clear()

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes in and yield each event as it completes; `reset` may be called between two of them."""
        for byte in data:
            yield from self._take(byte)

    def _take(self, byte: int) -> Iterator[Event]:
        if byte in (STX, ETX):
            # The control characters stand for ^XA and ^XZ (ZPL guide), which is why data must never hold them.
            yield from self._command_done(b"^XA" if byte == STX else b"^XZ")
        elif byte in b"^~":
            yield from self._keep(bytes(self._command))
            self._command[:] = bytes([byte])
        elif self._command:
            self._command.append(byte)
            is_query = self._command.upper().startswith(QUERY)
            if len(self._command) == (QUERY_LENGTH if is_query else COMMAND_LENGTH):
                command = bytes(self._command)
                self._command.clear()
                yield from self._command_done(command)
        else:
            yield from self._keep(bytes([byte]))

    def _command_done(self, command: bytes) -> Iterator[Event]:
        if command.startswith(b"~"):
            yield Immediate(command[1:].decode("ascii", "replace").upper())
        elif command.upper() == b"^XA":
            yield from self._interrupted()
            self._format = bytearray(command)
        elif command.upper() == b"^XZ" and self._format is not None:
            done = bytes(self._format + command)
            self._format = None
            yield Format(done)
        else:
            yield from self._keep(command)

    def _interrupted(self) -> Iterator[Event]:
        rest = bytes(self._format if self._format is not None else self._line)
        self._line.clear()
        if rest.strip():
            yield Noise(rest)

    def _keep(self, data: bytes) -> Iterator[Event]:
        if self._format is not None:
            self._format += data
            return
        self._line += data
        if data.endswith(b"\n"):
            line = bytes(self._line)
            self._line.clear()
            if found := _VARIABLE.match(line.lstrip()):
                yield Variable(found[1].decode())
            elif line.strip():
                yield Noise(line)
