"""USB printers through the kernel's printer class (`usb:///dev/usb/lp0`)."""

import errno
import os
import stat
from pathlib import Path

from printers.errors import (
    DeviceBusyError,
    DeviceForbiddenError,
    DeviceMissingError,
    UnreachableError,
    WrongDeviceError,
)
from printers.transports.descriptor import DescriptorTransport
from printers.transports.url import PrinterUrl


class UsbTransport(DescriptorTransport):
    """A character device that is a printer; Linux lets one program at a time open it."""

    # USB has packets of length zero: an empty read says nothing about the connection.
    empty_read_is_the_end = False

    def __init__(self, url: PrinterUrl) -> None:
        """Open the device; raise a PrinterError that says why it cannot be."""
        try:
            if not stat.S_ISCHR(Path(url.path).stat().st_mode):
                raise WrongDeviceError(url.device, "printer device")
            descriptor = os.open(url.path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise DeviceMissingError(url.device) from error
        except PermissionError as error:
            raise DeviceForbiddenError(url.device) from error
        except OSError as error:
            if error.errno in (errno.ENODEV, errno.ENXIO):
                raise DeviceMissingError(url.device) from error
            if error.errno == errno.EBUSY:
                raise DeviceBusyError(url.device) from error
            raise UnreachableError(url.device, error.strerror or str(error)) from error
        self._open = True
        super().__init__(descriptor, url.device)

    def close(self) -> None:
        """Close the device."""
        if self._open:
            self._open = False
            os.close(self._descriptor)

    def _held(self) -> int:
        return 0
