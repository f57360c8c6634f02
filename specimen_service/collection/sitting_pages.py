"""A sitting after Collected: labels print, and each is scanned on its tube; it survives reload at every step."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from flask import Response, request

from specimen_service.audit.actions import record, record_look
from specimen_service.collection.chair_pages import COLLECTORS, pages
from specimen_service.collection.choices import FAILED_BECAUSE, HANDLINGS, SKIPPED_BECAUSE, by_name, in_words
from specimen_service.collection.draw_actions import draw_for, mark_collected
from specimen_service.collection.draw_queries import DrawRow, draw_of_collection
from specimen_service.collection.missed_queries import left_for_later
from specimen_service.collection.model import Draw
from specimen_service.collection.page_queries import is_registered, patient_of_number
from specimen_service.collection.printer_pages import printer_of, printer_pill, to_calibrate, trouble_of, waits_for
from specimen_service.collection.queries import Sitting, SittingTubeRow, sitting
from specimen_service.collection.sitting_forms import (
    left_said,
    name_shortened,
    out_of_turn,
    out_step,
    says_no,
    scan_said,
    wrong_tube,
)
from specimen_service.collection.steps import (
    STOPPED,
    TO_OPEN,
    Step,
    TubeStep,
    next_step,
    not_scanned,
    parked_by,
    step_after,
)
from specimen_service.custody.actions import claim, record_scans
from specimen_service.kernel.clock import time_of_day
from specimen_service.kernel.codes import clean
from specimen_service.kernel.errors import NotFound
from specimen_service.kernel.language import say, say_many, to_say_many
from specimen_service.kernel.numbers import checks, looks_like_number
from specimen_service.labels.model import BROWSER, JobState
from specimen_service.labels.queries import fallback_rows
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.model import NO_LIMIT, Source, Status
from specimen_service.web.fields import Form
from specimen_service.web.kit import Visit, see_other
from specimen_service.web.live import is_fragment, live
from specimen_service.web.scans import scan_of_form, sent_at
from specimen_service.web.wording import Answer

AT_THE_CHAIR = frozenset({Status.ISSUED, Status.COLLECTED, Status.VERIFIED})
_PARTS = ("_sitting_now", "_sitting_answer", "_sitting_tubes", "_sitting_label", "_sitting_facts")
CLOTS_IN = timedelta(minutes=30)
"""How long serum clots before it is spun (CLSI GP44)."""
HANDLING_WORDS = {key: words for key, words in HANDLINGS if key and key != "AMB"}
_OF_ANOTHER = "wrong_collection"
SAYS_NO = "says_no"
"""The kind of the STOP at which the patient says that a label is not theirs: its tubes are discarded already."""


@dataclass(frozen=True)
class Seat:
    """A sitting with its draw (None: another program recorded it, and nobody has gone on with it here)."""

    sitting: Sitting
    draw: DrawRow | None

    @property
    def url(self) -> str:
        """The page of this sitting."""
        return f"/collect/sitting/{self.sitting.accession}"

    @property
    def steps(self) -> list[TubeStep]:
        """Its tubes as the next step needs them."""
        skipped = self.draw.skipped if self.draw else ()
        return [_step(tube, skipped) for tube in self.sitting.tubes]

    @property
    def is_out(self) -> bool:
        """Whether the patient has the containers at home."""
        return self.sitting.source is Source.PATIENT and any(tube.is_issued for tube in self.sitting.tubes)

    @property
    def step(self) -> Step:
        """Where it stands."""
        ended = self.draw is not None and self.draw.ended_at is not None
        gone = not any(tube.status in AT_THE_CHAIR for tube in self.sitting.tubes)
        return step_after(self.steps, agreed=ended or (gone and self.stop_kind != SAYS_NO))

    @property
    def stop_kind(self) -> str:
        """What stops it; empty: nothing does."""
        return self.draw.stopped_by["kind"] if self.draw and self.draw.stopped_by else ""

    @property
    def turn(self) -> SittingTubeRow | None:
        """The tube whose label is to be scanned next; None: none is left."""
        left = zip(self.sitting.tubes, self.steps, strict=True)
        return next((tube for tube, step in left if not step.verified and not step.skipped), None)

    @property
    def bottle(self) -> SittingTubeRow | None:
        """The bottle whose label was verified and whose own code is wanted; None: there is none."""
        wanting = zip(self.sitting.tubes, self.steps, strict=True)
        return next((tube for tube, step in wanting if step.wants_bottle_code), None)

    def is_of(self, visit: Visit) -> bool:
        """Tell whether this person may go on with it."""
        return self.draw is None or self.draw.ended_at is not None or self.draw.person_id == visit.actor.id


def seat_of(visit: Visit, accession: str) -> Seat:
    """Find a sitting and its draw; raises `NotFound`."""
    found = sitting(visit.session, accession)
    if found is None:
        raise NotFound("draw", accession)
    return Seat(found, draw_of_collection(visit.session, found.collection_id))


def my_seat(visit: Visit, accession: str) -> Seat | Response:
    """Find a sitting to act on; of another person's the page is sent for anew, which says whose it is."""
    seat = seat_of(visit, accession)
    if seat.is_of(visit):
        return seat
    return Response("", HTTPStatus.FORBIDDEN) if is_fragment() else see_other(seat.url)


def draw_to_write(visit: Visit, seat: Seat) -> Draw:
    """Return the draw of a sitting to write to, begun now where there is none."""
    return draw_for(visit.session, visit.now, visit.actor, seat.sitting, seat.draw)


@pages.page("/collect/sitting/<accession>", who=COLLECTORS)
def sitting_page(visit: Visit, accession: str) -> str:
    """Show a sitting at its present step, to whose it is; to others, whose it is."""
    seat = seat_of(visit, accession)
    record_look(visit.session, visit.now, visit.actor, "sitting", [seat.sitting.patient_id])
    if not seat.is_of(visit):
        return _whose(visit, seat)
    if seat.is_out:
        return handed_out(visit, seat)
    return visit.render("collection/sitting.html", **values_of(visit, seat))


def handed_out(visit: Visit, seat: Seat, form: Form | None = None) -> str:
    """Show a sitting whose containers are with the patient; `form` is what was filled in of their coming back."""
    return visit.render(
        "collection/handed_out.html",
        seat=seat,
        sitting=seat.sitting,
        form=form,
        fallbacks=fallback_rows(visit.session, visit.settings, visit.now),
        sentence=out_step(visit.now - seat.sitting.recorded_at, len(seat.sitting.tubes)),
    )


@pages.page("/collect/sitting/<accession>/tubes", who=COLLECTORS, polled=True)
def sitting_fragment(visit: Visit, accession: str) -> Response:
    """Answer what changes by itself while labels print."""
    seat = seat_of(visit, accession)
    if not seat.is_of(visit):
        return Response("", HTTPStatus.UNAUTHORIZED)  # taken over meanwhile: the page anew says by whom
    values = values_of(visit, seat)
    parts = ("_sitting_now", "_sitting_tubes", "_sitting_label", "_sitting_facts")
    return live(visit, "sitting", values, [seat.sitting.patient_id], lambda: _rendered(visit, parts, values))


@pages.page("/collect/sitting/<accession>/scan", who=COLLECTORS, methods=("POST",))
def verify(visit: Visit, accession: str) -> Response | str:
    """Record the scan of a label on its tube against this sitting, and say what came of it."""
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    # Behind a STOP nothing is recorded: that tube is simply not verified, and is scanned again.
    return _answered(visit, accession, None if seat.draw and seat.draw.stopped_by else _scanned(visit, seat))


@pages.page("/collect/sitting/<accession>/confirm", who=COLLECTORS, methods=("POST",))
def confirm(visit: Visit, accession: str) -> Response | str:
    """Verify a label that was scanned out of turn, after a look at the tube in the hand; or wait for another scan."""
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    draw, answer = draw_to_write(visit, seat), None
    number, draw.to_confirm = draw.to_confirm, ""
    if number and request.form.get("answer") == "right":
        _note(visit, seat, "tube.confirmed_out_of_turn", {"number": number})
        scan = scan_of_form(visit, "verify", collection=accession, code=number, entry="scanned")
        answer = _verified(visit, seat, draw, scan)
    return _answered(visit, accession, answer)


def collect(visit: Visit, seat: Seat, number: str) -> None:
    """Mark a tube collected now, of which the label came before the needle; any other stays as it is."""
    tube = next((one for one in seat.sitting.tubes if one.number == number and one.is_issued), None)
    if tube is not None:
        at = seat.sitting
        mark_collected(visit.session, visit.now, visit.actor, visit.settings, at.collection_id, [tube.specimen_id])


def values_of(visit: Visit, seat: Seat, answer: Answer | None = None) -> dict[str, object]:
    """Return what the templates of a sitting show, at whatever step it is."""
    now_at, steps = seat.sitting, seat.steps
    printer = printer_of(visit, now_at)
    trouble = printer and trouble_of(visit, printer)
    stop = _open_stop(seat)
    at_hand = seat.bottle or seat.turn
    return {
        "seat": seat,
        "sitting": now_at,
        "answer": stop or answer or _to_confirm(seat),
        "unsigned": "",
        "stop_kind": seat.stop_kind,
        "asks": bool(seat.draw and seat.draw.to_confirm) and stop is None,
        "sentence": say(STOPPED)
        if stop
        else _done(visit, seat)
        if seat.step is Step.DONE
        else next_step(steps, trouble or None),
        "step": seat.step,
        "verified": sum(tube.verified for tube in now_at.tubes),
        "not_scanned": not_scanned(sum(not tube.verified for tube in steps), len(steps)),
        "next_tube": at_hand or now_at.tubes[0],
        "turn": at_hand.position if at_hand else 0,
        "shortened": _shortened(now_at),
        "printer": printer_pill(printer) if printer else None,
        "from_page": [tube.job_id for tube in now_at.tubes if _is_for_page(tube)],
        "move_from": printer.name if trouble and printer and waits_for(now_at, printer) else "",
        "fallbacks": fallback_rows(visit.session, visit.settings, visit.now),
        "to_calibrate": to_calibrate(visit, printer),
        "skipped_because": by_name(SKIPPED_BECAUSE),
        "failed_because": by_name(FAILED_BECAUSE),
        "skipped": seat.draw.skipped if seat.draw else (),
        "attempts": seat.draw.attempts if seat.draw else 1,
        "places": _places(visit),
        "left": left_said(left_for_later(visit.session, seat.draw.left_out)) if seat.draw else "",
        "half_hour": CLOTS_IN,
        "handling_words": dict(in_words(HANDLING_WORDS.items())),
    }


def _scanned(visit: Visit, seat: Seat) -> Answer | None:
    code = clean(request.form.get("code", ""))
    tube = next((one for one in seat.sitting.tubes if one.number == code), None)
    turn = seat.turn
    early = tube is not None and not tube.verified and turn is not None and tube.container != turn.container
    draw = draw_to_write(visit, seat)
    if early:
        # Kept as seen, so that the scan itself is on record whatever the look at the tube says.
        scan = scan_of_form(visit, "see", collection=seat.sitting.accession)
        record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy_of(visit.settings))
        draw.to_confirm = code
        return None
    draw.to_confirm = ""
    return _verified(visit, seat, draw, scan_of_form(visit, "verify", collection=seat.sitting.accession))


def _answered(visit: Visit, accession: str, answer: Answer | None) -> str:
    """Show a sitting as it is after a scan: the parts that may have changed, or all of it where there is no script."""
    seat = seat_of(visit, accession)
    record_look(visit.session, visit.now, visit.actor, "sitting", [seat.sitting.patient_id])
    values = values_of(visit, seat, answer)
    return _rendered(visit, _PARTS, values) if is_fragment() else visit.render("collection/sitting.html", **values)


def _verified(visit: Visit, seat: Seat, draw: Draw, scan: dict[str, str | None]) -> Answer | None:
    code = clean(scan["code"] or "")
    bottle, policy = _bottle_of(visit, seat, code), policy_of(visit.settings)
    if bottle is not None:
        claim(visit.session, visit.now, policy, bottle.specimen_id, system="manufacturer", kind="bottle", value=code)
    collect(visit, seat, code)
    result = record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy)[0]
    if result["reason"] == _OF_ANOTHER:
        same = patient_of_number(visit.session, result["specimen"]["number"]) == seat.sitting.patient_id
        draw.stopped_by = {"kind": "wrong_tube", "scan_id": scan["scan_id"], "same_patient": same}
        visit.session.flush()
        _note(visit, seat, "stop.shown", {"stop": "wrong_tube", "same_patient": same})
        return None
    return scan_said(result, code, bottle.position if bottle else None)


def _whose(visit: Visit, seat: Seat) -> str:
    name = seat.draw.person_name if seat.draw else ""
    done = sum(tube.verified for tube in seat.sitting.tubes)
    sentence = parked_by(name, seat.step, done, len(seat.sitting.tubes))
    collected = _already(visit, seat)
    return visit.render(
        "collection/take_over.html", sentence=sentence, patient=seat.sitting.patient, url=seat.url, collected=collected
    )


_COLLECTED_TODAY = to_say_many(
    "%(tests)s was collected today %(time)s by %(person)s. Do not draw again.",
    "%(tests)s were collected today %(time)s by %(person)s. Do not draw again.",
)
_COLLECTED_BEFORE = to_say_many(
    "%(tests)s was collected before, at %(time)s by %(person)s. Do not draw again.",
    "%(tests)s were collected before, at %(time)s by %(person)s. Do not draw again.",
)


def _already(visit: Visit, seat: Seat) -> str:
    at, tubes = seat.sitting.collected_at, [one for one in seat.sitting.tubes if one.status is not Status.REJECTED]
    if at is None or not tubes:
        return ""
    codes = list(dict.fromkeys(code for tube in tubes for code in tube.tests))
    today = at.astimezone(visit.zone).date() == visit.today
    one, many = _COLLECTED_TODAY if today else _COLLECTED_BEFORE
    said = {"time": time_of_day(at, visit.zone), "person": seat.sitting.collector_name}
    return say_many(one, many, max(1, len(codes)), tests=", ".join(codes) or say("This"), **said)


def _done(visit: Visit, seat: Seat) -> str:
    here = [tube for tube in seat.sitting.tubes if tube.status in AT_THE_CHAIR]
    due = min((tube.due_at for tube in here if tube.due_at < NO_LIMIT), default=None)
    if not here:
        return say("Nothing is left to do here: these tubes have gone on.")
    if due is None:
        return say_many(
            "Done. Put the tube where tubes are picked up.",
            "Done. Put the %(count)s tubes where they are picked up.",
            len(here),
        )
    return say_many(
        "Done. Put the tube where tubes are picked up. Pick-up is due by %(time)s.",
        "Done. Put the %(count)s tubes where they are picked up. Pick-up is due by %(time)s.",
        len(here),
        time=time_of_day(due, visit.zone),
    )


def _places(visit: Visit) -> dict[str, str]:
    """Name where tubes are left and where they go: the station's location, and the laboratory that receives."""
    station = next((one for one in visit.settings.station if one.name == visit.station), None)
    laboratory = next((one.name for one in visit.settings.location if "lab" in one.kind), "")
    return {"here": station.location if station else "", "to": laboratory}


def _step(tube: SittingTubeRow, skipped: tuple[str, ...]) -> TubeStep:
    return TubeStep(
        position=tube.position,
        name=tube.container_name,
        verified=tube.verified,
        wants_bottle_code=tube.verified and tube.own_barcode and not tube.bottle_code,
        job_state=TO_OPEN if _is_for_page(tube) else tube.job_state,
        job_error=tube.job_error,
        skipped=tube.number in skipped or tube.status not in AT_THE_CHAIR,
        to_draw=tube.is_issued,
    )


def _is_for_page(tube: SittingTubeRow) -> bool:
    return tube.printer == BROWSER and tube.job_state is JobState.QUEUED and not tube.verified


def _shortened(now_at: Sitting) -> tuple[str, str]:
    """Say which name a label of this sitting has in place of the whole one, and of which specimen; empty: none."""
    said = ((name_shortened(now_at.patient, tube.printed_name), tube.number) for tube in now_at.tubes)
    return next((one for one in said if one[0]), ("", ""))


def _bottle_of(visit: Visit, seat: Seat, code: str) -> SittingTubeRow | None:
    """Find the bottle whose own code this is."""
    if not code or (looks_like_number(code) and checks(code)) or is_registered(visit.session, code):
        return None
    return seat.bottle


def _open_stop(seat: Seat) -> Answer | None:
    stop = seat.draw.stopped_by if seat.draw else None
    if not stop:
        return None
    if seat.stop_kind == SAYS_NO:
        return says_no()
    return wrong_tube(seat.sitting.patient, same_patient=stop["same_patient"])


def _to_confirm(seat: Seat) -> Answer | None:
    number = seat.draw.to_confirm if seat.draw else ""
    tube = next((one for one in seat.sitting.tubes if number and one.number == number), None)
    if tube is None or seat.turn is None:
        return None
    return out_of_turn(tube.container_name, seat.turn.container_name, seat.turn.position)


def _note(visit: Visit, seat: Seat, act: str, detail: dict[str, object]) -> None:
    patients = [seat.sitting.patient_id]
    record(visit.session, visit.now, visit.actor, act, subject=seat.sitting.accession, patients=patients, detail=detail)


def _rendered(visit: Visit, parts: tuple[str, ...], values: dict[str, object]) -> str:
    return "".join(visit.render(f"collection/{part}.html", **values) for part in parts)
