"""The pace of a serial line: bytes take their time (pure; times are seconds of one clock)."""

from collections import deque

BITS_A_CHARACTER = 10
PIECE_SECONDS = 0.004
"""Bytes travel in pieces of so long: fine enough to time a label by, and hardly any work."""


class Wire:
    """One direction of a line of `baud` bits a second; None for a line that takes no time."""

    def __init__(self, baud: int | None) -> None:
        """Begin with nothing under way."""
        self._seconds = BITS_A_CHARACTER / baud if baud else 0.0
        self._piece = max(1, round(PIECE_SECONDS / self._seconds)) if baud else 4096
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0

    def put(self, data: bytes, now: float) -> None:
        """Send bytes on their way behind those already under way."""
        for start in range(0, len(data), self._piece):
            piece = data[start : start + self._piece]
            self._free_at = max(self._free_at, now) + len(piece) * self._seconds
            self._pieces.append((self._free_at, piece))

    def take(self, now: float) -> bytes:
        """Return the bytes that have arrived by now."""
        arrived = b""
        while self._pieces and self._pieces[0][0] <= now:
            arrived += self._pieces.popleft()[1]
        return arrived

    @property
    def next_arrival(self) -> float | None:
        """When the next bytes arrive, None when none are under way."""
        return self._pieces[0][0] if self._pieces else None

    @property
    def appetite(self) -> int:
        """How many bytes to fetch so that the line is never idle and hardly anything waits in it."""
        if not self._seconds:
            return self._piece
        return max(0, 2 - len(self._pieces)) * self._piece
