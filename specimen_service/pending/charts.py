"""Charts as plain values: marks on a plane of 360 units, a title that says the finding, and the same as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from specimen_service.pending.sight import BINS, EDGES, FIRST_LATE, NO_BIN, LegDay, Live
from specimen_service.specimens.model import Status

WIDTH = 360
LANE, ROW, PLOT = 58, 46, 150
"""Heights of a lane of the age strip, of a row of bars, and of a plot over days or hours."""
STACK = 3
"""How many dots stand on each other in a bin; more are a block with their number."""
PARETO_ROWS = 6
ROOM = 22
"""How far two points lie apart when both can carry their number."""


@dataclass(frozen=True)
class Mark:
    """One thing drawn: a `dot`, `late` dot, `bar`, `line` or `text`; what has a label can be reached by keyboard."""

    kind: str
    x: float
    y: float
    width: float = 0
    height: float = 0
    tone: str = ""
    text: str = ""
    anchor: str = "start"
    label: str = ""


@dataclass(frozen=True)
class Chart:
    """One chart: its key in addresses, the finding as its title, what it is of, its marks, and its table."""

    key: str
    finding: str
    about: str
    marks: tuple[Mark, ...]
    height: float
    head: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]


def age_strip(live: Live, words: Mapping[str, str]) -> Chart:
    """Draw every pending specimen by stage and by how far it is from its limit; right of the line is late."""
    lanes = [status for status in map(Status, words) if any(one is status for one, _place in live)]
    marks, rows = [], []
    for lane, status in enumerate(lanes):
        places = {place: count for (one, place), count in live.items() if one is status}
        late = sum(count for place, count in places.items() if place >= FIRST_LATE)
        every, free = sum(places.values()), places.get(NO_BIN, 0)
        marks += _lane(lane * LANE, words[status], places, f"{late} of {every} late" if late else f"{every}, none late")
        rows.append((words[status], every, late, free))
    bottom = len(lanes) * LANE
    limit = FIRST_LATE * WIDTH / BINS
    if lanes:
        marks += [Mark("line", limit, 0, 0, bottom, "limit"), *_scale(bottom + 18)]
    every, late = sum(row[1] for row in rows), sum(row[2] for row in rows)
    free = sum(row[3] for row in rows)
    finding = f"{late} of {every} late" if every else "Nothing is pending"
    about = "Each live specimen by stage: left of its limit in time, right of it late."
    about += f" {free} without a limit {'is' if free == 1 else 'are'} not drawn." if free else ""
    return Chart("ages", finding, about, tuple(marks), bottom + 26, ("Stage", "Live", "Late", "No limit"), tuple(rows))


def _lane(top: float, word: str, places: Mapping[int, int], said: str) -> list[Mark]:
    marks = [
        Mark("text", 0, top + 16, text=word, tone="strong"),
        Mark("text", WIDTH, top + 16, text=said, anchor="end"),
        Mark("line", 0, top + LANE - 4, WIDTH, 0, "axis"),
    ]
    step = WIDTH / BINS
    for place, count in sorted(places.items()):
        if place == NO_BIN:
            continue
        x, kind = (place + 0.5) * step, "late" if place >= FIRST_LATE else "dot"
        label = f"{word}: {count} {bin_words(place)}"
        if count > STACK:
            block = Mark("bar", x - step / 2 + 0.5, top + 24, step - 1, 28, kind, label=label)
            marks += [block, Mark("text", x, top + 43, text=str(count), anchor="middle", tone=f"inside {kind}")]
        else:
            for i in range(count):
                marks.append(Mark(kind, x, top + LANE - 10 - i * 10, 4, label=label if i == 0 else ""))
    return marks


def _scale(y: float) -> list[Mark]:
    ticks = {-240: "4 h left", -60: "1 h left", 0: "limit", 60: "1 h late", 240: "4 h late"}
    step = WIDTH / BINS
    return [
        Mark("text", (EDGES.index(edge) + 1) * step, y, text=word, anchor="middle", tone="small")
        for edge, word in ticks.items()
    ]


def bin_words(place: int) -> str:
    """Say how far from their limit the specimens of a bin are."""
    if place == 0:
        return f"with more than {_span(-EDGES[0])} left"
    if place == BINS - 1:
        return f"more than {_span(EDGES[-1])} late"
    low, high = EDGES[place - 1], EDGES[place]
    return f"{_span(low)} to {_span(high)} late" if low >= 0 else f"with {_span(-high)} to {_span(-low)} left"


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if rest or not hours else f"{hours} h"


def leg_run(key: str, word: str, days: Sequence[LegDay], target: int | None) -> Chart:
    """Draw one leg by day: what half and nine in ten took at most, with the limit as a line."""
    head = ("Day", "Specimens", "Median min", "90th percentile min")
    rows = tuple((f"{one.day:%Y-%m-%d}", one.count, round(one.median), round(one.ninth)) for one in days)
    about = f"{word} by day: circles are the median, triangles the 90th percentile, in minutes."
    about += f" The line is the limit of {target} min." if target else ""
    if not days:
        return Chart(key, f"{word}: nothing to show yet", about, (), 0, head, rows)
    latest = days[-1]
    verdict = f": limit of {target} {'missed' if latest.ninth > target else 'met'}" if target else ""
    finding = f"{word}: half within {latest.median:.0f} min, 9 in 10 within {latest.ninth:.0f}{verdict}"
    top = max([one.ninth for one in days] + [target or 1, 1])
    return Chart(key, finding, about, tuple(_run(days, top, target)), PLOT + 24, head, rows)


def _run(days: Sequence[LegDay], top: float, target: int | None) -> list[Mark]:
    def y(minutes: float) -> float:
        return PLOT - minutes / top * (PLOT - 24)

    marks = [Mark("line", 0, PLOT, WIDTH, 0, "axis")]
    if target:
        marks.append(Mark("line", 0, y(target), WIDTH, 0, "limit"))
    step = WIDTH / len(days)
    for i, one in enumerate(days):
        x = (i + 0.5) * step
        label = f"{one.day:%a %d}: {one.count}, median {one.median:.0f} min, 90th percentile {one.ninth:.0f} min"
        marks += [
            Mark("line", x, y(one.ninth), 0, y(one.median) - y(one.ninth), "stem"),
            Mark("dot", x, y(one.median), 5, label=label),
            Mark("late" if target and one.ninth > target else "peak", x, y(one.ninth), 5),
            Mark("text", x, y(one.ninth) - 8, text=f"{one.ninth:.0f}", anchor="middle", tone="small"),
            Mark("text", x, PLOT + 18, text=f"{one.day:%a %d}", anchor="middle", tone="small"),
        ]
        if y(one.median) - y(one.ninth) > ROOM:
            marks.append(Mark("text", x + 9, y(one.median) + 5, text=f"{one.median:.0f}", tone="small"))
    return marks


def pareto(found: Sequence[tuple[str, int]], names: Mapping[str, str], of: int) -> Chart:
    """Draw why specimens are rejected, the most frequent first, per 1,000 collected, with the share so far."""
    head = ("Reason", "Rejected", "Per 1,000", "Cumulative %")
    every, so_far, rows = sum(count for _code, count in found), 0, []
    for code, count in found:
        so_far += count
        rows.append(
            (names.get(code, code or "Not said"), count, round(1000 * count / of, 1), round(100 * so_far / every))
        )
    about = f"Rejections by reason, per 1,000 of the {of} collected; then how much of all rejections this far."
    finding = "No rejections" if not rows else f"{rows[0][0]} leads: {rows[0][1]} of {every} rejected"
    bars = [(row[0], float(row[1]), f"{row[1]} · {row[2]} per 1,000 · {row[3]} %") for row in rows[:PARETO_ROWS]]
    return Chart("rejections", finding, about, tuple(_bars(bars)), ROW * len(bars), head, tuple(rows))


def override_rates(counts: Sequence[tuple[str, int]], of: int) -> Chart:
    """Draw how often somebody went around the scanner, per 100 tubes."""
    rows = tuple((word, count, round(100 * count / of, 1) if of else 0.0) for word, count in counts)
    every = sum(count for _word, count in counts)
    finding = f"{100 * every / of:.1f} overrides per 100 tubes" if of else "No tubes yet"
    bars = [(word, float(count), f"{count} · {rate:g} per 100") for word, count, rate in rows] if of else []
    about = f"Ways around the scanner among the latest {of} tubes of the week."
    return Chart(
        "overrides", finding, about, tuple(_bars(bars)), ROW * len(bars), ("Override", "Count", "Per 100"), rows
    )


def _bars(bars: Sequence[tuple[str, float, str]]) -> list[Mark]:
    top = max((size for _word, size, _said in bars), default=0) or 1
    marks = []
    for i, (word, size, said) in enumerate(bars):
        y = i * ROW
        marks += [
            Mark("text", 0, y + 16, text=word),
            Mark("text", WIDTH, y + 16, text=said, anchor="end", tone="small"),
            Mark("bar", 0, y + 24, WIDTH, 12, "track"),
            Mark("bar", 0, y + 24, size / top * WIDTH, 12, "dot", label=f"{word}: {said}"),
        ]
    return marks


def by_hour(hours: Sequence[int]) -> Chart:
    """Draw when specimens arrive, by hour of the day."""
    every, top = sum(hours), max(hours) or 1
    rows = tuple((f"{hour:02d}:00", count) for hour, count in enumerate(hours))
    peak = hours.index(max(hours))
    before_noon = round(100 * sum(hours[:12]) / every) if every else 0
    finding = (
        f"Most arrive from {peak:02d} to {peak + 1:02d} h, {before_noon} % before noon" if every else "No arrivals yet"
    )
    step, marks = WIDTH / 24, [Mark("line", 0, PLOT, WIDTH, 0, "axis")]
    for hour, count in enumerate(hours):
        tall = count / top * (PLOT - 24)
        if count:
            label = f"{hour:02d} to {hour + 1:02d} h: {count}"
            marks.append(Mark("bar", hour * step + 1, PLOT - tall, step - 2, tall, "dot", label=label))
            marks.append(
                Mark("text", (hour + 0.5) * step, PLOT - tall - 4, text=str(count), anchor="middle", tone="tiny")
            )
        if hour % 6 == 0:
            marks.append(Mark("text", hour * step, PLOT + 18, text=f"{hour:02d}:00", tone="small"))
    marks = marks if every else []
    about = "Arrivals at the laboratory by hour of the day, over the week."
    return Chart("arrivals", finding, about, tuple(marks), PLOT + 24 if every else 0, ("Hour", "Arrivals"), rows)
