"""A child at the chair: the weight is asked first, and more blood than a day allows is stopped until it is less or approved."""

from http import HTTPStatus

from flask import Response, request

from specimen_service.catalog.queries import ContainerRow, containers
from specimen_service.collection.chair_pages import COLLECTORS, Chair, draw_of, my_chair, pages
from specimen_service.collection.steps import STOPPED, Step
from specimen_service.collection.volume import Band, Excess, daily_limit, excess, read_weight, smaller
from specimen_service.collection.volume_actions import approve, shrink, weigh
from specimen_service.collection.volume_queries import collected_ml
from specimen_service.kernel.errors import NotAllowed
from specimen_service.kernel.language import say, to_say
from specimen_service.web.fields import Form
from specimen_service.web.kit import Visit, see_other

LATER = to_say("Draw it later")
"""Why a tube that would be too much for today is not drawn: one of the reasons at the chair."""


def excess_of(visit: Visit, chair: Chair) -> Excess | None:
    """Tell by how much the tubes of a child's draw are over the day's limit; None: they are not, or it is approved."""
    if not chair.is_child or chair.draw is None or chair.draw.weight_kg is None:
        return None
    policy, weight_kg = visit.settings.collection, chair.draw.weight_kg
    bands = [Band(one.from_kg, one.up_to_kg, one.ml) for one in policy.pediatric_band]
    limit_ml = daily_limit(weight_kg, bands, policy.pediatric_ml_per_kg)
    if limit_ml is None:
        return None
    before = collected_ml(visit.session, visit.now, chair.order.patient_id)
    return excess(chair.blood_ml, before, weight_kg, limit_ml, chair.draw.approved_ml)


def volume_page(visit: Visit, chair: Chair, over: Excess, form: Form) -> str:
    """Render the STOP over more blood than a day allows; the look is the caller's to record."""
    values = {"order": chair.order, "smaller": _smaller(visit, chair), "later": LATER, "form": form}
    return visit.render("collection/volume.html", sentence=say(STOPPED), chair=chair, over=over, **values)


@pages.page("/collect/order/<number>/weight", who=COLLECTORS, methods=("POST",))
def weight(visit: Visit, number: str) -> Response:
    """Keep a child's weight, before the draw or corrected at the STOP; what is no weight is asked again."""
    chair = my_chair(visit, number)
    if isinstance(chair, Response) or not chair.is_child or chair.step not in {Step.READY, Step.DRAW}:
        return chair if isinstance(chair, Response) else see_other(chair.url)
    kg = read_weight(request.form.get("weight_kg", ""))
    if kg is None:
        return see_other(f"{chair.url}?weight=again")
    weigh(visit.session, visit.now, visit.actor, chair.order, draw_of(visit, chair), kg)
    return see_other(chair.url)


@pages.page("/collect/order/<number>/smaller", who=COLLECTORS, methods=("POST",))
def take_smaller(visit: Visit, number: str) -> Response:
    """Plan one tube in a smaller container of the same additive."""
    chair, over = _stopped(visit, number)
    if isinstance(chair, Response) or over is None:
        return chair if isinstance(chair, Response) else see_other(chair.url)
    key, _, code = request.form.get("smaller", "").partition(":")
    tube = next((one for one in chair.tubes if str(one.specimen_id) == key), None)
    offered = _smaller(visit, chair).get(tube.specimen_id, []) if tube else []
    container = next((one for one in offered if one.code == code), None)
    if tube is not None and container is not None:
        shrink(visit.session, visit.now, visit.actor, chair.order, tube, container)
    return see_other(chair.url)


@pages.page("/collect/order/<number>/volume", who=COLLECTORS, methods=("POST",))
def approve_volume(visit: Visit, number: str) -> Response | tuple[str, int]:
    """Let a supervisor approve the volume that the page showed, with badge and PIN; another one is shown first."""
    chair, over = _stopped(visit, number)
    if isinstance(chair, Response):
        return chair
    if over is None or request.form.get("total") != str(over.total_ml):
        return see_other(chair.url)
    form = Form({"badge": request.form.get("badge", "")})
    draw, badge = draw_of(visit, chair), form.line("badge", 64)
    try:
        approve(visit.session, visit.now, visit.actor, chair.order, draw, over, badge, request.form.get("pin", ""))
    except NotAllowed as error:
        form.faults["badge"] = str(error)
        return volume_page(visit, chair, over, form), HTTPStatus.UNPROCESSABLE_ENTITY
    return see_other(chair.url)


def _stopped(visit: Visit, number: str) -> tuple[Chair | Response, Excess | None]:
    chair = my_chair(visit, number)
    if isinstance(chair, Response):
        return chair, None
    return chair, excess_of(visit, chair) if chair.step is Step.DRAW else None


def _smaller(visit: Visit, chair: Chair) -> dict[int, list[ContainerRow]]:
    """Return the smaller containers that each tube of blood may go into, by internal id of the tube."""
    known = containers(visit.session)
    drawn = [tube for tube in chair.tubes if tube.is_drawn and tube.container in known]
    return {tube.specimen_id: smaller(known[tube.container], known.values()) for tube in drawn}
