"""Finding the device behind a token."""

import hashlib

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.devices.model import Device
from specimen_service.kernel.prepared import Prepared


def token_hash(token: str) -> str:
    """Return what the database keeps of a device's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def device_of_token(session: Session, token: str) -> Actor | None:
    """Find the enrolled device of a token; None for an unknown or revoked one."""
    if not token:
        return None
    found = _BY_TOKEN.rows(session.connection(), {"token_hash": token_hash(token)})
    return Actor(ActorKind.DEVICE, *found[0]) if found else None


_BY_TOKEN = Prepared(  # every call of the API asks this
    select(Device.id, Device.name, Device.profile).where(
        Device.token_hash == bindparam("token_hash"), Device.revoked_at.is_(None)
    )
)
