"""Enrolling devices and revoking their tokens."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import SYSTEM, Actor
from specimen_service.devices.model import BROWSER, Device, Profile
from specimen_service.devices.queries import browser_hash, token_hash
from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import PREFIXES, Kind
from specimen_service.kernel.serials import issue_number


def enrol(session: Session, now: datetime, actor: Actor, *, name: str, profile: Profile) -> str:
    """Enrol a device and return its token, which is shown once and kept only as a hash; raises `Conflict`."""
    if session.scalar(select(Device.id).where(Device.name == name)):
        raise Conflict(say("A device named %(name)s is enrolled already. Choose another name.", name=name))
    token = secrets.token_urlsafe(32)
    number = issue_number(session, PREFIXES[Kind.DEVICE])
    session.add(Device(name=name, number=number, profile=profile, token_hash=token_hash(token), enrolled_at=now))
    record(session, now, actor, "device.enrolled", subject=name, detail={"profile": profile})
    return token


def enrol_browser(session: Session, now: datetime, actor: Actor) -> str:
    """Enrol the browser somebody signed in with as a handheld, and return the secret for its cookie.

    It is named after its number (`browser-850000000012`), by which it is revoked. The secret opens no endpoint of the
    interface; it only lets the browser send its scans.
    """
    secret = secrets.token_urlsafe(32)
    number = issue_number(session, PREFIXES[Kind.DEVICE])
    name, profile = f"{BROWSER}{number}", Profile.HANDHELD
    session.add(Device(name=name, number=number, profile=profile, token_hash=browser_hash(secret), enrolled_at=now))
    record(session, now, actor, "device.enrolled", subject=name, detail={"profile": profile})
    return secret


def revoke(session: Session, now: datetime, actor: Actor, *, name: str) -> None:
    """Make a device's token useless from here on; raises `NotFound`."""
    device = session.scalar(select(Device).where(Device.name == name, Device.revoked_at.is_(None)))
    if device is None:
        raise NotFound("enrolled device", name)
    device.revoked_at = now
    record(session, now, actor, "device.revoked", subject=name)


def record_refused(session: Session, now: datetime, address: str, token: str) -> None:
    """Leave a trace of a call that was refused: from which address, and whose token it was if that was revoked.

    The token itself is never kept.
    """
    revoked = session.scalar(select(Device.name).where(Device.token_hash == token_hash(token))) if token else None
    detail = {"device": revoked} if revoked else {"token": "unknown" if token else "none"}
    record(session, now, SYSTEM, "device.refused", subject=address[:120], detail=detail)
