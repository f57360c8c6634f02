"""Fixtures of the whole test ground: a migrated database on both engines, a clock to set, a real browser."""

import functools
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from specimen_service.kernel import schema
from specimen_service.kernel.db import Database
from tests.browser import browser_on, collect_complaints, running_browser
from tests.postgres import Server, running_server

# Cores are shared and slow machines exist: a deadline per example would only fail by chance.
hypothesis.settings.register_profile("ground", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ground")

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


class SettableClock:
    """Stands in for `utc_now`: tells `now` until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        """Move on by a timedelta given as keywords (`minutes=5`) and return the new time."""
        self.now += timedelta(**span)
        return self.now


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long",
        action="store_true",
        help="run what takes long, and only that: kill loops, faults, walks by axe, variants in the browser",
    )
    parser.addoption("--once", action="store_true", help="try no test again, to hunt for what fails now and then")
    parser.addoption("--soak", action="store_true", help="run kill loops and properties at their full counts (hours)")


@pytest.fixture(scope="session")
def soaking(pytestconfig: pytest.Config) -> bool:
    """Whether to run at full counts: what a test repeats a hundred times, it then repeats thousands of times."""
    return pytestconfig.getoption("soak")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        tries = 0 if config.getoption("once") else _more_tries(item)
        if tries:
            item.add_marker(pytest.mark.flaky(reruns=tries))
    if not config.getoption("soak"):
        asked = config.getoption("long")
        config.hook.pytest_deselected(items=[one for one in items if _is_long(one) != asked])
        items[:] = [one for one in items if _is_long(one) == asked]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("long") and not config.getoption("soak"):
        terminalreporter.write_line("Kill loops and other long tests were left out: they run with --long.")


def _more_tries(item: pytest.Item) -> int:
    """How often a test is tried again, aloud: only what a machine that stood still for seconds can fail without a fault of
    ours. What must hold every single time (nothing lost, nothing doubled) is on trial once."""
    if item.get_closest_marker("timed"):
        return 2
    names = set(getattr(item, "fixturenames", ()))
    return 1 if "chromium" in names and not names & {"rough", "chromium_on_disk"} else 0


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is not None


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPECIMEN_CONFIG", "SPECIMEN_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands at 21 NOV 2026 14:15 UTC until moved."""
    return SettableClock(datetime(2026, 11, 21, 14, 15, tzinfo=UTC))


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated, empty database; each test runs on SQLite and on PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture(params=ENGINES)
def bare_database(request: pytest.FixtureRequest) -> Database:
    """A database without any table; each test runs on SQLite and on PostgreSQL."""
    return request.getfixturevalue(f"bare_{request.param}_database")


@pytest.fixture
def sqlite_database(_sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database in a real file: for tests that promise nothing of the database."""
    file = shutil.copyfile(_sqlite_template, tmp_path / "specimens.db")
    with closing(compiled_once(Database(f"sqlite:///{file}"))) as made:
        yield made


@pytest.fixture
def postgres_database(_postgres_server: Server, _postgres_template: str) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database."""
    with _postgres_server.database(_postgres_template) as url, closing(compiled_once(_opened(url))) as made:
        yield made


@pytest.fixture
def bare_sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database without any table."""
    with closing(Database(f"sqlite:///{tmp_path / 'bare.db'}")) as made:
        yield made


@pytest.fixture
def bare_postgres_database(_postgres_server: Server) -> Iterator[Database]:
    """A PostgreSQL database without any table."""
    with _postgres_server.database() as url, closing(_opened(url)) as made:
        yield made


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "specimens.db"
    with closing(Database(f"sqlite:///{file}")) as made:
        schema.upgrade(made)
    return file


@pytest.fixture(scope="session")
def _postgres_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def _postgres_template(_postgres_server: Server) -> Iterator[str]:
    with _postgres_server.database() as url:
        with closing(_opened(url)) as made:
            schema.upgrade(made)
        yield url.database


def _opened(url) -> Database:
    return Database(url.render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def _browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of in this test; a test that provokes a complaint takes it out again."""
    return []


@pytest.fixture
def chromium(_browser: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    """A fresh browser context (no cookies, no cache); the test fails if anything is left in `complaints`."""
    context = _browser.new_context(reduced_motion="reduce")  # what axe looks at stands still
    collect_complaints(context, complaints)
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def page(chromium: BrowserContext) -> Page:
    """One page of the fresh browser context."""
    return chromium.new_page()


@pytest.fixture
def chromium_on_disk(
    _browser: Browser, complaints: list[str], tmp_path: Path
) -> Callable[..., AbstractContextManager[Page]]:
    """Start a browser that can be ended and started again on the same profile; what it complains of is for the test."""
    return functools.partial(browser_on, tmp_path / "profile", _browser, complaints)


_compiled = {}


def compiled_once(database: Database) -> Database:
    """Let a database use the statements that were compiled for the ones before it: that takes longer than most tests."""
    if database.engine.name not in _compiled:
        # A dialect learns of its database when its own engine first connects, which this test may never do.
        database.engine.connect().close()
        _compiled[database.engine.name] = database.engine.dialect, database.engine._compiled_cache
    dialect, cache = _compiled[database.engine.name]
    for engine in (database.engine, database._read.kw["bind"]):
        engine.dialect = engine.pool._dialect = dialect
        engine._compiled_cache = cache
    return database
