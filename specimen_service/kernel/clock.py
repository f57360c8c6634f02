"""Time: aware UTC inside, the site's zone where a person looks. Nothing else in the project reads the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from specimen_service.kernel.language import say

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC datetime; tests pass their own."""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """Return when the present day began in `zone`, in UTC."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)


def day(value: date) -> str:
    """Write a date as nobody can misread it: `14 MAR 1984`."""
    return f"{value.day:02d} {MONTHS[value.month - 1]} {value.year:04d}"


def moment(value: datetime, zone: tzinfo) -> str:
    """Write a moment in `zone` as `14 MAR 1984 09:15`, with the zone's name where the clock shows that hour twice."""
    local = value.astimezone(zone)
    return f"{day(local.date())} {time_of_day(value, zone)}"


def time_of_day(value: datetime, zone: tzinfo) -> str:
    """Write the hour and minute of `value` in `zone`, naming the zone in the hour that autumn repeats."""
    local = value.astimezone(zone)
    text = local.strftime("%H:%M")
    return f"{text} {local.tzname()}" if _hour_is_repeated(local) else text


def span(minutes: int) -> str:
    """Write a number of whole minutes as people say it: `4 h`, `5 h 10 min`, `3 d 2 h`."""
    days, hours, left = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return say("%(days)s d %(hours)s h", days=days, hours=hours) if hours else say("%(days)s d", days=days)
    if hours:
        return (
            say("%(hours)s h %(minutes)s min", hours=hours, minutes=left) if left else say("%(hours)s h", hours=hours)
        )
    return say("%(minutes)s min", minutes=left) if left else say("under 1 min")


def since(value: datetime, now: datetime) -> str:
    """Write how long ago a moment was, in whole minutes; one still to come was just now."""
    return span(max((now - value) // timedelta(minutes=1), 0))


def _hour_is_repeated(local: datetime) -> bool:
    # In the skipped hour of spring both folds differ too, but no real moment falls into it.
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
