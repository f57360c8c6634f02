"""The counters behind every number: one row per prefix, moved on by one statement in the caller's own transaction."""

import secrets

from sqlalchemy import BigInteger, Integer, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from specimen_service.kernel.db import Base
from specimen_service.kernel.errors import NumbersExhausted
from specimen_service.kernel.numbers import LAST_SERIAL, number

FIRST_SERIAL_BELOW = 500_000_000
"""A new installation starts at a random serial below this: two installations hardly ever issue the same number,
and 500 million numbers are left, 68 years at 20,000 a day."""

QUOTABLE = {"A": 1, "R": 2}
"""Prefixes of the numbers that people quote: accessions and orders ("requests": an O reads as a zero)."""

RESTORE_SKIP = 1_000_000
"""How far a restore moves every serial on, so that no number printed after the backup is issued again."""


class Serial(Base):
    """The next serial of one prefix."""

    __tablename__ = "serial"

    prefix: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    next_value: Mapped[int] = mapped_column(BigInteger)


def issue_number(session: Session, prefix: int) -> str:
    """Issue the next number of a prefix, for good: a rolled-back transaction hands it back, a committed one never.

    Raises `NumbersExhausted` past serial 999,999,999.
    """
    serial = _advance(session, prefix)
    if serial is None:
        _open_prefix(session, prefix)
        serial = _advance(session, prefix)
    if serial is None or serial > LAST_SERIAL:
        raise NumbersExhausted(prefix)
    return number(prefix, serial)


def quotable_number(session: Session, letter: str) -> str:
    """Issue a number for people to quote, never for a barcode: a letter, a serial and a check digit, as `A4821093763`.

    Each letter counts by itself, under a prefix below those of barcodes.
    """
    return letter + str(int(issue_number(session, QUOTABLE[letter])[2:]))


def skip_serials(session: Session, by: int = RESTORE_SKIP) -> None:
    """Move every serial on, as a restore must; plain counters of other prefixes move alike."""
    session.execute(update(Serial).values(next_value=Serial.next_value + by))


def _advance(session: Session, prefix: int) -> int | None:
    moved = update(Serial).where(Serial.prefix == prefix).values(next_value=Serial.next_value + 1)
    return session.scalar(moved.returning(Serial.next_value - 1))


def _open_prefix(session: Session, prefix: int) -> None:
    try:
        with session.begin_nested():
            first = secrets.randbelow(FIRST_SERIAL_BELOW)
            session.execute(insert(Serial).values(prefix=prefix, next_value=first))
    except IntegrityError:
        pass  # another process opened it first: its row is the one to advance
