"""Finding the device behind a token."""

import hashlib
import hmac

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor, ActorKind
from specimen_service.devices.model import Device
from specimen_service.kernel.prepared import Prepared


def token_hash(token: str) -> str:
    """Return what the database keeps of a device's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def browser_hash(token: str) -> str:
    """Return what the database keeps of the cookie of an enrolled browser.

    It is made otherwise than that of a device's token, so that a cookie opens nothing as a token, nor a token as a cookie.
    """
    return hmac.new(b"browser", token.encode(), "sha256").hexdigest()


def browser_of_cookie(session: Session, cookie: str) -> Actor | None:
    """Find the enrolled browser of a cookie; None for an unknown or revoked one."""
    return _device_of(session, browser_hash(cookie)) if cookie else None


def device_of_token(session: Session, token: str) -> Actor | None:
    """Find the enrolled device of a token; None for an unknown or revoked one."""
    if not token:
        return None
    return _device_of(session, token_hash(token))


def _device_of(session: Session, kept: str) -> Actor | None:
    found = _BY_TOKEN.rows(session.connection(), {"token_hash": kept})
    return Actor(ActorKind.DEVICE, *found[0]) if found else None


_BY_TOKEN = Prepared(  # every call of the API asks this
    select(Device.id, Device.name, Device.profile).where(
        Device.token_hash == bindparam("token_hash"), Device.revoked_at.is_(None)
    )
)
