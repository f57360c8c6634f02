"""A tube whose label came before the needle and that was not filled: its label dies, and it is planned again."""

import uuid

from flask import Response, request

from specimen_service.audit.actions import record
from specimen_service.collection.chair_pages import COLLECTORS, pages
from specimen_service.collection.choices import FAILED_BECAUSE, NOT_GIVEN_BECAUSE
from specimen_service.collection.draw_actions import fail_tube, park_rest
from specimen_service.collection.model import Outcome
from specimen_service.collection.page_queries import orders_of_tube
from specimen_service.collection.queries import planned_order
from specimen_service.collection.sitting_pages import my_seat
from specimen_service.custody.actions import record_scans
from specimen_service.specimens.actions import policy_of
from specimen_service.web.kit import Visit, see_other


@pages.page("/collect/sitting/<accession>/not-obtained", who=COLLECTORS, methods=("POST",))
def not_drawn(visit: Visit, accession: str) -> Response:
    """Record why a labelled tube was not filled; its orders wait under `parked` for the tube planned in its place."""
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    number, _, reason = request.form.get("not_obtained", "").partition(":")
    tube = next((one for one in seat.sitting.tubes if one.number == number and one.is_issued), None)
    if tube is None or reason not in {*FAILED_BECAUSE, *NOT_GIVEN_BECAUSE}:
        return see_other(seat.url)
    policy = policy_of(visit.settings)
    scan = {"scan_id": str(uuid.uuid4()), "code": number, "action": "void", "scanned_at": visit.now.isoformat()}
    record_scans(visit.session, visit.now, visit.actor, [scan], sent_at=None, policy=policy)
    visit.session.expire_all()  # the scan wrote past the session's own objects
    planned_id = fail_tube(visit.session, visit.now, visit.actor, visit.settings, tube.specimen_id, reason)
    said = {"number": number, "reason": reason}
    patients = [seat.sitting.patient_id]
    record(
        visit.session, visit.now, visit.actor, "tube.not_obtained", subject=accession, patients=patients, detail=said
    )
    _park(visit, planned_id)
    return see_other(seat.url)


def _park(visit: Visit, planned_id: int) -> None:
    """Let the orders of a tube that is planned again wait: of several drawn together, only those it is of."""
    for number in orders_of_tube(visit.session, planned_id):
        order = planned_order(visit.session, number)
        if order is not None:
            park_rest(visit.session, visit.now, visit.actor, order, visit.station or "", Outcome.NOT_OBTAINED)
