"""Serial printers, and pseudo terminals, which are serial devices too (`serial:///dev/ttyUSB0?baudrate=9600`)."""

import errno
import termios
from typing import Any

import serial

from printers.errors import (
    DeviceBusyError,
    DeviceForbiddenError,
    DeviceMissingError,
    PrinterError,
    UnreachableError,
    WrongDeviceError,
)
from printers.transports.descriptor import DescriptorTransport
from printers.transports.url import PrinterUrl

# 8N1 at 9600 baud is what thermal printers ship with. Their XON/XOFF is always safe for us because labels are ASCII,
# and their hardware flow control is on a pin that few cables lead to our CTS.
DEFAULTS = {"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1, "xonxoff": True, "rtscts": False}
BITS_A_CHARACTER = 10
FOREIGN_ERRORS = (serial.SerialException, OSError, termios.error, ValueError)


class SerialTransport(DescriptorTransport):
    """A serial line held exclusively, so that no second program of ours writes between two bytes of a label."""

    def __init__(self, url: PrinterUrl) -> None:
        """Open the line; raise a PrinterError that says why it cannot be."""
        chosen = {name: value for name, value in url.options.items() if name in DEFAULTS}
        settings: dict[str, Any] = {**DEFAULTS, **chosen}
        try:
            self._port = serial.Serial(url.path, timeout=0, write_timeout=0, exclusive=True, **settings)
        except FOREIGN_ERRORS as error:
            raise _explained(url, error) from error
        self._baudrate: int = settings["baudrate"]
        super().__init__(self._port.fileno(), url.device)

    def discard(self) -> None:
        """Empty the kernel's output queue.

        Left there, the bytes would print when the printer resumes, and closing the line would wait for them.
        """
        try:
            self._port.reset_output_buffer()
        except FOREIGN_ERRORS:
            # The line is gone and its queue with it.
            return

    def wire_seconds(self, size: int) -> float:
        """Return the seconds `size` characters need at this baud rate, start and stop bits included."""
        return size * BITS_A_CHARACTER / self._baudrate

    def close(self) -> None:
        """Release the line."""
        try:
            self._port.close()
        except FOREIGN_ERRORS:
            # An unplugged adapter cannot be closed in order; its descriptor is released all the same.
            return


def _explained(url: PrinterUrl, error: Exception) -> PrinterError:
    number = getattr(error, "errno", None)
    if number is None and isinstance(error.__context__, OSError):
        number = error.__context__.errno
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return DeviceMissingError(url.device)
    if number in (errno.EACCES, errno.EPERM):
        return DeviceForbiddenError(url.device)
    if number in (errno.EBUSY, errno.EAGAIN):
        return DeviceBusyError(url.device)
    if number in (errno.ENOTTY, errno.EISDIR) or isinstance(error.__context__, termios.error):
        return WrongDeviceError(url.device, "serial device")
    return UnreachableError(url.device, str(error))
