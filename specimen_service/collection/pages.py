"""All pages of the station, and the registration of a walk-in."""

from http import HTTPStatus

from flask import Response, request
from werkzeug.datastructures import MultiDict

from specimen_service.catalog.queries import Catalog, ContainerRow, TestRow
from specimen_service.catalog.queries import catalog as catalog_of
from specimen_service.collection import (
    closing_pages,
    draw_pages,
    not_drawn_pages,
    sitting_pages,
    stop_pages,
    tube_pages,
    worklist_pages,
)
from specimen_service.collection.actions import place_order
from specimen_service.collection.chair_pages import COLLECTORS, pages
from specimen_service.collection.checks import order_faults
from specimen_service.collection.choices import in_words
from specimen_service.collection.forms import name_faults, order_request, sent_form
from specimen_service.kernel.errors import InvalidInput
from specimen_service.kernel.language import to_say
from specimen_service.web.fields import Form
from specimen_service.web.kit import Visit, see_other

__all__ = [
    "closing_pages",
    "draw_pages",
    "not_drawn_pages",
    "pages",
    "sitting_pages",
    "stop_pages",
    "tube_pages",
    "worklist_pages",
]

_SEXES = (
    ("U", to_say("Not known")),
    ("F", to_say("Female")),
    ("M", to_say("Male")),
    ("O", to_say("Other")),
    ("A", to_say("Ambiguous")),
    ("N", to_say("Not applicable")),
)


@pages.page("/collect/new", who=COLLECTORS, methods=("GET", "POST"))
def walk_in(visit: Visit) -> Response | str | tuple[str, int]:
    """Register a walk-in patient with the tests wanted, and go on to the draw."""
    catalog = catalog_of(visit.session)
    if request.method == "GET":
        return _walk_in_page(visit, Form(MultiDict()), catalog)
    form = sent_form(request.form, "tests")
    wanted = order_request(form, catalog, visit.zone, visit.now)
    today = visit.today
    name_faults(form, order_faults(wanted, catalog, today))
    if not form.faults:
        try:
            placed = place_order(visit.session, visit.now, visit.actor, today, wanted)
            return see_other(f"/collect/order/{placed.number}")
        except InvalidInput as error:
            name_faults(form, error.faults)
    return _walk_in_page(visit, form, catalog), HTTPStatus.UNPROCESSABLE_ENTITY


def _walk_in_page(visit: Visit, form: Form, catalog: Catalog) -> str:
    return visit.render("collection/walk_in.html", form=form, sexes=in_words(_SEXES), groups=_by_container(catalog))


def _by_container(catalog: Catalog) -> list[tuple[ContainerRow, list[TestRow]]]:
    groups = [
        (one, [test for test in catalog.tests.values() if test.container_id == one.id])
        for one in catalog.containers.values()
    ]
    return [(one, tests) for one, tests in groups if tests]
