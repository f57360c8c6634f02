"""Loading the starter catalog."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import SYSTEM
from specimen_service.catalog.model import Container, RejectReason, SpecimenType, Test

Entries = Mapping[str, dict[str, Any]]
Kind = type[Container] | type[SpecimenType] | type[Test] | type[RejectReason]


def load_starter(session: Session, now: datetime) -> int:
    """Add what the starter catalog has and the database has not, by code; returns how many entries were added.

    What is there already stays exactly as it is: a laboratory may have changed it, or made it inactive on purpose.
    """
    starter = tomllib.loads(files(__package__).joinpath("starter.toml").read_text("utf-8"))
    added = _add_missing(session, Container, {code: _container(entry) for code, entry in starter["container"].items()})
    added += _add_missing(session, SpecimenType, {code: _type(entry) for code, entry in starter["type"].items()})
    types, containers = _ids(session, SpecimenType), _ids(session, Container)
    tests = {code: _test(entry, types, containers) for code, entry in starter["test"].items()}
    added += _add_missing(session, Test, tests)
    reasons = {code: {"name": name, "rank": rank} for rank, (code, name) in enumerate(starter["reject_reason"].items())}
    added += _add_missing(session, RejectReason, reasons)
    if added:
        record(session, now, SYSTEM, "catalog.loaded", detail={"added": added})
    return added


def _add_missing(session: Session, kind: Kind, entries: Entries) -> int:
    known = _ids(session, kind)
    missing = [{"code": code, **entry} for code, entry in entries.items() if code not in known]
    if missing:
        session.execute(insert(kind), missing)
    return len(missing)


def _ids(session: Session, kind: Kind) -> dict[str, int]:
    return dict(session.execute(select(kind.code, kind.id)).all())


def _container(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "label_name": entry["label"],
        "cap_colour": entry["cap"],
        "cap_pattern": entry["pattern"],
        "additive": entry.get("additive", ""),
        "additive_name": entry["additive_name"],
        "draw_order": entry["draw"],
        "inversions": entry.get("inversions", ""),
        "volume_ml": entry.get("volume"),
        "own_barcode": entry.get("own_barcode", False),
        "relabel": entry.get("relabel", True),
    }


def _type(entry: dict[str, Any]) -> dict[str, Any]:
    return {"name": entry["name"], "needs_site": entry.get("needs_site", False)}


def _test(entry: dict[str, Any], types: dict[str, int], containers: dict[str, int]) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "specimen_type_id": types[entry["type"]],
        "container_id": containers[entry["container"]],
        "volume_ml": entry.get("volume"),
        "fasting_hours": entry.get("fasting", 0),
        "handling": entry.get("handling", ""),
        "stable_minutes": entry.get("stable"),
        "preparation": entry.get("preparation", ""),
        "timing": entry.get("timing", ""),
        "consent": entry.get("consent", False),
    }
