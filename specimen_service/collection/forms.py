"""The station's forms: from fields to the same plain values that the API makes, with every fault at its field."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from specimen_service.catalog.queries import Catalog
from specimen_service.collection.checks import NO_TEST, REQUIRED
from specimen_service.collection.draw_queries import DrawRow
from specimen_service.collection.facts import CollectionFacts, OrderRequest, SpecimenFacts
from specimen_service.collection.queries import PlannedOrder, PlannedTubeRow
from specimen_service.collection.readiness import has_fasted
from specimen_service.collection.rules import LATE, LATE_WITHOUT_REASON
from specimen_service.kernel.errors import Fault
from specimen_service.kernel.language import say, to_say
from specimen_service.orders.model import Priority
from specimen_service.patients.model import Identity, PatientFacts, Sex
from specimen_service.specimens.model import Source
from specimen_service.web.fields import Form

TWO_IDENTIFIERS = {
    Identity.CONFIRMED: {
        "name": to_say("Name said, and it matches"),
        "birth_date": to_say("Birth date said, and it matches"),
    },
    Identity.TEMPORARY: {
        "mrn": to_say("MRN on the wristband matches"),
        "second_sign": to_say("A second sign matches"),
    },
}
"""What is compared before the needle: two identifiers, never a room (CAP GEN.40491). Of somebody unknown it is the MRN on
the wristband and another sign: a description, who came along."""
_NO_TUBE = to_say("There is no tube left to collect.")
_ON_THE_FORM = {
    REQUIRED["family_name"]: to_say("The family name is required, or tick that the identity is not known yet."),
    REQUIRED["given_name"]: to_say("The given name is required, or tick that the identity is not known yet."),
    REQUIRED["birth_date"]: to_say("The birth date is required, or tick that the identity is not known yet."),
    LATE: to_say("This is more than 7 days ago. Check the date, or say why below."),
    NO_TEST: to_say("Tick at least one test."),
}
"""What speaks of the fields of the API there speaks of those of the form here."""
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Who:
    """Who stands at which station, and when."""

    username: str
    station: str
    zone: ZoneInfo
    now: datetime
    labels_first: bool
    """Whether labels print before the needle here."""


def sent_form(sent: MultiDict[str, str], *lists: str) -> Form:
    """Take over a sent form; `lists` are the names of its boxes to tick."""
    return Form(sent.to_dict(), ticked=frozenset(value for name in lists for value in sent.getlist(name)))


def order_request(form: Form, catalog: Catalog, zone: ZoneInfo, now: datetime) -> OrderRequest:
    """Make the order of a walk-in out of its form; what cannot be read is a fault of the form."""
    return OrderRequest(
        patient=PatientFacts(
            mrn=form.line("mrn", 40),
            mrn_authority="",
            family_name=form.line("family_name", 200),
            given_name=form.line("given_name", 200),
            birth_date=form.birth_date("birth_date"),
            sex=_word(Sex, form.values.get("sex"), Sex.UNKNOWN),
            identity=Identity.TEMPORARY if form.values.get("temporary") else Identity.CONFIRMED,
        ),
        tests=tuple(_wanted_tests(form, catalog)),
        priority=_word(Priority, form.values.get("priority"), Priority.ROUTINE),
        due_at=form.moment("due_at", zone, now),
        ordering_provider=form.line("ordering_provider", 120),
        ordering_site=form.line("ordering_site", 120),
    )


def collection_facts(
    form: Form, order: PlannedOrder, tubes: Sequence[PlannedTubeRow], draw: DrawRow | None, who: Who
) -> CollectionFacts:
    """Make the collection of the tubes of a draw out of its form and of what the draw knows by then.

    Where the labels come first it has no time yet, unless one is given: then the tubes were drawn before.
    """
    source = _word(Source, form.values.get("source"), Source.STAFF)
    given = form.moment("collected_at", who.zone, who.now)
    late_reason = form.line("late_reason", 120)
    if given and who.now - given > LATE_WITHOUT_REASON and not late_reason:
        form.faults["late_reason"] = say("That is more than 15 minutes ago. Choose why it is entered late.")
    labels_first = who.labels_first and not given and source is Source.STAFF and not (draw and draw.downtime)
    for tube in tubes:
        if tube.needs_site and not _site(form, tube):
            lacking = say("Say where it was taken: %(specimen)s needs the body site.", specimen=tube.type_name)
            form.faults[f"site-{tube.specimen_id}"] = lacking
    return CollectionFacts(
        patient=order.patient,
        specimens=tuple(_specimen(form, tube, draw) for tube in tubes),
        collected_at=given or (None if labels_first else who.now),
        labels_first=labels_first,
        collector=who.username,
        station=who.station,
        order_number=order.order_number,
        priority=order.priority,
        source=source,
        sender=form.line("sender", 120),
        ordering_provider=order.ordering_provider,
        ordering_site=order.ordering_site,
        late_reason=late_reason,
        band_number=form.line("band_number", 40),
        encounter=form.line("encounter", 40),
        patient_location=form.line("patient_location", 80),
        noted=_noted(draw),
    )


def hand_out_facts(order: PlannedOrder, tube: PlannedTubeRow, who: Who) -> CollectionFacts:
    """Make the hand-out of a container that the patient fills: nobody knows yet when."""
    return CollectionFacts(
        patient=order.patient,
        specimens=(SpecimenFacts(tube.type, tube.container, tube.tests, planned_id=tube.specimen_id),),
        collected_at=None,
        collector=who.username,
        station=who.station,
        order_number=order.order_number,
        priority=order.priority,
        source=Source.PATIENT,
        ordering_provider=order.ordering_provider,
        ordering_site=order.ordering_site,
    )


def born_as_said(form: Form, proof: str, birth_date: date | None) -> bool:
    """Tell whether the birth date is the one that the patient said: its `year`, or the whole `date`.

    What cannot be read becomes a fault of the form.
    """
    if birth_date is None:
        return False
    if proof == "date":
        said = form.birth_date("birth_date")
        if said is None:
            form.faults.setdefault(
                "birth_date", say("Type the birth date that the patient says, for example 14 MAR 1984.")
            )
        return said == birth_date
    year = form.line("birth_year", 4)
    if not re.fullmatch(r"[0-9]{4}", year):
        form.faults["birth_year"] = say("Type the four digits of the birth year that the patient says.")
    return year == str(birth_date.year)


def name_faults(form: Form, faults: Iterable[Fault], tubes: Sequence[PlannedTubeRow] = ()) -> None:
    """Put faults of the rules at the fields they are about, in plain words; a fault of the form itself comes first."""
    on_the_form = {say(one): say(other) for one, other in _ON_THE_FORM.items()}
    for fault in faults:
        parts = fault.pointer.strip("/").split("/")
        name = parts[-1]
        message = fault.message
        if parts[0] == "specimens":
            name = f"{parts[2]}-{tubes[int(parts[1])].specimen_id}" if len(parts) > 2 else "tubes"  # noqa: PLR2004 - /specimens/0/site
            message = message if len(parts) > 1 else say(_NO_TUBE)
        elif parts[0] == "tests":
            name = "tests"
        form.faults.setdefault(name, on_the_form.get(message, message))


def _specimen(form: Form, tube: PlannedTubeRow, draw: DrawRow | None) -> SpecimenFacts:
    key = tube.specimen_id
    return SpecimenFacts(
        type=tube.type,
        container=tube.container,
        tests=tube.tests,
        site=_site(form, tube),
        laterality=form.line(f"laterality-{key}", 20),
        method=form.line(f"method-{key}", 80),
        handling=form.line(f"handling-{key}", 20),
        fasting=has_fasted(draw.answers) if draw else None,
        volume_ml=form.number(f"volume_ml-{key}"),
        set_number=tube.set_number,
        downtime_number=draw.downtime.get(str(key), "") if draw else "",
        planned_id=key,
    )


def _site(form: Form, tube: PlannedTubeRow) -> str:
    """Return the place that was typed, or the one tapped."""
    return form.line(f"elsewhere-{tube.specimen_id}", 80) or form.line(f"site-{tube.specimen_id}", 80)


def _noted(draw: DrawRow | None) -> dict[str, object]:
    if draw is None:
        return {}
    noted: dict[str, object] = {"attempts": draw.attempts} if draw.attempts > 1 else {}
    return noted | ({"name_alert": True} if draw.is_alike else {})


def _wanted_tests(form: Form, catalog: Catalog) -> list[str]:
    typed = form.line("test_codes", 400).upper().replace(",", " ").split()
    ticked = [test for test in catalog.tests.values() if test.code in form.ticked]
    # A word by which a ticked test was found is no code of another one.
    found = " ".join(f"{test.code} {test.name}" for test in ticked).upper()
    codes = [word for word in typed if word in catalog.tests or word not in found]
    return list(dict.fromkeys([*(test.code for test in ticked), *codes]))


def _word(vocabulary: type[Word], value: str | None, otherwise: Word) -> Word:
    return vocabulary(value) if value in {word.value for word in vocabulary} else otherwise
