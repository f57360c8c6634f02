"""Looking instead of reading: `/dashboard` for the laboratory, `/wall` for a screen on the wall. Neither shows a patient."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from weakref import WeakKeyDictionary

from flask import Response, render_template, request
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from specimen_service.accounts.queries import open_session
from specimen_service.catalog.queries import reject_reasons
from specimen_service.devices.queries import device_of_token
from specimen_service.kernel.clock import midnight
from specimen_service.kernel.errors import NotFound
from specimen_service.kernel.language import say
from specimen_service.pending.charts import (
    NARROW,
    WIDE,
    Chart,
    age_strip,
    by_hour,
    leg_run,
    override_rates,
    pareto,
)
from specimen_service.pending.filters import LIST, STAGES
from specimen_service.pending.pages import LAB, csv_answer, overdue_step, pages
from specimen_service.pending.sight import LEGS, Numbers, arrivals, leg_days, numbers_of, rejections, unverified
from specimen_service.pending.sight_queries import DAYS, SAMPLE, latest_tubes, live_bins, overrides, rejected_since
from specimen_service.pending.tables import csv_of
from specimen_service.settings import Settings
from specimen_service.web.kit import COOKIE, Lobby, Visit, see_other
from specimen_service.web.live import live

__all__ = ["pages"]

DISPLAY = "specimen_wall"
"""The cookie of a display that no person is signed in at: the token of an enrolled device."""
DISPLAY_KEPT = timedelta(days=365)
_WEEKS: "WeakKeyDictionary[Engine | Connection, tuple[datetime, tuple[Chart, ...]]]" = WeakKeyDictionary()
"""The charts of the week by database, with the minute they were read in."""
TURN_SECONDS = 20
"""How long the wall stands on one chart (WCAG 2.2.2: it can be paused)."""


@dataclass(frozen=True)
class Tile:
    """One number: its word, sign and tone, what it should be and whether it is, and the list behind it."""

    word: str
    count: int
    sign: str
    tone: str
    target: str
    url: str


@dataclass(frozen=True)
class Sight:
    """Everything there is to see."""

    overdue: int
    tiles: tuple[Tile, ...]
    charts: tuple[Chart, ...]
    wide: Chart
    """The first of the charts, as a screen on the wall has room for it."""


@pages.page("/dashboard", who=LAB, write=False)
def dashboard(visit: Visit) -> str:
    """Show the five numbers and every chart."""
    sight = _sight(visit.session, visit.now, visit.settings)
    return visit.render("pending/dashboard.html", sight=sight, sentence=_sentence(sight))


@pages.page("/dashboard/now", who=LAB, polled=True)
def dashboard_now(visit: Visit) -> Response:
    """Answer what of the dashboard changes by itself."""
    sight = _sight(visit.session, visit.now, visit.settings)
    values = {"sight": sight, "sentence": _sentence(sight)}
    return live(visit, "dashboard", sight, (), lambda: visit.render("pending/_sight.html", **values))


@pages.page("/dashboard/<key>.csv", who=LAB, write=False)
def chart_csv(visit: Visit, key: str) -> Response:
    """Answer the table of a chart as a file."""
    for chart in _sight(visit.session, visit.now, visit.settings).charts:
        if chart.key == key:
            return csv_answer(csv_of(chart.head, chart.rows), f"{key}-{visit.now.astimezone(visit.zone):%Y%m%d-%H%M}")
    raise NotFound("chart", key)


@pages.open_page("/wall", methods=("GET", "POST"))
def wall(lobby: Lobby) -> Response:
    """Show the wall to anybody signed in and to a display that has the token of an enrolled device."""
    if request.method == "POST":
        return _remembered(see_other("/wall"), request.form.get("token", "").strip())
    with lobby.database.unit_of_work(write=False) as session:
        if not _may_look(session, lobby):
            refused = DISPLAY in request.cookies
            return Response(render_template("pending/wall_door.html", refused=refused), HTTPStatus.UNAUTHORIZED)
        sight = _sight(session, lobby.now, lobby.settings)
    keys = [chart.key for chart in sight.charts]
    shown = keys.index(request.args["view"]) if request.args.get("view") in keys else 0
    following, previous = (f"/wall?view={keys[(shown + step) % len(keys)]}" for step in (1, -1))
    paused = "paused" in request.args
    at = lobby.now.astimezone(lobby.settings.service.zone)
    here = f"/wall?view={keys[shown]}"
    values = {"sight": sight, "chart": sight.charts[shown], "paused": paused, "at": at, "place": shown + 1}
    page = render_template("pending/wall.html", **values, here=here, following=following, previous=previous)
    # A header and no script: the wall turns on whatever old browser hangs there, and stands still when paused.
    return Response(page, headers={} if paused else {"Refresh": f"{TURN_SECONDS}; url={following}"})


def _remembered(response: Response, token: str) -> Response:
    kept = int(DISPLAY_KEPT.total_seconds())
    response.set_cookie(
        DISPLAY, token, max_age=kept, path="/wall", httponly=True, samesite="Strict", secure=request.is_secure
    )
    return response


def _may_look(session: Session, lobby: Lobby) -> bool:
    person = open_session(session, request.cookies.get(COOKIE, ""), lobby.now, lobby.settings, active=False)
    return person is not None or device_of_token(session, request.cookies.get(DISPLAY, "")) is not None


def _sight(session: Session, now: datetime, settings: Settings) -> Sight:
    bins = live_bins(session, now)
    numbers = numbers_of(bins, rejected_since(session, midnight(now, settings.service.zone)))
    ages, wide = (age_strip(bins, {status: say(word) for status, word in STAGES.items()}, at) for at in (NARROW, WIDE))
    return Sight(numbers.overdue, _tiles(numbers), (ages, *_week(session, now, settings)), wide)


def _week(session: Session, now: datetime, settings: Settings) -> tuple[Chart, ...]:
    """Return the charts of the week; read at most once a minute, since a week does not change in less."""
    minute = now.replace(second=0, microsecond=0)
    known = _WEEKS.get(session.get_bind())
    if known is None or known[0] != minute:
        since = midnight(now - timedelta(days=DAYS - 1), settings.service.zone)
        known = _WEEKS[session.get_bind()] = (minute, _read_week(session, since, settings))
    return known[1]


def _read_week(session: Session, since: datetime, settings: Settings) -> tuple[Chart, ...]:
    zone = settings.service.zone
    tubes, first_id = latest_tubes(session, since)
    around = overrides(session, tubes, first_id, unverified(tubes[:SAMPLE]))
    counts = [
        (say("Numbers typed"), around.typed),
        (say("Verify skipped"), around.unverified),
        (say("Labels printed again"), around.reprinted),
        (say("Late times"), around.late_entries),
        (say("Labels voided"), around.voided),
        (say("Volumes approved"), around.approved),
    ]
    return (
        *(
            leg_run(ends[0], say(word), leg_days(tubes, start, ends, zone), _target(settings, start, ends[0]))
            for start, ends, word in LEGS
        ),
        pareto(rejections(tubes), reject_reasons(session), len(tubes)),
        by_hour(arrivals(tubes, zone)),
        override_rates(counts, around.of),
    )


def _target(settings: Settings, start: str, end: str) -> int | None:
    """Return the limit of a leg for everybody; those of one priority or place are not drawn."""
    of_leg = (one for one in settings.limit if (one.from_, one.to) == (start, end) and not one.priority)
    return next((one.minutes for one in of_leg if not one.location), None)


def _tiles(numbers: Numbers) -> tuple[Tile, ...]:
    pending = f"{LIST}?view="
    late_pick_up = f"{pending}not_picked_up&overdue=true"
    rejected = "/lab/review?view=rejected_today"
    return (
        Tile(say("Waiting now"), numbers.waiting, "clock", "info", say("to collect"), f"{LIST}?state=to_collect"),
        _none_wanted(say("Late pick-up"), numbers.late_pick_up, "late", late_pick_up),
        Tile(say("In transit"), numbers.in_transit, "pick-up", "info", say("on their way"), f"{pending}in_transit"),
        _none_wanted(say("Overdue"), numbers.overdue, "alert", f"{pending}overdue"),
        _none_wanted(say("Rejected today"), numbers.rejected_today, "stop", rejected),
    )


def _none_wanted(word: str, count: int, sign: str, url: str) -> Tile:
    target = say("target 0: missed") if count else say("target 0: met")
    return Tile(word, count, sign, "stop" if count else "go", target, url)


def _sentence(sight: Sight) -> str:
    if sight.overdue:
        return overdue_step(sight.overdue)
    return say("Nothing is overdue.")
