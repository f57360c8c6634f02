"""Charts as plain values: marks on a plane of 360 units, a title that says the finding, and the same as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from specimen_service.kernel.clock import span
from specimen_service.kernel.language import say, say_many, to_say
from specimen_service.pending.sight import BINS, EDGES, FIRST_LATE, NO_BIN, LegDay, Live
from specimen_service.specimens.model import Status

WIDTH = 360
ROW, PLOT = 46, 150
"""Heights of a row of bars, and of a plot over days or hours."""
STACK = 3
"""How many dots stand on each other in a bin; more are a block with their number."""
PARETO_ROWS = 6
ROOM = 22
"""How far two points lie apart when each can carry its number; nearer ones share a place for both."""
_A_PAIR = 2
_WEEKDAYS = (
    *(to_say("Mon"), to_say("Tue"), to_say("Wed"), to_say("Thu")),
    *(to_say("Fri"), to_say("Sat"), to_say("Sun")),
)


@dataclass(frozen=True)
class Strip:
    """How the age strip lies: its width, between which points the bins stand, and how tall a lane is."""

    width: float
    left: float
    right: float
    lane: float
    word: float
    """How far below the top of a lane its words stand."""

    @property
    def step(self) -> float:
        """How wide a bin is."""
        return (self.right - self.left) / BINS


NARROW = Strip(width=WIDTH, left=0, right=WIDTH, lane=58, word=16)
"""Words above the bins: for a column of a page."""
WIDE = Strip(width=940, left=170, right=770, lane=34, word=24)
"""Words beside the bins: for a screen on the wall, whose letters are then as tall as they can be."""


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
    rows: tuple[tuple[str | int | float | date, ...], ...]
    width: float = WIDTH


def age_strip(live: Live, words: Mapping[str, str], strip: Strip = NARROW) -> Chart:
    """Draw every pending specimen by stage and by how far it is from its limit; right of the line is late."""
    lanes = [status for status in map(Status, words) if any(one is status for one, _place in live)]
    marks, rows = [], []
    for lane, status in enumerate(lanes):
        places = {place: count for (one, place), count in live.items() if one is status}
        late = sum(count for place, count in places.items() if place >= FIRST_LATE)
        every, free = sum(places.values()), places.get(NO_BIN, 0)
        said = say("%(count)s, none late", count=every)
        if late:
            said = _late_of(late, every)
        marks += _lane(strip, lane * strip.lane, words[status], places, said)
        rows.append((words[status], every, late, free))
    bottom = len(lanes) * strip.lane
    limit = strip.left + FIRST_LATE * strip.step
    if lanes:
        marks += [Mark("line", limit, 0, 0, bottom, "limit"), *_scale(strip, bottom + 18)]
    every, late = sum(row[1] for row in rows), sum(row[2] for row in rows)
    free = sum(row[3] for row in rows)
    finding = _late_of(late, every) if every else say("Nothing is pending")
    about = say("Each live specimen by stage: left of its limit in time, right of it late.")
    if free:
        about += " " + say_many(
            "%(count)s without a limit is not drawn.", "%(count)s without a limit are not drawn.", free
        )
    head = (say("Stage"), say("Live"), say("Late"), say("No limit"))
    return Chart("ages", finding, about, tuple(marks), bottom + 26, head, tuple(rows), strip.width)


def _late_of(late: int, every: int) -> str:
    return say("%(late)s of %(count)s late", late=late, count=every)


def _lane(strip: Strip, top: float, word: str, places: Mapping[int, int], said: str) -> list[Mark]:
    foot, step = top + strip.lane - 4, strip.step
    marks = [
        Mark("text", 0, top + strip.word, text=word, tone="strong"),
        Mark("text", strip.width, top + strip.word, text=said, anchor="end"),
        Mark("line", 0, foot, strip.width, 0, "axis"),
    ]
    for place, count in sorted(places.items()):
        if place == NO_BIN:
            continue
        x, kind = strip.left + (place + 0.5) * step, "late" if place >= FIRST_LATE else "dot"
        label = f"{word}: {count} {bin_words(place)}"
        if count > STACK:
            block = Mark("bar", x - step / 2 + 0.5, foot - 28, step - 1, 26, kind, label=label)
            marks += [block, Mark("text", x, foot - 11, text=str(count), anchor="middle", tone=f"inside {kind}")]
        else:
            for i in range(count):
                marks.append(Mark(kind, x, foot - 5 - i * 10, 4, label=label if i == 0 else ""))
    return marks


def _scale(strip: Strip, y: float) -> list[Mark]:
    ticks = {edge: say("%(time)s left", time=span(-edge)) for edge in (-240, -60)}
    ticks |= {edge: say("%(time)s late", time=span(edge)) for edge in (60, 240)}
    ticks[0] = say("limit")
    return [
        Mark("text", strip.left + (EDGES.index(edge) + 1) * strip.step, y, text=word, anchor="middle", tone="small")
        for edge, word in ticks.items()
    ]


def bin_words(place: int) -> str:
    """Say how far from their limit the specimens of a bin are."""
    if place == 0:
        return say("with more than %(time)s left", time=span(-EDGES[0]))
    if place == BINS - 1:
        return say("more than %(time)s late", time=span(EDGES[-1]))
    low, high = EDGES[place - 1], EDGES[place]
    if low >= 0:
        return say("%(low)s to %(high)s late", low=span(low), high=span(high))
    return say("with %(low)s to %(high)s left", low=span(-high), high=span(-low))


def leg_run(key: str, word: str, days: Sequence[LegDay], target: int | None) -> Chart:
    """Draw one leg by day: what half and nine in ten took at most, with the limit as a line."""
    head = (say("Day"), say("Specimens"), say("Median, minutes"), say("90th percentile, minutes"))
    rows = tuple((one.day, one.count, _whole(one.median), _whole(one.ninth)) for one in days)
    if not days:
        finding, about = (
            say("%(leg)s: nothing to show yet", leg=word),
            say("No specimen was scanned at both ends of this part of its way within the week."),
        )
        return Chart(key, finding, about, (), 0, head, rows)
    about = say("%(leg)s by day: circles are the median, triangles the 90th percentile, in minutes.", leg=word)
    about += " " + say("The line is the limit of %(limit)s min.", limit=target) if target else ""
    finding = _leg_finding(word, days[-1], target)
    top = max([one.ninth for one in days] + [target or 1, 1])
    return Chart(key, finding, about, tuple(_run(days, top, target)), PLOT + 24, head, rows)


def _leg_finding(word: str, latest: LegDay, target: int | None) -> str:
    # A line never breaks within "9 in 10", and nothing takes no time at all.
    sentence = to_say("%(leg)s: half within %(median)s min, 9\xa0in\xa010 within %(ninth)s min")
    if target and latest.ninth > target:
        sentence = to_say(
            "%(leg)s: half within %(median)s min, 9\xa0in\xa010 within %(ninth)s min: limit of %(limit)s min missed"
        )
    elif target:
        sentence = to_say(
            "%(leg)s: half within %(median)s min, 9\xa0in\xa010 within %(ninth)s min: limit of %(limit)s min met"
        )
    return say(sentence, leg=word, median=_whole(latest.median), ninth=_whole(latest.ninth), limit=target)


def _whole(minutes: float) -> int:
    return max(1, round(minutes))


def _run(days: Sequence[LegDay], top: float, target: int | None) -> list[Mark]:
    def y(minutes: float) -> float:
        return PLOT - minutes / top * (PLOT - 24)

    marks = [Mark("line", 0, PLOT, WIDTH, 0, "axis")]
    if target:
        marks.append(Mark("line", 0, y(target), WIDTH, 0, "limit"))
    step = WIDTH / len(days)
    for i, one in enumerate(days):
        x = (i + 0.5) * step
        median, ninth = _whole(one.median), _whole(one.ninth)
        apart = y(one.median) - y(one.ninth) > ROOM
        above = str(ninth) if apart or median == ninth else f"{median} / {ninth}"
        label = say(
            "%(day)s: %(count)s, median %(median)s min, 90th percentile %(ninth)s min",
            day=_day(one),
            count=one.count,
            median=median,
            ninth=ninth,
        )
        marks += [
            Mark("line", x, y(one.ninth), 0, y(one.median) - y(one.ninth), "stem"),
            Mark("dot", x, y(one.median), 5, label=label),
            Mark("late" if target and one.ninth > target else "peak", x, y(one.ninth), 5),
            Mark("text", x, y(one.ninth) - 8, text=above, anchor="middle", tone="small"),
            Mark("text", x, PLOT + 18, text=_day(one), anchor="middle", tone="small"),
        ]
        if apart:
            marks.append(Mark("text", x + 9, y(one.median) + 5, text=str(median), tone="small"))
    return marks


def _day(one: LegDay) -> str:
    return f"{say(_WEEKDAYS[one.day.weekday()])} {one.day:%d}"


def pareto(found: Sequence[tuple[str, int]], names: Mapping[str, str], of: int) -> Chart:
    """Draw why specimens are rejected, the most frequent first, per 1,000 collected, with the share so far."""
    head = (say("Reason"), say("Rejected"), say("Per 1,000"), say("Cumulative %%"))
    every, so_far, rows = sum(count for _code, count in found), 0, []
    for code, count in found:
        so_far += count
        rows.append(
            (names.get(code, code or say("Not said")), count, round(1000 * count / of, 1), round(100 * so_far / every))
        )
    about = to_say(
        "Rejections by reason, per 1,000 of the %(count)s collected; then how much of all rejections this far."
    )
    about, finding = say(about, count=of), say("No rejections")
    if rows:
        finding = _pareto_finding([(row[0], row[1]) for row in rows], every)
    said = to_say("%(count)s · %(rate)s per 1,000 · %(share)s%%")
    bars = [
        (word, float(count), say(said, count=count, rate=rate, share=share))
        for word, count, rate, share in rows[:PARETO_ROWS]
    ]
    return Chart("rejections", finding, about, tuple(_bars(bars)), ROW * len(bars), head, tuple(rows))


def _pareto_finding(rows: Sequence[tuple[str, int]], every: int) -> str:
    """Say which reason leads; of several that are as frequent as each other, none does alone."""
    most = rows[0][1]
    first = [reason for reason, count in rows if count == most]
    if len(first) == 1:
        return say("%(reason)s leads: %(count)s of %(all)s rejected", reason=first[0], count=most, all=every)
    if most == 1:
        return say_many("%(count)s reason, once", "%(count)s reasons, each once", len(first))
    if len(first) == _A_PAIR:
        sentence = to_say("%(one)s and %(other)s lead: %(times)s each of %(all)s rejected")
        return say(sentence, one=first[0], other=first[1], times=most, all=every)
    return say_many(
        "%(count)s reason leads: %(times)s of %(all)s rejected",
        "%(count)s reasons lead: %(times)s each of %(all)s rejected",
        len(first),
        times=most,
        all=every,
    )


def override_rates(counts: Sequence[tuple[str, int]], of: int) -> Chart:
    """Draw how often somebody went around the scanner, per 100 tubes."""
    rows = tuple((word, count, round(100 * count / of, 1) if of else 0.0) for word, count in counts)
    every = sum(count for _word, count in counts)
    finding, bars = say("No tubes yet"), []
    if of:
        finding = say("%(rate)s overrides per 100 tubes", rate=f"{100 * every / of:.1f}")
        said = to_say("%(count)s · %(rate)s per 100")
        bars = [(word, float(count), say(said, count=count, rate=f"{rate:g}")) for word, count, rate in rows]
    about = say("Ways around the scanner among the latest %(count)s tubes of the week.", count=of)
    head = (say("Override"), say("Count"), say("Per 100"))
    return Chart("overrides", finding, about, tuple(_bars(bars)), ROW * len(bars), head, rows)


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
    finding = say("No arrivals yet")
    if every:
        sentence = to_say("Busiest from %(hour)s:00 to %(next)s:00: %(count)s of %(every)s; %(share)s%% before noon")
        said = {"count": hours[peak], "every": every, "share": before_noon}
        finding = say(sentence, hour=f"{peak:02d}", next=f"{peak + 1:02d}", **said)
    step, marks = WIDTH / 24, [Mark("line", 0, PLOT, WIDTH, 0, "axis")]
    for hour, count in enumerate(hours):
        tall = count / top * (PLOT - 24)
        if count:
            label = say(
                "%(hour)s:00 to %(next)s:00: %(count)s", hour=f"{hour:02d}", next=f"{hour + 1:02d}", count=count
            )
            marks.append(Mark("bar", hour * step + 1, PLOT - tall, step - 2, tall, "dot", label=label))
            marks.append(
                Mark("text", (hour + 0.5) * step, PLOT - tall - 4, text=str(count), anchor="middle", tone="tiny")
            )
        if hour % 6 == 0:
            marks.append(Mark("text", hour * step, PLOT + 18, text=f"{hour:02d}:00", tone="small"))
    marks = marks if every else []
    about = say("Arrivals at the laboratory by hour of the day, over the week.")
    return Chart(
        "arrivals", finding, about, tuple(marks), PLOT + 24 if every else 0, (say("Hour"), say("Arrivals")), rows
    )
