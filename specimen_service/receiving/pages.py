"""The bench where specimens come in: scan the place, then each tube; what was expected, came or is missing is beside it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, make_response, request

from specimen_service.audit.actions import record_look
from specimen_service.catalog.queries import containers
from specimen_service.custody.actions import record_scans
from specimen_service.custody.model import Reason
from specimen_service.custody.queries import repeated
from specimen_service.devices.model import device_words
from specimen_service.kernel.clock import moment, time_of_day
from specimen_service.kernel.codes import clean, is_number, is_product
from specimen_service.kernel.errors import Conflict, NotFound
from specimen_service.kernel.language import say, to_say
from specimen_service.kernel.numbers import Kind, grouped
from specimen_service.receiving.cards import Card
from specimen_service.receiving.forms import Bench, begun, bench_of, place_numbered
from specimen_service.receiving.queries import Tally, shipment_tally, tally
from specimen_service.receiving.review_pages import pages
from specimen_service.receiving.specimen_pages import LAB, card_in_hand
from specimen_service.shipments.queries import is_shipment
from specimen_service.specimens.actions import policy_of
from specimen_service.specimens.queries import specimen_details
from specimen_service.web.kit import Visit, see_other
from specimen_service.web.live import is_fragment, live
from specimen_service.web.scans import scan_of_form, sent_at
from specimen_service.web.wording import Answer, scan_answer

__all__ = ["pages"]


@dataclass(frozen=True)
class _Shown:
    """What one answer shows of a bench: the count (None: no place yet) and the specimen in hand (None: none)."""

    bench: Bench
    tally: Tally | None
    card: Card | None
    answer: Answer | None


@pages.page("/lab/receive", who=LAB, methods=("GET", "POST"))
def receive(visit: Visit) -> Response:
    """Show the bench; on POST, record one scan, or take a place's barcode as the place from here on."""
    bench = bench_of(visit)
    if request.method == "GET":
        if bench.place is not None and bench.after is None:
            bench = replace(begun(visit, bench, bench.place), shipment=bench.shipment)
        return bench.remember(_page(visit, _shown(visit, bench, None)))
    bench, answer = _scanned(visit, bench)
    if not is_fragment():
        return bench.remember(see_other(bench.url()))
    shown = _shown(visit, bench, answer)
    _look(visit, shown)
    response = make_response(visit.render("receiving/_scanned.html", **_values(visit, shown)))
    response.headers["X-Page"] = bench.url()
    return bench.remember(response)


@pages.page("/lab/receive/tally", who=LAB, polled=True)
def receive_tally(visit: Visit) -> Response:
    """Answer the live part: the count of the bench in the address."""
    bench = bench_of(visit)
    count = _count(visit, bench)
    shown = _Shown(bench, count, None, None)
    patients = count.patients if count else []
    return live(
        visit, "receive", count, patients, lambda: visit.render("receiving/_tally.html", **_values(visit, shown))
    )


def bench_step(bench: Bench, count: Tally | None, card: Card | None) -> str:
    """Say what to do next at the bench."""
    if bench.place is None:
        return say("Scan the barcode of the place where you receive, or choose it.")
    if card is not None and card.is_expired and card.may_be_rejected:
        return say("This one is past its limit. Reject it as too old, or go on if it is still of use.")
    if bench.action == "accept":
        sentence = to_say("Look at each tube at %(place)s: scan it to accept it, or choose what is wrong.")
        return say(sentence, place=bench.place.name)
    if bench.shipment:
        return _shipment_step(bench, count)
    if count is not None and count.missing_count == 0 and count.received:
        sentence = to_say("All that was expected at %(place)s is here. Scan whatever comes next.")
        return say(sentence, place=bench.place.name)
    return say("Scan each tube that came to %(place)s.", place=bench.place.name)


def _shipment_step(bench: Bench, count: Tally | None) -> str:
    number = grouped(bench.shipment)
    if count is not None and count.missing_count == 0 and count.received:
        sentence = to_say("All of shipment %(number)s is here. Scan whatever else is in it, or the next shipment.")
        return say(sentence, number=number)
    return say("Take each tube out of shipment %(number)s and scan it.", number=number)


def _page(visit: Visit, shown: _Shown) -> Response:
    _look(visit, shown)
    return make_response(visit.render("receiving/receive.html", **_values(visit, shown)))


def _values(visit: Visit, shown: _Shown) -> dict[str, Any]:
    return {
        "bench": shown.bench,
        "tally": shown.tally,
        "card": shown.card,
        "answer": shown.answer,
        "containers": containers(visit.session),
        "scan_id": str(uuid.uuid4()),
        "sentence": bench_step(shown.bench, shown.tally, shown.card),
    }


def _shown(visit: Visit, bench: Bench, answer: Answer | None) -> _Shown:
    return _Shown(bench, _count(visit, bench), _card(visit, bench.tube), answer)


def _count(visit: Visit, bench: Bench) -> Tally | None:
    if bench.place is None:
        return None
    if bench.shipment:
        return shipment_tally(visit.session, bench.shipment)
    return tally(visit.session, visit.now, bench.place.id, bench.after or 0)


def _card(visit: Visit, number: str) -> Card | None:
    if not number:
        return None
    try:
        return card_in_hand(visit, specimen_details(visit.session, number))
    except (NotFound, Conflict):
        return None


def _look(visit: Visit, shown: _Shown) -> None:
    patients: set[int] = set(shown.tally.patients if shown.tally else ())
    if shown.card is not None:
        patients.add(shown.card.specimen.patient.id)
    record_look(visit.session, visit.now, visit.actor, "receive", sorted(patients))


def _scanned(visit: Visit, bench: Bench) -> tuple[Bench, Answer]:
    code = clean(request.form.get("code", ""))
    if is_number(code, Kind.LOCATION):
        place = place_numbered(bench.places, code)
        if place is None:
            sentence = say("This place is not declared here. Scan the barcode of the place again.")
            return bench, Answer("wait", "alert", say("Place not known"), sentence)
        sentence = say("You receive at %(place)s.", place=place.name)
        return begun(visit, bench, place), Answer("info", "place", say("Place set"), sentence)
    if bench.place is None:
        sentence = say("Scan the barcode of your place first, then this tube again.")
        return bench, Answer("wait", "place", say("Where are you?"), sentence)
    is_bag = is_number(code, Kind.SHIPMENT)
    action, out_of = ("receive", None) if is_bag else (bench.action, bench.shipment or None)
    scan = scan_of_form(visit, action, location=bench.place.number, out_of=out_of)
    result = record_scans(
        visit.session, visit.now, visit.actor, [scan], sent_at=sent_at(), policy=policy_of(visit.settings)
    )[0]
    number = result["specimen"]["number"] if result["specimen"] else ""
    shipment = code if is_bag and is_shipment(visit.session, code) else bench.shipment
    return replace(bench, tube=number, shipment=shipment), _said(visit, action, code, result)


def _said(visit: Visit, action: str, code: str, result: Mapping[str, Any]) -> Answer:
    """Put the verdict on a scan into words; what changed nothing says quietly when it was done, and by whom."""
    earlier = repeated(visit.session, [result["scan_id"]]).get(result["scan_id"]) if result["scan_id"] else None
    if earlier is not None:
        is_today = earlier.at.astimezone(visit.zone).date() == visit.today
        time = (time_of_day if is_today else moment)(earlier.at, visit.zone)
        sentence = say("%(time)s by %(name)s.", time=time, name=device_words(earlier.by))
        word = say("Already accepted") if action == "accept" else say("Already received")
        return Answer("info", "info", word, sentence)
    word = say("Accepted") if action == "accept" else say("Received")
    said = scan_answer(result["outcome"], result["reason"], result["message"], code=code, accepted=word)
    if result["reason"] == Reason.UNKNOWN_NUMBER and not is_product(code):
        sentence = say("No specimen here has this number. Check that it is the specimen label. It waits under Review.")
        return replace(said, sentence=sentence)
    return said
