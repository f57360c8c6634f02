"""Network printers on their raw port (`tcp://host:9100`)."""

import select
import socket
import struct
import time

from printers.errors import DeviceLostError, UnreachableError
from printers.transports.descriptor import DescriptorTransport
from printers.transports.url import PrinterUrl

# Many printers never close their side; an acknowledged label needs no longer courtesy than this.
LONGEST_GOODBYE = 1.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TcpTransport(DescriptorTransport):
    """A TCP connection of ours; pyserial's `socket://` fixes its time-outs and hides the end of the stream."""

    def __init__(self, url: PrinterUrl, deadline: float) -> None:
        """Connect by the deadline; raise UnreachableError.

        Only the system's resolver may take longer over a host name: a printer's address is best given in digits.
        """
        try:
            self._socket = socket.create_connection((url.host, url.port), max(0.001, deadline - time.monotonic()))
        except OSError as error:
            raise UnreachableError(url.device, error.strerror or str(error)) from error
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(self._socket.fileno(), url.device)

    def drain(self, deadline: float) -> int:
        """Say that nothing more comes, then wait until the other side has acknowledged all and closed.

        Closing at once would let a late reply of the printer reset the connection and cut the label's last bytes.
        """
        held = super().drain(deadline)
        if held:
            return held
        try:
            self._socket.shutdown(socket.SHUT_WR)
            deadline = min(deadline, time.monotonic() + LONGEST_GOODBYE)
            while self._ready(select.POLLIN, deadline):
                self.read(deadline)
        except (OSError, DeviceLostError):
            return 0
        return 0

    def discard(self) -> None:
        """Make closing reset the connection, so that the kernel drops what was not delivered."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
