"""What all pages at the chair share: whose draw it is, and where it stands. Nobody goes on with another person's."""

from dataclasses import dataclass

from flask import Response

from specimen_service.accounts.model import Role
from specimen_service.accounts.queries import credential_notice_of
from specimen_service.collection.choices import OUTCOMES, in_words
from specimen_service.collection.draw_actions import begin, park, remaining
from specimen_service.collection.draw_queries import DrawRow, draw_elsewhere, is_alike_another, open_draw
from specimen_service.collection.facts import OrderName
from specimen_service.collection.forms import TWO_IDENTIFIERS
from specimen_service.collection.joint_actions import end_together, join
from specimen_service.collection.joint_queries import orders_at_hand, orders_to_draw
from specimen_service.collection.model import Draw, Outcome
from specimen_service.collection.page_queries import lock_order, sittings_of_order
from specimen_service.collection.queries import PlannedOrder, PlannedTubeRow, planned_order
from specimen_service.collection.readiness import Need, objections, open_questions
from specimen_service.collection.steps import Step, step_before
from specimen_service.collection.volume import is_child
from specimen_service.kernel.errors import NotAllowed, NotFound
from specimen_service.kernel.language import say
from specimen_service.patients.model import Identity
from specimen_service.web.kit import Pages, Visit, see_other

pages = Pages()
COLLECTORS = (Role.COLLECTOR, Role.SUPERVISOR, Role.ADMIN)
BIRTH_DATE = "birth_date"


@dataclass(frozen=True)
class Chair:
    """An order at the chair: its draw (None: nobody has begun), and whose hands it is in."""

    order: PlannedOrder
    draw: DrawRow | None
    other: DrawRow | None
    """Another person's draw of this patient; None: nobody else has one."""
    is_alike: bool
    """Whether another patient here has a very similar name and birthday."""
    is_challenge: bool
    """Whether the birth date is hidden, and what the patient says is typed and compared."""
    is_child: bool
    """Whether the site limits how much blood somebody of this age gives in a day."""

    @property
    def tubes(self) -> list[PlannedTubeRow]:
        """The tubes drawn this time, in order of draw."""
        return remaining(self.order, self.draw.left_out if self.draw else ())

    @property
    def needs(self) -> list[Need]:
        """What the tests of this draw need of the patient, each test once."""
        return list({need.code: need for tube in self.tubes for need in tube.needs}.values())

    @property
    def answers(self) -> dict[str, str]:
        """What was answered so far."""
        return self.draw.answers if self.draw else {}

    @property
    def identified(self) -> tuple[str, ...]:
        """Which identifiers were compared and match."""
        return self.draw.identified if self.draw else ()

    @property
    def identifiers(self) -> dict[str, str]:
        """The two identifiers to compare, in words."""
        return TWO_IDENTIFIERS[self.order.patient.identity]

    @property
    def proof(self) -> str:
        """What of the birth date is typed and compared: `year`, `date`, or nothing."""
        if self.order.patient.identity is Identity.TEMPORARY or self.order.patient.birth_date is None:
            return ""
        return "date" if self.is_challenge else "year" if self.is_alike else ""

    @property
    def hides(self) -> str:
        """What the banner hides of the birth date until it was said."""
        return "" if BIRTH_DATE in self.identified else self.proof

    @property
    def step(self) -> Step:
        """Where it stands."""
        asks = bool(open_questions(self.needs, self.answers) or objections(self.needs, self.answers))
        return step_before(self.identified, list(self.identifiers), asks=asks or self.asks_weight)

    @property
    def asks_weight(self) -> bool:
        """Whether the patient is to be weighed first: a child of whom blood is drawn."""
        return self.is_child and (self.draw is None or self.draw.weight_kg is None) and bool(self.blood_ml)

    @property
    def draws_blood(self) -> bool:
        """Whether any tube of this draw is filled with a needle."""
        return any(tube.is_drawn for tube in self.tubes)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Why the patient may not be ready, in words; to have fasted is asked for blood alone."""
        return in_words(one for one in OUTCOMES if self.draws_blood or one[0] is not Outcome.NOT_FASTING)

    @property
    def blood_ml(self) -> list[float]:
        """The millilitres of each tube of blood drawn this time."""
        return [tube.volume_ml for tube in self.tubes if tube.is_drawn and tube.volume_ml]

    @property
    def url(self) -> str:
        """The page of this order."""
        return f"/collect/order/{self.order.order_number}"


def chair_of(visit: Visit, number: str) -> Chair | Response:
    """Find an order with tubes to collect; one without leads on to what came of it. Raises `NotFound` or `NotAllowed`.

    Orders that this person draws together are one chair: the first of them leads, and its page is that of all.
    """
    order = planned_order(visit.session, number)
    if order is None:
        raise NotFound("order", number)
    lead, *beside = _drawn_with(visit, order)
    if lead.number != number:
        return see_other(f"/collect/order/{lead.number}")
    order = (planned_order(visit.session, number, beside) if beside else None) or order
    if not order.tubes:
        # Collected already, by a double click or by somebody else: go to what came of it.
        accessions = sittings_of_order(visit.session, number)
        return see_other(f"/collect/sitting/{accessions[0]}" if accessions else "/")
    require_credential(visit)
    draw = open_draw(visit.session, number)
    is_mine = draw is not None and draw.person_id == visit.actor.id
    other = None if is_mine else draw or draw_elsewhere(visit.session, order.patient_id, visit.actor.id)
    alike = draw.is_alike if draw else is_alike_another(visit.session, visit.now, order.patient_id, order.patient)
    policy, today = visit.settings.collection, visit.today
    child = policy.limits_children and is_child(order.patient.birth_date, today, policy.pediatric_under_years)
    challenge = policy.identify == "challenge"
    return Chair(order, draw, other, is_alike=alike, is_challenge=challenge, is_child=child)


def require_credential(visit: Visit) -> None:
    """Raise `NotAllowed` for somebody whose credential has expired: others draw. What was drawn already goes on."""
    notice = credential_notice_of(visit.session, visit.actor.id, visit.today)
    if notice is not None and notice.expired:
        remedy = say("A colleague can go on with this draw under their own badge.")
        raise NotAllowed(f"{notice.sentence} {remedy}")


def _drawn_with(visit: Visit, order: PlannedOrder) -> list[OrderName]:
    """List the orders that this person draws together with this one, the leading one first; alone: itself."""
    itself = OrderName(order.order_id, order.order_number)
    at_hand = orders_at_hand(visit.session, order.patient_id, visit.actor.id)
    can_join = at_hand and itself in orders_to_draw(visit.session, visit.now, order.patient_id)
    return at_hand if itself in at_hand or can_join else [itself]


def my_chair(visit: Visit, number: str) -> Chair | Response:
    """Find an order to act on, locked; where somebody else has it, lead to the page that offers to take it over."""
    lock_order(visit.session, number)
    chair = chair_of(visit, number)
    if isinstance(chair, Chair) and chair.other is not None:
        return see_other(chair.url)
    return chair


def draw_of(visit: Visit, chair: Chair) -> Draw:
    """Return the draw to write to; the first act of a person begins it, with all that the patient can have drawn now."""
    if chair.draw is not None:
        return visit.session.get_one(Draw, chair.draw.id)
    order, others = chair.order, orders_to_draw(visit.session, visit.now, chair.order.patient_id)
    draw = begin(visit.session, visit.now, visit.actor, visit.station or "", order, is_alike=chair.is_alike)
    for other in others:
        if other.id != order.order_id:
            join(visit.session, visit.now, visit.actor, draw, order, other)
    return draw


def left_early(visit: Visit, chair: Chair, outcome: Outcome) -> Draw:
    """End a draw early, and with it those of the orders that were drawn together with it."""
    draw = draw_of(visit, chair)
    _, *beside = orders_at_hand(visit.session, chair.order.patient_id, visit.actor.id)
    end_together(visit.session, visit.now, draw, [one.id for one in beside], outcome)
    park(visit.session, visit.now, visit.actor, chair.order, draw, outcome)
    return draw
