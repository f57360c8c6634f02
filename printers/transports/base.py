"""What every way to a printer can do."""

from types import TracebackType
from typing import Protocol, Self


class Transport(Protocol):
    """An open way to one printer, used by one thread.

    A deadline is a reading of `time.monotonic()`; nothing here waits beyond it. Methods raise `DeviceLostError` when the
    connection breaks; `accepted` is right even then.
    """

    accepted: int
    """How many bytes the kernel has taken since opening. Zero means that nothing can come out of the printer."""

    def write(self, data: bytes, deadline: float) -> int:
        """Hand over as much of `data` as the device takes by the deadline; return how many bytes it took."""
        ...

    def read(self, deadline: float) -> bytes:
        """Return the bytes that have arrived, waiting for the first of them; nothing when the deadline passes."""
        ...

    def drain(self, deadline: float) -> int:
        """Wait until the kernel has passed everything on; return the bytes it still holds at the deadline."""
        ...

    def discard(self) -> None:
        """Take back what the kernel still holds, so that it cannot print after it was given up."""
        ...

    def wire_seconds(self, size: int) -> float:
        """Return how long `size` bytes spend on the wire where the line is slow enough to matter, else 0."""
        ...

    def close(self) -> None:
        """Let go of the device; harmless when done twice."""
        ...

    def __enter__(self) -> Self:
        """Return itself, to be closed at the end of the block."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        ...
