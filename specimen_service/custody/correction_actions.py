"""Putting right what was recorded: nothing is rewritten, a `corrected` event refers to what it corrects and says why."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.custody.chain import set_apart
from specimen_service.custody.chains import insert_events, move_sender_chain, new_salt, sender_chain
from specimen_service.custody.fact_queries import histories_of, members_of
from specimen_service.custody.facts import Accepted, Fact, How
from specimen_service.custody.fold import fold
from specimen_service.custody.model import Closing, CustodyEvent, CustodyException, Event
from specimen_service.custody.queries import person_name, place_of
from specimen_service.custody.scans import written_note
from specimen_service.custody.storing import claim, forget, store_works, unlink
from specimen_service.custody.works import event_row, name_of, work_on
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from specimen_service.kernel.language import say
from specimen_service.specimens.actions import Policy
from specimen_service.specimens.model import LINK, Identifier
from specimen_service.specimens.queries import specimen_id_of, tubes_of

_BIRTHS = frozenset({Event.ISSUED, Event.COLLECTED})
ANSWERS = frozenset({How.REAL, How.MISTAKEN, How.OTHER_SPECIMEN})
"""What a person can say of a parked event."""


@dataclass(frozen=True)
class Amendment:
    """What was otherwise than recorded; None in a field: as recorded."""

    effective_at: datetime | None = None
    location_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True)
class _Word:
    """One `corrected` event to be appended to a specimen's chain, or, without one, to the chain of who says it."""

    specimen_id: int | None
    said: dict[str, Any]
    about: str | None = None
    put_into: str | None = None
    """The bag that an event taken over put it into: by this the bag finds the specimen, and the specimen the bag."""
    location_id: int | None = None


def resolve_exception(
    session: Session,
    now: datetime,
    actor: Actor,
    policy: Policy,
    *,
    exception_id: int,
    how: How,
    reason: str,
    other_number: str | None = None,
) -> None:
    """Answer an open question: the event is real, mistaken, or another specimen's (`other_number`: any number of it).

    Raises `InvalidInput` for a missing reason or other specimen, `NotFound`, and `Conflict` where it is closed already.
    """
    _check(reason, how in ANSWERS)
    question = session.get(CustodyException, exception_id)
    if question is None:
        raise NotFound("question", exception_id)
    event = session.get_one(CustodyEvent, question.event_id)
    other = _other(session, question, event, how, other_number)
    known = [one for one in (question.specimen_id, other) if one is not None]
    tubes_of(session, [], known)  # locks them: of two people who answer at once, the second finds the question closed
    session.refresh(question, with_for_update=True)
    if question.closed_how is not None:
        raise Conflict(say("Somebody has answered this already. Look at the list again."), code="already-closed")
    said = {"corrects": event.hash, "how": how.value}
    # A scan of a number that several carry by now may stand in the chain of one: the word on it reaches all of them.
    words = [_Word(question.specimen_id, said, about=event.about or clean(event.code))]
    if other is not None:
        source = [event.specimen_id, event.chain_device_id, event.seq]
        taken = {"corrects": event.hash, "how": How.THIS_SPECIMEN.value, "source": source}
        words.append(_Word(other, taken, put_into=event.put_into))
    concerned = _concerned(session, event) if question.specimen_id is None else []
    _say(session, now, actor, policy, words, reason, concerned)
    if question.specimen_id is None:
        question.closed_at, question.closed_how, question.closed_by = now, Closing(how.value), actor.name
    for specimen_id in known:
        _follow_link(session, now, policy, event, specimen_id)
    record(
        session, now, actor, "custody.resolved", subject=str(event.id), detail={"how": how, "reason": question.reason}
    )
    session.flush()


def correct_event(
    session: Session,
    now: datetime,
    actor: Actor,
    policy: Policy,
    *,
    specimen_id: int,
    event_hash: str,
    reason: str,
    amendment: Amendment | None = None,
) -> None:
    """Say that an event of a specimen happened otherwise (`amendment`), or not at all (none: it is mistaken).

    Raises `InvalidInput` for a missing reason, an empty amendment or a time to come, `NotFound`, and `Conflict` for what
    cannot be corrected here: the collection itself, and corrections.
    """
    _check(reason, amendment != Amendment())
    if amendment and not _knows(session, amendment):
        raise InvalidInput([Fault("/place", say("This place or person is not known. Choose another."))])
    if amendment and amendment.effective_at and amendment.effective_at > now:
        raise InvalidInput([Fault("/effective_at", say("This time is still to come. Say when it happened."))])
    tubes_of(session, [], [specimen_id])
    fact = next((one for one in histories_of(session, [specimen_id])[specimen_id] if one.hash == event_hash), None)
    if fact is None:
        raise NotFound("custody event", event_hash[:12])
    if fact.event is Event.CORRECTED or fact.event in _BIRTHS:
        raise Conflict(
            say("A collection and a correction are not corrected here. Reject the specimen, or correct again.")
        )
    said: dict[str, Any] = {"corrects": event_hash, "how": How.MISTAKEN.value}
    if amendment:
        at = amendment.effective_at.isoformat() if amendment.effective_at else None
        by = person_name(session, amendment.person_id) or None
        said |= {"how": How.AMENDED.value, "effective_at": at, "by": by}
    location_id = amendment.location_id if amendment else None
    _say(session, now, actor, policy, [_Word(specimen_id, said, location_id=location_id)], reason)
    _follow_link(session, now, policy, session.get_one(CustodyEvent, fact.id), specimen_id)
    record(session, now, actor, "custody.corrected", subject=str(fact.id), detail={"how": said["how"]})


def _say(
    session: Session,
    now: datetime,
    actor: Actor,
    policy: Policy,
    words: Sequence[_Word],
    reason: str,
    concerned: Iterable[int] = (),
) -> None:
    """Append what is said, and fold anew the specimens it is said of and those `concerned`."""
    ids = sorted({word.specimen_id for word in words if word.specimen_id is not None} | set(concerned))
    works = {tube.id: work_on(tube, None) for tube in tubes_of(session, [], ids)} if ids else {}
    sender = sender_chain(session, actor) if any(word.specimen_id is None for word in words) else None
    rows = []
    for word in words:
        fact = Fact(event=Event.CORRECTED, effective_at=now, by=name_of(actor))
        row = event_row(actor, now, fact)
        row.update(content=json.dumps(word.said), location_id=word.location_id, put_into=word.put_into)
        row.update(set_apart(written_note(reason), new_salt()))
        chain = works[word.specimen_id].chain if word.specimen_id is not None else sender
        if chain is None:
            raise LookupError("a word on an event of no specimen needs the chain of who says it")
        if word.specimen_id is None:
            row["about"] = word.about
        rows.append(chain.append(row))
    insert_events(session, rows)
    if sender is not None:
        move_sender_chain(session, sender)
    for specimen_id, facts in histories_of(session, ids).items():
        works[specimen_id].fold(facts)
    store_works(session, now, list(works.values()), policy, by=actor.name)
    for specimen_id in ids:
        forget(session, specimen_id)


def _other(
    session: Session, question: CustodyException, event: CustodyEvent, how: How, number: str | None
) -> int | None:
    if how is not How.OTHER_SPECIMEN:
        return None
    if question.specimen_id is not None and event.specimen_id is None:
        raise Conflict(
            say("This is the scan of a bag. Take the tube out of it, or call the scan mistaken for this tube.")
        )
    if not number or not clean(number):
        raise InvalidInput([Fault("/other_number", say("Scan the other specimen."))])
    other = specimen_id_of(session, clean(number))
    if other == question.specimen_id:
        raise InvalidInput([Fault("/other_number", say("This is the same specimen. Scan the other one."))])
    return other


def _concerned(session: Session, event: CustodyEvent) -> set[int]:
    """Find the specimens whose fold looks at an event of no specimen: in the bag, or with its code registered."""
    if event.about is None:
        return set()
    carrying = session.scalars(select(Identifier.specimen_id).where(Identifier.value == event.about))
    return members_of(session, event.about, {}, {}) | set(carrying)


def _knows(session: Session, amendment: Amendment) -> bool:
    place, person = amendment.location_id, amendment.person_id
    return (place is None or place_of(session, place) is not None) and (
        person is None or bool(person_name(session, person))
    )


def _follow_link(session: Session, now: datetime, policy: Policy, event: CustodyEvent, specimen_id: int | None) -> None:
    """Let the number that a `link` stuck on a tube name its specimen as long as one such link holds."""
    if event.event is not Event.RE_IDENTIFIED or event.scan_id is None or specimen_id is None:
        return
    value = _linked_to(event.content)
    if not value:
        return
    if value in _links(session, specimen_id):
        claim(session, now, policy, specimen_id, system=LINK, kind="lis", value=value, at=event.effective_at)
    else:
        unlink(session, now, policy, specimen_id, value)


def _links(session: Session, specimen_id: int) -> set[str]:
    decided = fold(histories_of(session, [specimen_id])[specimen_id]).decided
    held = [one.fact.id for one in decided if one.fact.scan_id and isinstance(one.decision, Accepted)]
    contents = select(CustodyEvent.content).where(CustodyEvent.id.in_(held), CustodyEvent.event == Event.RE_IDENTIFIED)
    return {_linked_to(content) for content in session.scalars(contents)}


def _linked_to(content: str) -> str:
    return clean(json.loads(content).get("links_to") or "")


def _check(reason: str, is_said: bool) -> None:  # noqa: FBT001 - what was found out, not a switch
    faults = [] if reason.strip() else [Fault("/reason", say("Say why."))]
    if not is_said:
        faults.append(Fault("/how", say("Say what was otherwise.")))
    if faults:
        raise InvalidInput(faults)
