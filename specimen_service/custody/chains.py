"""The chains of senders, and appending rows to the one table of events."""

import secrets
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from specimen_service.audit.model import Actor
from specimen_service.custody.chain import SALT_BYTES
from specimen_service.custody.model import CustodyEvent, DeviceChain
from specimen_service.custody.works import Chain, Row
from specimen_service.kernel.prepared import Prepared


def sender_of(actor: Actor) -> str:
    """Return the name of a sender's chain."""
    return f"{actor.kind}:{actor.id}"


def sender_chain(session: Session, actor: Actor) -> Chain:
    """Open the chain of a sender's events that belong to no specimen, locked until the transaction ends."""
    sender, connection = sender_of(actor), session.connection()
    found = connection.execute(_SENDER_CHAIN, {"sender": sender}).one_or_none()
    if found is None:
        connection.execute(_OPENS[connection.dialect.name], {"sender": sender, "length": 0, "head": ""})
        found = connection.execute(_SENDER_CHAIN, {"sender": sender}).one()
    return Chain({"specimen_id": None, "chain_device_id": found.id}, found.length, found.head)


def move_sender_chain(session: Session, chain: Chain) -> None:
    """Store where a sender's chain ends now."""
    end = {"key": chain.owner["chain_device_id"], "length": chain.length, "head": chain.head}
    session.connection().execute(_MOVE_SENDER_CHAIN, end)


def new_salt() -> str:
    """Make the random salt of what an event holds apart."""
    return secrets.token_hex(SALT_BYTES)


def insert_events(session: Session, rows: Sequence[Row]) -> bool:
    """Insert events; False, with nothing inserted, if another server took one of the scan ids first."""
    if len(rows) == 1:
        return _insert(session, rows) == 1  # nothing to undo
    with session.begin_nested() as savepoint:
        whole = _insert(session, rows) == len(rows)
        if not whole:
            savepoint.rollback()
    return whole


def _insert(session: Session, rows: Sequence[Row]) -> int:
    connection = session.connection()
    return _INSERTS[connection.dialect.name].run(connection, rows)


_EVENTS, _CHAINS = cast("Table", CustodyEvent.__table__), cast("Table", DeviceChain.__table__)
_COLUMNS = [column.name for column in _EVENTS.c if column.name != "id"]
_INSERTS = {
    "sqlite": Prepared(sqlite.insert(_EVENTS).on_conflict_do_nothing(index_elements=["scan_id"]).inline(), _COLUMNS),
    "postgresql": Prepared(
        postgresql.insert(_EVENTS).on_conflict_do_nothing(index_elements=["scan_id"]).inline(), _COLUMNS
    ),
}
_OPENS = {
    "sqlite": sqlite.insert(_CHAINS).on_conflict_do_nothing(index_elements=["sender"]),
    "postgresql": postgresql.insert(_CHAINS).on_conflict_do_nothing(index_elements=["sender"]),
}
_SENDER_CHAIN = (
    select(_CHAINS.c.id, _CHAINS.c.length, _CHAINS.c.head)
    .where(_CHAINS.c.sender == bindparam("sender"))
    .with_for_update()
)
_MOVE_SENDER_CHAIN = update(_CHAINS).where(_CHAINS.c.id == bindparam("key"))
