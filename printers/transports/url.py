"""Printer URLs: which device, and how it is spoken to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from printers.errors import BadPrinterUrlError

RAW_PORT = 9100


class Scheme(StrEnum):
    """The ways bytes reach a printer. Any other scheme is refused: a URL in a file may name any host or device."""

    SERIAL = "serial"
    TCP = "tcp"
    USB = "usb"
    FILE = "file"


def _positive(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError(text)
    return number


def _one_of(*allowed: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return check


def _flag(text: str) -> bool:
    return _one_of("0", "1")(text) == "1"


Option = int | str | bool
_TALK: Mapping[str, Callable[[str], Option]] = {"ask": _flag, "length": _flag}
_OPTIONS: Mapping[Scheme, Mapping[str, Callable[[str], Option]]] = {
    Scheme.SERIAL: {
        "baudrate": _positive,
        "bytesize": lambda text: int(_one_of("7", "8")(text)),
        "parity": _one_of("N", "E", "O"),
        "stopbits": lambda text: int(_one_of("1", "2")(text)),
        "xonxoff": _flag,
        "rtscts": _flag,
        **_TALK,
    },
    Scheme.TCP: _TALK,
    Scheme.USB: _TALK,
    Scheme.FILE: {},
}


@dataclass(frozen=True)
class PrinterUrl:
    """A printer URL, taken apart and checked; nothing has been opened."""

    text: str
    scheme: Scheme
    path: str
    host: str
    port: int
    options: Mapping[str, Option]

    @property
    def one_way(self) -> bool:
        """Whether the device is never asked: a directory, or a printer declared with `ask=0`."""
        return self.scheme is Scheme.FILE or self.options.get("ask") is False

    @property
    def tells_length(self) -> bool:
        """Whether the label length that it reports is a measured one; `length=0` is for printers that make it up."""
        return self.options.get("length") is not False

    @property
    def device(self) -> str:
        """The device as a person would name it."""
        return f"{self.host}:{self.port}" if self.scheme is Scheme.TCP else self.path


def parse_url(text: str) -> PrinterUrl:
    """Take a printer URL apart; raise BadPrinterUrlError with one sentence saying what is wrong with it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadPrinterUrlError(text, f"is not a URL ({error})") from None
    if parts.scheme not in set(Scheme):
        known = ", ".join(f"{scheme}://" for scheme in Scheme)
        raise BadPrinterUrlError(text, f"has no scheme we know; use one of {known}")
    scheme = Scheme(parts.scheme)
    _check_address(text, scheme, parts)
    return PrinterUrl(
        text, scheme, unquote(parts.path), parts.hostname or "", port or RAW_PORT, _options(text, scheme, parts.query)
    )


def _check_address(text: str, scheme: Scheme, parts: SplitResult) -> None:
    if parts.fragment or parts.username is not None:
        raise BadPrinterUrlError(text, "holds a user name or a '#', which no printer needs")
    if scheme is Scheme.TCP:
        if not parts.hostname or parts.port == 0 or parts.path not in ("", "/"):
            raise BadPrinterUrlError(text, "must name a host and may name a port, like tcp://host:9100")
    elif parts.netloc or not parts.path.strip("/"):
        raise BadPrinterUrlError(text, f"must hold an absolute path after three slashes, like {scheme}:///path")


def _options(text: str, scheme: Scheme, query: str) -> Mapping[str, Option]:
    known = _OPTIONS[scheme]
    options: dict[str, Option] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            names = ", ".join(known) or "none"
            raise BadPrinterUrlError(text, f"has the unknown option {name!r}; {scheme}:// knows {names}")
        if name in options:
            raise BadPrinterUrlError(text, f"gives the option {name!r} twice")
        try:
            options[name] = known[name](value)
        except ValueError:
            raise BadPrinterUrlError(text, f"gives {name!r} the value {value!r}, which it cannot have") from None
    return MappingProxyType(options)
