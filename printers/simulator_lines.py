"""The sockets of a virtual printer: a TCP port and a pseudo terminal, each served by a thread of its own."""

import contextlib
import errno
import os
import pty
import select
import socket
import struct
import termios
import threading
import time
import tty
from pathlib import Path
from typing import Protocol

from printers.errors import DeviceBusyError
from printers.simulator_wire import Wire

XON, XOFF = b"\x11", b"\x13"
NEARLY_FULL, ROOMY_AGAIN = 0.8, 0.5
LOOK_AROUND = 0.25
TICK = 0.01
BACKLOG = 8
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Device(Protocol):
    """What stands behind a line."""

    @property
    def powered(self) -> bool:
        """Whether it is on; its lines break when it is not."""
        ...

    @property
    def fill(self) -> float:
        """How full its receive buffer is, from 0 to 1."""
        ...

    @property
    def room(self) -> int:
        """How many bytes still fit into its receive buffer."""
        ...

    def receive(self, data: bytes) -> bytes:
        """Take bytes in and return the answer."""
        ...


class Line:
    """A line that is open while its device has power. Subclasses know how it is opened, read, written and closed."""

    def __init__(self, device: Device, baud: int | None = None) -> None:
        """Bind it to a device; `open` makes it reachable."""
        self._device = device
        self._baud = baud
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def open(self) -> None:
        """Become reachable; on return a client can connect."""
        self.close()
        self._closing.clear()
        self._incoming, self._outgoing = Wire(self._baud), Wire(self._baud)
        self._prepare()
        self._alarm, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name=type(self).__name__, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Break the line and let go of everything."""
        if self._thread is None:
            return
        self._closing.set()
        with contextlib.suppress(OSError):
            # The thread has closed the waker where it ended by itself.
            self._waker.send(b"!")
        if self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None

    def release(self) -> None:
        """Break the line for good."""
        self.close()

    def _serve(self) -> None:
        try:
            while self._device.powered and not self._closing.is_set():
                self._turn()
        finally:
            self._dispose()
            self._alarm.close()
            self._waker.close()

    def _turn(self) -> None:
        source = self._source()
        if source in self._ready(source):
            self._incoming.put(self._read(), time.monotonic())
        if arrived := self._incoming.take(time.monotonic()):
            self._outgoing.put(self._device.receive(arrived), time.monotonic())
        if answer := self._outgoing.take(time.monotonic()):
            self._write(answer)

    def _ready(self, source: int | None) -> set[int]:
        poll = select.poll()
        poll.register(self._alarm, select.POLLIN)
        if source is not None:
            poll.register(source, select.POLLIN)
        times = [wire.next_arrival for wire in (self._incoming, self._outgoing)]
        wait = min([moment - time.monotonic() for moment in times if moment is not None], default=LOOK_AROUND)
        # Without a source the line waits for room in the buffer, of which nobody tells it.
        limit = LOOK_AROUND if source is not None else TICK
        return {descriptor for descriptor, _event in poll.poll(max(0.0, min(wait, limit)) * 1000)}

    @property
    def _portion(self) -> int:
        # A full buffer is still read from where the sender does not stop: those bytes are lost, as on a wire.
        return min(self._incoming.appetite, max(1, self._device.room))

    def _prepare(self) -> None:
        raise NotImplementedError

    def _source(self) -> int | None:
        raise NotImplementedError

    def _read(self) -> bytes:
        raise NotImplementedError

    def _write(self, data: bytes) -> None:
        raise NotImplementedError

    def _dispose(self) -> None:
        raise NotImplementedError


class TcpLine(Line):
    """A TCP port on this machine that serves one client at a time, as label printers do."""

    def __init__(self, device: Device, port: int) -> None:
        """Choose the port; 0 lets the system choose, and it stays the same from then on."""
        super().__init__(device)
        self.port = port
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None

    def release(self) -> None:
        """Break the line and give the port away."""
        super().release()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _prepare(self) -> None:
        try:
            if self._listener is None:
                # Bound by its number: a port that the system chose is given away as soon as nobody listens.
                self.port = self.port or _free_port()
                self._listener = socket.create_server(("127.0.0.1", self.port))
            self._listener.listen(BACKLOG)
        except OSError as error:
            raise DeviceBusyError(f"127.0.0.1:{self.port}") from error

    def _source(self) -> int | None:
        if self._client is None:
            return self._listener.fileno() if self._listener is not None else None
        return self._client.fileno() if self._device.fill < 1 else None

    def _read(self) -> bytes:
        if self._client is None and self._listener is not None:
            self._client, _address = self._listener.accept()
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return b""
        data = b""
        if self._client is not None:
            with contextlib.suppress(OSError):
                data = self._client.recv(self._portion)
            if not data:
                self._client.close()
                self._client = None
        return data

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            # Who does not listen misses the answer, as on a wire.
            if self._client is not None:
                self._client.send(data, socket.MSG_DONTWAIT)

    def _dispose(self) -> None:
        if self._listener is not None:
            # Connections are refused from here on, but nobody else can take the port until the power is back.
            self._listener.shutdown(socket.SHUT_RDWR)
        if self._client is not None:
            if not self._device.powered:
                self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._client.close()
            self._client = None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class PtyLine(Line):
    """A pseudo terminal with the pace of a serial line and XON/XOFF from the printer."""

    def __init__(self, device: Device, link: Path | None, baud: int | None) -> None:
        """Choose the pace and, where `link` is given, a path that leads to the terminal while it exists."""
        super().__init__(device, baud)
        self._link = link
        self._held = False
        self.path = ""

    def _prepare(self) -> None:
        self._held = False
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        if self._link:
            try:
                self._lead_here(self._link)
            except OSError:
                os.close(self._master)
                os.close(self._slave)
                raise

    def _lead_here(self, link: Path) -> None:
        if not link.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such directory", str(link.parent))
        if link.exists() and not link.is_symlink():
            raise FileExistsError(errno.EEXIST, "is there already and no link that may be replaced", str(link))
        draft = link.with_name(f".{link.name}.new")
        draft.unlink(missing_ok=True)
        draft.symlink_to(self.path)
        draft.replace(link)
        self.path = str(link)

    def _source(self) -> int | None:
        self._control_flow()
        # A sender that obeys XOFF keeps the rest on its side: what the kernel has taken from it already waits there.
        return self._master if self._incoming.appetite and not (self._held and self._obeyed) else None

    def _control_flow(self) -> None:
        fill = self._device.fill
        if fill >= NEARLY_FULL and not self._held:
            self._held = True
            self._write(XOFF)
        elif fill <= ROOMY_AGAIN and self._held:
            self._held = False
            self._write(XON)

    @property
    def _obeyed(self) -> bool:
        flags: int = termios.tcgetattr(self._slave)[0]
        return bool(flags & termios.IXON)

    def _read(self) -> bytes:
        try:
            return os.read(self._master, self._portion)
        except BlockingIOError:
            return b""

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            # Who does not listen misses the answer, as on a wire.
            os.write(self._master, data)

    def _dispose(self) -> None:
        if self._link and self._link.is_symlink():
            self._link.unlink()
        os.close(self._master)
        os.close(self._slave)
