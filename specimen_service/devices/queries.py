"""Finding the device behind a token."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.devices.model import Device

_BY_TOKEN = select(Device.id, Device.name, Device.profile)


def token_hash(token: str) -> str:
    """Return what the database keeps of a device's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def device_of_token(session: Session, token: str) -> Actor | None:
    """Find the enrolled device of a token; None for an unknown or revoked one."""
    if not token:
        return None
    found = session.execute(
        _BY_TOKEN.where(Device.token_hash == token_hash(token), Device.revoked_at.is_(None))
    ).one_or_none()
    return Actor(ActorKind.DEVICE, found.id, found.name, found.profile) if found else None
