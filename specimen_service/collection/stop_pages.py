"""A STOP at a sitting is acknowledged: by the button, by one's own badge, or by a supervisor's; who did is on record."""

from http import HTTPStatus

from flask import Response, request

from specimen_service.accounts.model import SUPERVISORS
from specimen_service.accounts.queries import PersonRow, person_by_badge
from specimen_service.audit.actions import record, record_look
from specimen_service.collection.chair_pages import COLLECTORS, pages
from specimen_service.collection.draw_actions import keep_after_all
from specimen_service.collection.sitting_pages import Seat, draw_to_write, my_seat, values_of
from specimen_service.kernel.codes import clean
from specimen_service.kernel.language import say
from specimen_service.web.kit import Visit, see_other


@pages.page("/collect/sitting/<accession>/acknowledge", who=COLLECTORS, methods=("POST",))
def acknowledge(visit: Visit, accession: str) -> Response | tuple[str, int]:
    """Note who saw the STOP, and let the sitting go on; anybody else's badge changes nothing.

    After the patient's no this says that it was a mistake: what was discarded for it counts again.
    """
    seat = my_seat(visit, accession)
    if isinstance(seat, Response):
        return seat
    if seat.draw is None or not seat.draw.stopped_by:
        return see_other(seat.url)
    badge = clean(request.form.get("badge", ""))
    signer = person_by_badge(visit.session, badge) if badge else None
    if badge and not _may_acknowledge(visit, signer):
        return _shown_again(visit, seat), HTTPStatus.UNPROCESSABLE_ENTITY
    said: dict[str, object] = {
        "stop": seat.draw.stopped_by["kind"],
        "by": signer.display_name if signer else visit.actor.name,
        "with": "badge" if signer else "button",
    }
    if discarded := seat.draw.stopped_by.get("discarded"):
        keep_after_all(visit.session, visit.now, visit.actor, visit.settings, discarded)
    draw_to_write(visit, seat).stopped_by = None
    patients = [seat.sitting.patient_id]
    record(
        visit.session, visit.now, visit.actor, "stop.acknowledged", subject=accession, patients=patients, detail=said
    )
    return see_other(seat.url)


def _may_acknowledge(visit: Visit, signer: PersonRow | None) -> bool:
    return signer is not None and (signer.id == visit.actor.id or signer.role in SUPERVISORS)


def _shown_again(visit: Visit, seat: Seat) -> str:
    record_look(visit.session, visit.now, visit.actor, "sitting", [seat.sitting.patient_id])
    unsigned = say("That badge is neither yours nor a supervisor's. Scan one of those.")
    return visit.render("collection/sitting.html", **values_of(visit, seat) | {"unsigned": unsigned})
