"""Reading and writing a file descriptor that does not block: shared by serial lines, sockets and USB."""

import fcntl
import os
import select
import struct
import termios
import time
from types import TracebackType
from typing import Self

from printers.errors import DeviceLostError

CHUNK = 1024
BACK_OFF = 0.01


class DescriptorTransport:
    """A Transport over an open non-blocking descriptor.

    Every byte is counted as the kernel takes it. pyserial's own `write` loses that count when it times out and spins a
    core on a full port, so only `poll` and `os.write` are used here.
    """

    empty_read_is_the_end = True

    def __init__(self, descriptor: int, device: str) -> None:
        """Take over reading and writing of `descriptor`; the subclass owns and closes it."""
        self._descriptor = descriptor
        self._device = device
        self.accepted = 0

    def write(self, data: bytes, deadline: float) -> int:
        """Hand over as much of `data` as the kernel takes by the deadline; return how many bytes it took."""
        taken = 0
        while taken < len(data) and self._ready(select.POLLOUT, deadline):
            some = self._write_some(data[taken : taken + CHUNK])
            taken += some
            self.accepted += some
            if not some and not _rest(deadline):
                break
        return taken

    def read(self, deadline: float) -> bytes:
        """Return the bytes that have arrived, waiting for the first of them; nothing when the deadline passes."""
        while self._ready(select.POLLIN, deadline):
            try:
                arrived = os.read(self._descriptor, CHUNK)
            except BlockingIOError:
                arrived = None
            except OSError as error:
                raise self._lost(error) from error
            if arrived:
                return arrived
            if arrived is not None and self.empty_read_is_the_end:
                raise DeviceLostError(self._device, "the other side closed it")
            if not _rest(deadline):
                break
        return b""

    def drain(self, deadline: float) -> int:
        """Wait until the kernel has passed everything on; return the bytes it still holds at the deadline."""
        while (held := self._held()) and time.monotonic() < deadline:
            time.sleep(BACK_OFF)
        return held

    def discard(self) -> None:
        """Take back what the kernel still holds."""

    def wire_seconds(self, size: int) -> float:  # noqa: ARG002 - only a serial line has a slow wire
        """Return 0: the wire is fast."""
        return 0.0

    def close(self) -> None:
        """Let go of the device."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Return itself, to be closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _held(self) -> int:
        try:
            answer = fcntl.ioctl(self._descriptor, termios.TIOCOUTQ, bytes(4))
        except OSError as error:
            raise self._lost(error) from error
        held: int = struct.unpack("i", answer)[0]
        return held

    def _write_some(self, data: bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._lost(error) from error

    def _ready(self, event: int, deadline: float) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, event)
        return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))

    def _lost(self, error: OSError) -> DeviceLostError:
        return DeviceLostError(self._device, error.strerror or str(error))


def _rest(deadline: float) -> bool:
    """Pause for a moment; False once the deadline is over.

    A driver may promise with `poll` what it does not give, for ever: without the pause its loop would spin, and without
    a look at the clock it would never end.
    """
    time.sleep(BACK_OFF)
    return time.monotonic() < deadline
