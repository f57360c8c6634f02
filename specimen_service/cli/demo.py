"""`demo`: a whole service with invented patients and virtual printers, in one process and one folder."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specimen_service.cli.serve import port_option

if TYPE_CHECKING:
    from printers.simulator import VirtualPrinter
    from specimen_service.cli.console import Site
    from specimen_service.settings import Settings

DEFAULT_PORT = 8000
CONFIG, ACCESS, PRINTED = "config.toml", "access.json", "printed"
OWN = {CONFIG, ACCESS, PRINTED}
"""Names by which a folder is known to be a demo's: all three stand in one that was made to the end."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default=Path("demo-data"), show_default=True)
@port_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on one line when ready.")
def demo(*, data: Path, port: int | None, as_json: bool) -> None:
    """Try it with demo data and virtual printers. One process does all of it; nothing leaves the folder."""
    from specimen_service.app import create_app
    from specimen_service.cli.console import site
    from specimen_service.cli.lapses import LapseWatch
    from specimen_service.cli.process import ending_by_signal, log_to_stderr
    from specimen_service.cli.serving import claimed_port, serve_web, sole_server, url_of
    from specimen_service.cli.spooling import Spoolers
    from specimen_service.labels.ledger import DatabaseLedger

    folder = data.resolve()
    is_new = _require_own(folder)
    with ending_by_signal(), ExitStack() as stack:
        bound = stack.enter_context(
            claimed_port("127.0.0.1", port if port is not None else _port_of(folder, is_new=is_new))
        )
        with _whole_or_gone(folder, is_new=is_new):
            if is_new:
                _write_config(folder, bound.getsockname()[1])
            here = stack.enter_context(site(folder / CONFIG, current=False))
            stack.enter_context(sole_server(here.database))
            access = _prepared(here, folder)
        log_to_stderr()
        printers = _virtual_printers(here.settings, folder)
        for printer in printers.values():
            stack.enter_context(printer)
        app = create_app(here.settings, here.database, practice=printers)
        stack.enter_context(LapseWatch(DatabaseLedger(here.database, {})))
        stack.enter_context(Spoolers(here.settings, here.database))
        ready = {"url": url_of(bound), "data": str(folder), **access}
        said = json.dumps(ready, ensure_ascii=False) if as_json else _welcome(ready)
        serve_web(app, bound, here.settings.service.threads, lambda: click.echo(said))


def _require_own(folder: Path) -> bool:
    """Tell whether the folder is to be made; raises `SetupError` where it holds other than a demo."""
    from specimen_service.kernel.errors import SetupError

    found = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if found and not found >= OWN:
        raise SetupError(f"{folder} holds other than demo data. Name an empty folder with --data.")
    return not found


@contextmanager
def _whole_or_gone(folder: Path, *, is_new: bool) -> Iterator[None]:
    """Take a folder that was not made to the end away again, so that the next try finds none instead of half a demo."""
    try:
        yield
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _port_of(folder: Path, *, is_new: bool) -> int:
    from specimen_service.settings import load_settings

    return DEFAULT_PORT if is_new else load_settings(folder / CONFIG).service.port


def _write_config(folder: Path, port: int) -> None:
    from specimen_service.cli.demo_config import demo_settings
    from specimen_service.cli.serving import claimed_port

    folder.mkdir(parents=True, exist_ok=True)
    with claimed_port("127.0.0.1", 0) as free:
        printer_port = free.getsockname()[1]
    text = demo_settings(folder, port=port, printer_port=printer_port)
    (folder / CONFIG).write_text(text, "utf-8")


def _prepared(here: "Site", folder: Path) -> dict[str, Any]:
    """Load the demo data once; afterwards return what was kept of it. The secrets are kept for the demo alone."""
    from dataclasses import asdict

    from specimen_service.cli.database import bring_up
    from specimen_service.cli.demo_data import load_demo
    from specimen_service.kernel.clock import utc_now

    bring_up(here)
    access = folder / ACCESS
    if not access.exists():
        loaded = asdict(load_demo(here.database, here.settings, utc_now()))
        (folder / PRINTED).mkdir(exist_ok=True)
        access.touch(mode=0o600)
        access.write_text(json.dumps(loaded, ensure_ascii=False, indent=1), "utf-8")
        _give_back_memory()
    kept: dict[str, Any] = json.loads(access.read_text("utf-8"))
    return kept


def _give_back_memory() -> None:
    """Return what hashing and loading left with the C allocator, 20 MB, to the system; where it is not glibc, keep it."""
    import ctypes
    from contextlib import suppress

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _virtual_printers(settings: "Settings", folder: Path) -> "dict[str, VirtualPrinter]":
    """Make a virtual printer behind each declared one that can only be ours: a link in the folder, or a port of this machine.

    They go by the names of the declared ones.
    """
    from printers.simulator import Model, VirtualPrinter
    from printers.stocks import STOCKS
    from printers.transports import parse_url
    from printers.transports.url import Scheme

    made: dict[str, VirtualPrinter] = {}
    for section in settings.printer:
        url, out = parse_url(section.url), folder / PRINTED / section.name
        model = Model.holding(STOCKS[settings.stock_of(section)], section.dpi)
        if url.scheme is Scheme.SERIAL and Path(url.path).parent == folder:
            baud = int(url.options.get("baudrate", 9600))
            made[section.name] = VirtualPrinter(pty=Path(url.path), baud=baud, out=out, model=model)
        elif url.scheme is Scheme.TCP and url.host == "127.0.0.1":
            made[section.name] = VirtualPrinter(tcp=url.port, out=out, model=model)
    return made


def _welcome(ready: dict[str, Any]) -> str:
    people = [
        f"  {one['role']:<11} {one['username']:<10} {one['password']:<15} {one['badge']}  {one['pin']}"
        for one in ready["users"]
    ]
    tokens = [f"  {profile:<11} {token}" for profile, token in ready["tokens"].items()]
    return "\n".join(
        [
            f"The demo is ready at {ready['url']}",
            "",
            "Sign in as    user name  password        badge         PIN",
            *people,
            "",
            "Tokens for the API",
            *tokens,
            "",
            f"Labels come out of the virtual printers as pictures in {Path(ready['data']) / PRINTED}",
            f"Sign-ins, badges and PINs are kept in {Path(ready['data']) / ACCESS}. Press Ctrl-C to stop.",
        ]
    )
