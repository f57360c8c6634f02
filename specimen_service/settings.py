"""The configuration: `config.toml` read into frozen values; every fault is named with its full path and the remedy."""

import difflib
import os
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from printers.errors import PrinterError
from printers.label import Use
from printers.stocks import SHEETS, STOCKS, Sheet
from printers.transports import parse_url
from specimen_service.kernel.errors import SetupError
from specimen_service.kernel.numbers import FIRST_BLOCK, LAST_BLOCK
from specimen_service.labels.model import BROWSER
from specimen_service.orders.model import Priority
from specimen_service.places.model import Ends

DEFAULT_CONFIG = Path("config.toml")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone; write one like America/New_York") from error
    return name


def _stock(name: str) -> str:
    if name not in STOCKS:
        raise ValueError(f"is not a stock we know; use one of {', '.join(STOCKS)}")
    return name


def _tube_stock(name: str) -> str:
    if STOCKS[_stock(name)].use is not Use.TUBE:
        raise ValueError("is for wrists, and labels are for tubes; name it at a [[printer]] that holds it")
    return name


def _sheet(name: str) -> str:
    if name and name not in SHEETS:
        raise ValueError(f"is not a sheet we know; use one of {', '.join(SHEETS)}")
    return name


def _printer_url(url: str) -> str:
    try:
        parse_url(url)
    except PrinterError as error:
        raise ValueError(str(error)) from error
    return url


Name = Annotated[str, Field(min_length=1, max_length=80)]
StockName = Annotated[str, AfterValidator(_stock)]
TubeStockName = Annotated[str, AfterValidator(_tube_stock)]


class Section(BaseModel):
    """Base of every table of the file: frozen, and strict about keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ServiceSection(Section):
    """`[service]`: who we are and where we listen."""

    site_name: Name = "Specimen Service"
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    threads: int = Field(32, ge=4, le=256)
    training: bool = False
    language: str = "en"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of screens and labels."""
        return ZoneInfo(self.time_zone)


class DatabaseSection(Section):
    """`[database]`: where the data is; `url_file` keeps a password out of this file."""

    url: str = "sqlite:///specimens.db"
    url_file: str = ""


class NumbersSection(Section):
    """`[numbers]`: the leading two digits of this site's labels."""

    block: int = Field(FIRST_BLOCK, ge=FIRST_BLOCK, le=LAST_BLOCK)


class LabelsSection(Section):
    """`[labels]`: what labels are printed on, and when."""

    stock: TubeStockName = "2x1in"
    sheet: Annotated[str, AfterValidator(_sheet)] = ""
    reprint: Literal["new-number", "same-number"] = "new-number"
    reprint_limit: int = Field(2, ge=0, le=99)
    supervisor_pin: bool = False
    timing: Literal["after_collection", "before_in_presence"] = "after_collection"

    @property
    def come_first(self) -> bool:
        """Whether labels print before the needle, beside the patient."""
        return self.timing == "before_in_presence"


def _bands(bands: "tuple[PediatricBandSection, ...]") -> "tuple[PediatricBandSection, ...]":
    for below, above in pairwise(bands):
        if above.up_to_kg <= below.up_to_kg:
            raise ValueError(
                f"must begin with the lightest: up_to_kg = {above.up_to_kg:g} stands below up_to_kg = {below.up_to_kg:g}"
            )
        if 0 < above.from_kg < below.up_to_kg:
            raise ValueError(
                f"must not overlap: from_kg = {above.from_kg:g} is within the band up_to_kg = {below.up_to_kg:g}"
            )
    return bands


class PediatricBandSection(Section):
    """`[[collection.pediatric_band]]`: how much blood children of a range of weights may give in 24 hours."""

    from_kg: float = Field(0.0, ge=0, lt=200)
    up_to_kg: float = Field(gt=0, le=200)
    ml: float = Field(gt=0, le=1000)

    @field_validator("up_to_kg")
    @classmethod
    def _is_heavier(cls, up_to_kg: float, info: ValidationInfo) -> float:
        if up_to_kg <= info.data.get("from_kg", 0.0):
            raise ValueError("must be more than from_kg of the same band")
        return up_to_kg


class CollectionSection(Section):
    """`[collection]`: how a draw goes at a station."""

    identify: Literal["attest", "challenge"] = "attest"
    attempts: int = Field(2, ge=1, le=9)
    pediatric_under_years: int = Field(12, ge=0, le=21)
    pediatric_ml_per_kg: float = Field(1.7, ge=0, le=10)
    pediatric_band: Annotated[tuple[PediatricBandSection, ...], AfterValidator(_bands)] = ()

    @property
    def limits_children(self) -> bool:
        """Whether a child is weighed before blood is drawn."""
        return self.pediatric_ml_per_kg > 0 or bool(self.pediatric_band)


class LocationSection(Section):
    """`[[location]]`: a place with a barcode."""

    name: Name
    kind: str = Field("clinic", max_length=40)
    ends: Ends = Ends.STORED
    inspect: bool = False
    external: bool = False


class PrinterSection(Section):
    """`[[printer]]`: a device that labels come out of."""

    name: Name
    url: Annotated[str, AfterValidator(_printer_url)]
    language: Literal["zpl", "pdf"] = "zpl"
    dpi: Literal[203, 300, 600] = 203
    pictures: Literal["z64", "acs", "hex"] = "z64"
    stock: StockName | None = None
    fallback: str | None = None
    shared: bool = False
    agent: str | None = None
    host: str | None = None

    @property
    def can_calibrate(self) -> bool:
        """Whether it can be told to measure its labels: only a ZPL printer that says when there is nothing in it."""
        return self.language == "zpl" and not parse_url(self.url).one_way


class StationSection(Section):
    """`[[station]]`: a chair with a browser, a scanner and a printer."""

    name: Name
    location: str
    printer: str


class LimitSection(Section):
    """`[[limit]]`: how long a leg of custody may take; outside `hours` (`07:00-18:00`, site time) the limit waits."""

    from_: str = Field(alias="from")
    to: str
    minutes: int = Field(gt=0)
    priority: Priority | None = None
    location: str | None = None
    hours: str | None = Field(None, pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")


class SecuritySection(Section):
    """`[security]`: how long a session lives."""

    lock_after_minutes: int = Field(2, ge=1, le=60)
    sign_out_after_minutes: int = Field(10, ge=1, le=720)
    session_hours: int = Field(12, ge=1, le=24)


class CustodySection(Section):
    """`[custody]`: what checkpoints of the custody log are signed with."""

    signing_key_file: str = ""


class Settings(Section):
    """Everything the configuration says."""

    service: ServiceSection = Field(default_factory=lambda: ServiceSection.model_validate({}))
    database: DatabaseSection = DatabaseSection()
    numbers: NumbersSection = Field(default_factory=lambda: NumbersSection.model_validate({}))
    labels: LabelsSection = Field(default_factory=lambda: LabelsSection.model_validate({}))
    collection: CollectionSection = Field(default_factory=lambda: CollectionSection.model_validate({}))
    location: tuple[LocationSection, ...] = ()
    printer: tuple[PrinterSection, ...] = ()
    station: tuple[StationSection, ...] = ()
    limit: tuple[LimitSection, ...] = ()
    security: SecuritySection = Field(default_factory=lambda: SecuritySection.model_validate({}))
    custody: CustodySection = CustodySection()

    @model_validator(mode="after")
    def _names_fit_together(self) -> Self:
        from specimen_service.custody.model import Event

        events, locations = {event.value for event in Event}, {one.name for one in self.location}
        printers = _unique("printer", [one.name for one in self.printer])
        _unique("location", [one.name for one in self.location])
        _unique("station", [one.name for one in self.station])
        for i, station in enumerate(self.station):
            _known(f"station.{i}.location", station.location, locations, "[[location]]")
            _known(f"station.{i}.printer", station.printer, printers | {BROWSER}, "[[printer]]")
        for i, printer in enumerate(self.printer):
            _known(
                f"printer.{i}.fallback", printer.fallback, (printers | {BROWSER}) - {printer.name}, "other [[printer]]"
            )
            if printer.name == BROWSER:
                raise ValueError(f"printer.{i}.name: {BROWSER!r} means printing from a page; choose another name")
        for i, limit in enumerate(self.limit):
            _known(f"limit.{i}.from", limit.from_, events, "event")
            _known(f"limit.{i}.to", limit.to, events, "event")
            _known(f"limit.{i}.location", limit.location, locations, "[[location]]")
        return self

    def printer_named(self, name: str) -> PrinterSection | None:
        """Return the declared printer of that name, or None where it is no longer declared."""
        return next((one for one in self.printer if one.name == name), None)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets of labels that can be printed from a page."""
        return tuple(SHEETS.values())

    def is_shared(self, printer: str) -> bool:
        """Tell whether labels for several chairs come out of a printer, as declared or as the stations name it."""
        declared = self.printer_named(printer)
        return (declared is not None and declared.shared) or len(self.stations_at(printer)) > 1

    def says_chair(self, station: str, printer: str) -> bool:
        """Tell whether a label of a station says so on a printer: where labels of other chairs may lie beside it."""
        own = next((one.printer for one in self.station if one.name == station), printer)
        return self.is_shared(printer) or own != printer

    def stations_at(self, printer: str) -> list[str]:
        """List the stations that print on a printer."""
        return [one.name for one in self.station if one.printer == printer]

    def stock_of(self, printer: PrinterSection) -> str:
        """Return the stock a printer holds: its own, or the site's."""
        return printer.stock or self.labels.stock


def load_settings(path: Path | None = None) -> Settings:
    """Read the configuration file (argument, `SPECIMEN_CONFIG`, or `./config.toml`); raises `SetupError` in one line.

    A relative SQLite path means beside the file. `SPECIMEN_DATABASE_URL` overrides the database.
    """
    named = path or (Path(os.environ["SPECIMEN_CONFIG"]) if os.environ.get("SPECIMEN_CONFIG") else None)
    file = named or DEFAULT_CONFIG
    if not file.is_file():
        raise SetupError(
            f"There is no configuration at {file}. Copy config.example.toml there, or name one with --config."
        )
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{file}: {error}") from error
    settings = parse_settings(values, str(file))
    key_file = settings.custody.signing_key_file
    beside = {
        "database": DatabaseSection(url=_database_url(settings, file.parent)),
        "custody": CustodySection(signing_key_file=str(file.parent / key_file) if key_file else ""),
    }
    return settings.model_copy(update=beside)


def parse_settings(values: dict[str, Any], where: str = "configuration") -> Settings:
    """Check plain values against the schema; raises `SetupError` naming the full path of the first fault."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SetupError(f"{where}: {_sentence(error)}") from error


def _database_url(settings: Settings, folder: Path) -> str:
    url = os.environ.get("SPECIMEN_DATABASE_URL") or settings.database.url
    if settings.database.url_file and not os.environ.get("SPECIMEN_DATABASE_URL"):
        try:
            url = (folder / settings.database.url_file).read_text("utf-8").strip()
        except OSError as error:
            raise SetupError(f"[database] url_file: {error.strerror}: {settings.database.url_file}") from error
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SetupError("[database] url is not a URL; write sqlite:///specimens.db or postgresql://...") from error
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        parsed = parsed.set(database=str((folder / parsed.database).resolve()))
    return parsed.render_as_string(hide_password=False)


def _sentence(error: ValidationError) -> str:
    faults = error.errors()
    # A key that is not known first: its right spelling may be what another fault misses.
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    path = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key {path}{_suggestion(path)}"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{path} {message}" if path else message


def _suggestion(path: str) -> str:
    parent, _, key = path.rpartition(".")
    table = next((part for part in reversed(parent.split(".")) if not part.isdecimal()), "")
    known = Settings.model_fields if not table else _fields_of(table)
    close = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _fields_of(table: str) -> dict[str, Any]:
    sections: dict[str, type[Section]] = {
        "service": ServiceSection,
        "database": DatabaseSection,
        "numbers": NumbersSection,
        "labels": LabelsSection,
        "collection": CollectionSection,
        "pediatric_band": PediatricBandSection,
        "location": LocationSection,
        "printer": PrinterSection,
        "station": StationSection,
        "limit": LimitSection,
        "security": SecuritySection,
        "custody": CustodySection,
    }
    section = sections.get(table)
    return dict(section.model_fields) if section else {}


def _unique(what: str, names: list[str]) -> set[str]:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{what}: the name {name!r} is declared twice")
    return set(names)


def _known(path: str, name: str | None, known: set[str], what: str) -> None:
    if name is not None and name not in known:
        raise ValueError(f"{path}: {name!r} is not a declared {what}")
