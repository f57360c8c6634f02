"""What can keep bytes from a printer, each said in one sentence with what to do about it."""

from typing import ClassVar


class PrinterError(Exception):
    """A printer could not be reached or used.

    `code` is stable and goes to records and wires. `permanent` says that trying the same again is pointless.
    """

    code: ClassVar[str] = "printer_error"
    permanent: ClassVar[bool] = False


class BadPrinterUrlError(PrinterError):
    """The URL of a printer cannot be understood."""

    code = "bad_printer_url"
    permanent = True

    def __init__(self, url: str, reason: str) -> None:
        """Keep the URL and what is wrong with it."""
        super().__init__(f"The printer URL {url!r} {reason}.")
        self.url = url
        self.reason = reason


class DeviceMissingError(PrinterError):
    """The device or directory does not exist, or not at present."""

    code = "device_missing"

    def __init__(self, device: str) -> None:
        """Keep the path that was looked for."""
        super().__init__(f"There is no {device}: connect the printer and switch it on, or correct its URL.")
        self.device = device


class DeviceForbiddenError(PrinterError):
    """The device exists and is not ours to open.

    Not permanent: udev hands a device that was just plugged in to its group a moment after it appears.
    """

    code = "device_forbidden"

    def __init__(self, device: str) -> None:
        """Keep the path that may not be opened."""
        super().__init__(
            f"{device} is not ours to open: let this user into the group that owns it (often dialout, lp or uucp)."
        )
        self.device = device


class DeviceBusyError(PrinterError):
    """Another program holds the device."""

    code = "device_busy"

    def __init__(self, device: str) -> None:
        """Keep the path that is held."""
        super().__init__(f"Another program is using {device}: close it or choose another.")
        self.device = device


class WrongDeviceError(PrinterError):
    """The path names something else than the URL's scheme needs."""

    code = "wrong_device"
    permanent = True

    def __init__(self, device: str, wanted: str) -> None:
        """Keep the path and the kind of thing that was wanted."""
        super().__init__(f"{device} is not a {wanted}: correct the printer's URL.")
        self.device = device
        self.wanted = wanted


class UnreachableError(PrinterError):
    """No connection could be made, so nothing was sent."""

    code = "unreachable"

    def __init__(self, device: str, reason: str) -> None:
        """Keep the address and what the operating system said."""
        super().__init__(f"{device} cannot be reached ({reason}): check that the printer is on and its cable is in.")
        self.device = device
        self.reason = reason


class DeviceLostError(PrinterError):
    """An open connection broke."""

    code = "device_lost"

    def __init__(self, device: str, reason: str) -> None:
        """Keep the device and what the operating system said."""
        super().__init__(f"{device} broke off ({reason}): check that it is on, connected and not full.")
        self.device = device
        self.reason = reason


class WrongLanguageError(PrinterError):
    """The label speaks a language that this kind of device would print as gibberish."""

    code = "wrong_language"
    permanent = True

    def __init__(self, url: str) -> None:
        """Keep the URL the label was meant for."""
        super().__init__(
            f"A PDF label cannot go to {url}: set this printer's language to zpl, or print to a file:// URL."
        )
        self.url = url


class WrongResolutionError(PrinterError):
    """The printer prints other dots than those that its labels are drawn for: they would come out too large or too small."""

    code = "wrong_resolution"
    permanent = True

    def __init__(self, device: str, declared: int, printer: int) -> None:
        """Keep the device, the dots an inch that were declared, and those that the printer says it has."""
        super().__init__(
            f"{device} prints {printer} dots an inch and is declared with {declared}: set dpi = {printer} for it."
        )
        self.device = device
        self.declared = declared
        self.printer = printer
