"""Sealing: one sealer at a time gives every event its leaf in the one log of all chains, and keeps the tree over them.

A scan touches its own chain alone and never waits for the log of all; what it recorded is sealed afterwards, a few hundred
events a transaction, so that no scan waits long for the sealer either.
"""

from typing import cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from specimen_service.custody.model import CustodyEvent, Leaf, TreeHead
from specimen_service.custody.proof import Tree
from specimen_service.kernel.db import Database
from specimen_service.kernel.errors import SetupError

EVENTS_A_TRANSACTION = 500


def seal(database: Database) -> Tree:
    """Seal what is not sealed yet, and return the tree over all leaves; several sealers take turns.

    Raises `SetupError` where the log was tampered with, so that it cannot go on.
    """
    with database.unit_of_work(write=False) as session:
        waiting = session.scalars(_WAITING.order_by(_E.c.id)).all()
    for start in range(0, len(waiting), EVENTS_A_TRANSACTION):
        some = waiting[start : start + EVENTS_A_TRANSACTION]
        with database.unit_of_work() as session:
            _seal_between(session, some[0], some[-1])
    with database.unit_of_work(write=False) as session:
        return sealed_tree(session)


def sealed_tree(session: Session) -> Tree:
    """Return the tree over all leaves so far."""
    found = session.execute(select(_T).order_by(_T.c.size.desc()).limit(1)).one_or_none()
    if found is None:
        return Tree()
    try:
        tree = Tree(found.size, [bytes.fromhex(node) for node in found.peaks.split()])
    except ValueError:
        tree = Tree()
    if tree.root() != found.root:
        raise SetupError("The last tree head of the custody log was altered. Run: specimen-service custody verify")
    return tree


def _seal_between(session: Session, first: int, last: int) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ONE_SEALER)))
    # Another sealer may have been here since the events were looked up.
    of_these = _WAITING.add_columns(_E.c.hash).where(_E.c.id.between(first, last)).order_by(_E.c.id)
    events = session.execute(of_these).all()
    if not events:
        return
    tree, leaves = sealed_tree(session), []
    for event_id, own_hash in events:
        leaves.append({"event_id": event_id, "number": tree.size, "hash": str(own_hash)})
        tree.add(str(own_hash))
    session.execute(insert(_L), leaves)
    peaks = " ".join(node.hex() for node in tree.peaks)
    session.execute(insert(_T).values(size=tree.size, root=tree.root(), peaks=peaks))


_ONE_SEALER = 0x5EA1
"""The advisory lock of PostgreSQL that a sealer holds; SQLite has one writer anyway."""
_E, _L, _T = (cast("Table", model.__table__) for model in (CustodyEvent, Leaf, TreeHead))
_WAITING = select(_E.c.id).select_from(_E.outerjoin(_L, _L.c.event_id == _E.c.id)).where(_L.c.event_id.is_(None))
