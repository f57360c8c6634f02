"""Bytes to a device and back, with deadlines. The errors of other libraries end here."""

from printers.transports.base import Transport
from printers.transports.directory import DirectoryTransport
from printers.transports.serial_line import SerialTransport
from printers.transports.tcp import TcpTransport
from printers.transports.url import PrinterUrl, Scheme, parse_url
from printers.transports.usb import UsbTransport

__all__ = ["PrinterUrl", "Scheme", "Transport", "open_transport", "parse_url"]


def open_transport(url: PrinterUrl, deadline: float, name: str = "label") -> Transport:
    """Open the way to a printer by the deadline; raise a PrinterError that says in one sentence why it cannot be.

    `name` is what a file of this job is called where the printer is a directory.
    """
    match url.scheme:
        case Scheme.SERIAL:
            return SerialTransport(url)
        case Scheme.TCP:
            return TcpTransport(url, deadline)
        case Scheme.USB:
            return UsbTransport(url)
        case Scheme.FILE:
            return DirectoryTransport(url, name)
