"""Enter in a field never submits by surprise: a scanner ends what it types with Enter, wherever the cursor is."""

import re
from pathlib import Path

import pytest

TEMPLATES = sorted((Path(__file__).parents[2] / "specimen_service").glob("*/templates/*.html"))
FORM = re.compile(r"(<form[^>]*>)(.*?)</form>", re.DOTALL)
FIELD = re.compile(r"ui\.field\(|<textarea|<input(?![^>]*type=\"(?:hidden|checkbox|radio)\")")
DOORS = {"sign_in.html", "pin.html", "own_pin.html", "wall_door.html"}
"""Where people type a secret and press Enter on purpose."""


def surprising(text):
    """Return the forms that send something on Enter: with a field to type in, and without the two things that hold it back."""
    forms = [form for form in FORM.finditer(text) if 'method="get"' not in form[1] and "data-scan" not in form[1]]
    kept = [("data-careful" in form[1] and "ui.no_enter()" in form[2]) for form in forms]
    return [form[1] for form, held in zip(forms, kept, strict=True) if FIELD.search(form[2]) and not held]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_form_is_sent_by_the_enter_of_a_scanner(template):
    assert template.name in DOORS or surprising(template.read_text("utf-8")) == []


def test_a_form_that_would_surprise_is_noticed():
    field = '<input name="seal">'
    assert surprising(f'<form method="post" data-careful>{field}</form><form method="post"></form>') != []
    assert surprising(f'<form method="post" data-careful>{{{{ ui.no_enter() }}}}{field}</form>') == []
