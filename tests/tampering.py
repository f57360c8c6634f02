"""Changing custody behind the service's back, as somebody with the database's own password could, and seeing what is found."""

from sqlalchemy import select, text

from specimen_service.custody.chain import digest
from specimen_service.custody.model import CustodyEvent
from specimen_service.custody.proof import Checkpoint, Fault, Report
from specimen_service.custody.sealing import seal
from specimen_service.custody.verify import verify
from specimen_service.kernel.append_only import unguard_append_only
from tests.scanning import Site, scan

TABLE = CustodyEvent.__table__
GUARDED = ["custody_event", "custody_leaf", "custody_tree_head", "custody_erasure"]


def lived(site: Site, tubes: int = 4) -> Site:
    """Some tubes with six events each, and six scans of no specimen, with a note here and there."""
    made = [site.tube() for _ in range(tubes)]
    for minute, action in enumerate(["verify", "pick_up", "receive", "store", "see"], start=1):
        site.send(*(scan(f"{action}-{tube.id}" * 2, tube.number, action, minute, note=action) for tube in made))
    site.send(*(scan(f"x{i}" * 2, f"?{i}", patient_code=f"P{i}") for i in range(6)))
    return site


def checked(site: Site, checkpoint: Checkpoint | None = None) -> Report:
    with site.database.unit_of_work(write=False) as session:
        return verify(session, checkpoint)


def found(site: Site, checkpoint: Checkpoint | None = None) -> list[Fault]:
    return checked(site, checkpoint).faults


def sealed(site: Site) -> Checkpoint:
    """Seal everything, and return the checkpoint somebody would keep."""
    tree = seal(site.database)
    return Checkpoint(tree.size, tree.root(), "2026-11-21T15:15:00+00:00", None)


def disarm(site: Site) -> None:
    """Take the triggers away for good."""
    with site.database.unit_of_work() as session:
        for table in GUARDED:
            unguard_append_only(session.connection(), table)


def change(site: Site, *statements) -> None:
    """Run statements without triggers and without foreign keys."""
    if not site.database.is_sqlite:
        with site.database.unit_of_work() as session:
            session.execute(text("SET session_replication_role = replica"))
            for statement in statements:
                session.execute(_made(statement))
        return
    with site.database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=off")
        with connection.begin():
            for statement in statements:
                connection.execute(_made(statement))
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=on")


def tamper(site: Site, *statements) -> None:
    disarm(site)
    change(site, *statements)


def rows(site: Site) -> list[dict]:
    with site.database.unit_of_work(write=False) as session:
        return [dict(row) for row in session.execute(select(TABLE).order_by(TABLE.c.id)).mappings()]


def rehash(site: Site) -> None:
    """Recompute every hash, every link and the end of every chain, as an attacker would who knows this program."""
    ends: dict[str, dict[int, tuple[int, str]]] = {"specimen": {}, "device_chain": {}}
    statements = []
    for row in sorted(rows(site), key=lambda row: row["seq"]):
        table = "specimen" if row["specimen_id"] else "device_chain"
        chain, owner = ends[table], row["specimen_id"] or row["chain_device_id"]
        length, head = chain.get(owner, (0, ""))
        row |= {"seq": length + 1, "previous_hash": head}
        row["hash"] = digest(row)
        chain[owner] = row["seq"], row["hash"]
        changed = {name: row[name] for name in ("seq", "previous_hash", "hash")}
        statements.append(TABLE.update().where(TABLE.c.id == row["id"]).values(changed))
    for table, (length, head) in {
        "specimen": ("chain_length", "chain_head"),
        "device_chain": ("length", "head"),
    }.items():
        statements.append(f"UPDATE {table} SET {length} = 0, {head} = ''")
        for owner, (count, last) in ends[table].items():
            statements.append(f"UPDATE {table} SET {length} = {count}, {head} = '{last}' WHERE id = {owner}")
    change(site, *statements)


def reseal(site: Site) -> None:
    """Throw the log away and seal everything anew."""
    change(site, "DELETE FROM custody_leaf", "DELETE FROM custody_tree_head")
    seal(site.database)


def _made(statement):
    return text(statement) if isinstance(statement, str) else statement
