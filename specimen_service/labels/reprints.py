"""Printing a label again: under which number, on which evidence, and what becomes of the old one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from specimen_service.audit.actions import record
from specimen_service.audit.model import Actor
from specimen_service.catalog.model import Container
from specimen_service.custody.actions import append_event
from specimen_service.custody.model import Event
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import Conflict, Fault, InvalidInput
from specimen_service.kernel.language import say
from specimen_service.kernel.numbers import grouped
from specimen_service.labels.actions import OPEN, cancel, locked_job, queue_label, refuse_unknown_printer
from specimen_service.labels.model import JobState, PrintJob, Proof, state_words
from specimen_service.labels.queries import ENDED, reprints_of
from specimen_service.labels.rules import Evidence, Refused, Reprint, Standing, limit_of, reprint
from specimen_service.labels.signatures import Signature
from specimen_service.settings import Settings
from specimen_service.specimens.actions import issue_label, policy_of, replace_label
from specimen_service.specimens.model import BarcodeOwner, Identifier, Label, LabelState, Specimen, Status
from specimen_service.specimens.queries import specimen_id_of

_AT_THE_CHAIR = frozenset({Status.ISSUED, Status.COLLECTED})
_CAME_OUT = frozenset({JobState.PRINTED, JobState.SENT})
_IN_DOUBT = frozenset({JobState.SENDING, JobState.UNKNOWN})


class Answer(StrEnum):
    """What a person says of a label that may or may not have come out."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class PrintRequest:
    """A wish for a label: on which printer, why, and what proves that it belongs on the tube."""

    printer: str
    reason: str = ""
    old_code: str = ""
    supervisor: Signature | None = None
    old_label_destroyed: bool = False


@dataclass(frozen=True)
class _Case:
    """One specimen's current label (None: it has none) with its print jobs, locked."""

    specimen: Specimen
    label: Label | None
    jobs: tuple[PrintJob, ...]


def print_again(
    session: Session, now: datetime, actor: Actor, settings: Settings, code: str, wish: PrintRequest
) -> PrintJob:
    """Queue a print of a specimen's label as `rules.reprint` allows; returns the job.

    Asked twice at once, it prints once: the second finds the first one's job waiting. Raises `NotFound`, `InvalidInput`
    for an undeclared printer or a missing reason, `Conflict` where the rules refuse or the label would not fit.
    """
    refuse_unknown_printer(settings, wish.printer)
    case = _case(session, specimen_id_of(session, code))
    waiting = _waiting_on(case, wish.printer)
    if waiting is not None:
        return waiting
    if case.label is not None and _is_another(session, case.label, code):
        newer = grouped(case.label.number)
        successor = say("This label was replaced by %(number)s. Print that one, if it is still wanted.", number=newer)
        raise Conflict(successor, code="replaced-label")
    decision = _decided(session, now, actor, settings, case, wish)
    was_reprint = any(job.reprint for job in case.jobs if job.state in OPEN)
    label = _label_for(session, now, actor, settings, case, decision, wish.reason)
    counted = was_reprint or decision is not Reprint.SAME_LABEL
    job = queue_label(
        session, now, actor, settings, label_id=label.id, printer=wish.printer, reason=wish.reason, reprint=counted
    )
    if job.state is JobState.FAILED:
        raise Conflict(job.error, code="label-does-not-fit")
    detail = {"reason": wish.reason, "kind": decision.value, "printer": wish.printer} | _signed(wish.supervisor)
    patient = case.specimen.patient_id
    record(session, now, actor, "label.printed_again", subject=label.number, patients=[patient], detail=detail)
    return job


def standing_of(session: Session, settings: Settings, code: str) -> Standing:
    """Return how it stands with a specimen's label, for a page that asks what a reprint takes; raises `NotFound`."""
    case = _case(session, specimen_id_of(session, code))
    return _standing(session, settings, case)


def resolve_job(
    session: Session, now: datetime, actor: Actor, settings: Settings, job_id: int, answer: Answer
) -> PrintJob:
    """Take a person's answer for a job in doubt and return the job.

    Not printed or damaged: its number is void and a label under a new number is queued on the same printer. Raises
    `NotFound`, or `Conflict` for a job that is not `unknown`.
    """
    label = session.scalar(select(Label).join(PrintJob, PrintJob.label_id == Label.id).where(PrintJob.id == job_id))
    case = _case(session, label.specimen_id) if label is not None else None
    job = locked_job(session, job_id)
    if job.state is not JobState.UNKNOWN:
        raise Conflict(
            say(
                "Print job %(job)s is %(state)s. Only one that is unknown takes an answer.",
                job=job_id,
                state=state_words(job.state),
            ),
            code="not-unknown",
        )
    job.proof = Proof.OPERATOR
    record(session, now, actor, "print_job.resolved", subject=str(job_id), detail={"answer": answer})
    if answer is Answer.PRINTED:
        job.state, job.error = JobState.PRINTED, ""
        return job
    why = say("It did not come out.") if answer is Answer.NOT_PRINTED else say("It came out damaged.")
    job.state, job.error = JobState.FAILED, f"{why} {say('So said %(person)s.', person=actor.name)}"
    if (
        case is not None
        and case.label is not None
        and case.label.id == job.label_id
        and case.specimen.status not in ENDED
    ):
        successor = _replace(session, now, actor, settings, case.label, why, LabelState.VOIDED)
        queue_label(session, now, actor, settings, label_id=successor.id, printer=job.printer, reason=why)
    return job


def _case(session: Session, specimen_id: int) -> _Case:
    # The specimen's row is what scans and other reprints lock too; all is read after the lock, as it stands now.
    specimen = session.get_one(Specimen, specimen_id, with_for_update=True, populate_existing=True)
    current = select(Label).where(Label.specimen_id == specimen_id, Label.state == LabelState.CURRENT)
    label = session.scalar(current.execution_options(populate_existing=True))
    if label is None:
        return _Case(specimen, None, ())
    jobs = select(PrintJob).where(PrintJob.label_id == label.id).order_by(PrintJob.id)
    return _Case(
        specimen, label, tuple(session.scalars(jobs.with_for_update().execution_options(populate_existing=True)))
    )


def _standing(session: Session, settings: Settings, case: _Case) -> Standing:
    specimen, states = case.specimen, {job.state for job in case.jobs}
    moved_on = specimen.verified or specimen.status not in _AT_THE_CHAIR
    unseen = not case.jobs and moved_on and case.label is not None  # it came out of something that is not in our ledger
    owner_is_other = specimen.barcode is BarcodeOwner.LIS
    asked_again = [job.created_at for job in case.jobs if job.reprint and job.state is not JobState.CANCELLED]
    return Standing(
        ended=specimen.status in ENDED,
        in_doubt=bool(states & _IN_DOUBT),
        came_out=bool(states & _CAME_OUT) or unseen,
        moved_on=moved_on,
        since=specimen.collected_at or specimen.since,
        may_relabel=session.get_one(Container, specimen.container_id).relabel,
        keeps_number=owner_is_other or settings.labels.reprint == "same-number",
        reprints=reprints_of(session, specimen.id),
        reprinted_at=max(asked_again, default=None),
    )


def _decided(
    session: Session, now: datetime, actor: Actor, settings: Settings, case: _Case, wish: PrintRequest
) -> Reprint:
    evidence = Evidence(
        _old_code_matches(session, case, wish.old_code), wish.supervisor is not None, wish.old_label_destroyed
    )
    limit = limit_of(actor.role, settings.labels.reprint_limit)
    decision = reprint(_standing(session, settings, case), evidence, now, limit)
    if isinstance(decision, Refused):
        raise Conflict(decision.message, code=decision.code)
    if decision is not Reprint.SAME_LABEL and not wish.reason.strip():
        raise InvalidInput([Fault("/reason", say("Say why the label is printed again."))])
    return decision


def _signed(signed: Signature | None) -> dict[str, object]:
    if signed is None:
        return {}
    return {"supervisor": signed.username, "statement": signed.text, "with_pin": signed.with_pin}


def _label_for(
    session: Session, now: datetime, actor: Actor, settings: Settings, case: _Case, decision: Reprint, reason: str
) -> Label:
    """Return the label to print, the waiting jobs of the old one cancelled, the old one retired where its number goes."""
    for job in case.jobs:
        if job.state in OPEN:
            instead = (
                say("Printed again instead: %(reason)s", reason=reason) if reason else say("Printed again instead.")
            )
            cancel(job, now, instead)
    if case.label is None:
        return issue_label(session, now, case.specimen.id, settings.numbers.block)
    if decision is Reprint.NEW_NUMBER:
        return _replace(session, now, actor, settings, case.label, reason, LabelState.REPLACED)
    if decision is Reprint.SAME_NUMBER:
        # The tube gets other paper: whoever sticks it on has to prove again that it is the right tube.
        _log(session, now, actor, settings, case.label, Event.RE_IDENTIFIED, reason)
    return case.label


def _replace(
    session: Session, now: datetime, actor: Actor, settings: Settings, label: Label, reason: str, retired: LabelState
) -> Label:
    successor = replace_label(session, now, label, settings.numbers.block, reason[:200], retired=retired)
    if retired is LabelState.VOIDED:
        _log(session, now, actor, settings, label, Event.VOIDED, reason)
    _log(session, now, actor, settings, successor, Event.RE_IDENTIFIED, reason)
    return successor


def _log(
    session: Session, now: datetime, actor: Actor, settings: Settings, label: Label, event: Event, reason: str
) -> None:
    append_event(
        session,
        now,
        actor,
        policy_of(settings),
        specimen_id=label.specimen_id,
        event=event,
        effective_at=now,
        code=label.number,
        detail={"reason": reason},
    )


def _waiting_on(case: _Case, printer: str) -> PrintJob | None:
    return next((job for job in case.jobs if job.state is JobState.QUEUED and job.printer == printer), None)


def _is_another(session: Session, current: Label, code: str) -> bool:
    """Tell whether a code is the number of a label, and not of the current one."""
    return session.scalar(select(Label.id).where(Label.number == code, Label.id != current.id)) is not None


def _old_code_matches(session: Session, case: _Case, old_code: str) -> bool | None:
    code = clean(old_code)
    if not code:
        return None
    if case.label is not None and code == case.label.number:
        return True
    if case.specimen.barcode is not BarcodeOwner.LIS:
        return False
    own = select(Identifier.id).where(Identifier.specimen_id == case.specimen.id, Identifier.value == code)
    return session.scalar(own.where(Identifier.kind == "lis")) is not None
