"""The form that asks for another print of a label."""

from collections.abc import Mapping

from specimen_service.kernel.errors import Conflict, InvalidInput, ServiceError
from specimen_service.kernel.language import say, to_say
from specimen_service.labels.reprints import PrintRequest
from specimen_service.labels.signatures import Claim, Signature
from specimen_service.web.fields import Form

REASONS = (
    to_say("Smudged or torn"),
    to_say("Does not scan"),
    to_say("Lost"),
    to_say("Text is wrong"),
    to_say("Wrong label size"),
)
"""Why a label is printed again, one tap each; another reason may be written."""
_FIELD_OF = {
    "relabel-needs-proof": "old_code",
    "wrong-old-code": "old_code",
    "reprint-limit": "badge",
    "not-signed": "pin",
    "signature-needs-pin": "pin",
    "destroy-old-label": "old_label_destroyed",
}
_SAID = {
    "relabel-needs-proof": to_say("Scan the old label on the tube, or let a supervisor sign."),
    "destroy-old-label": to_say("The new label has the same number: destroy the old one, then tick this."),
}


def reprint_form(values: Mapping[str, str]) -> Form:
    """Read what somebody filled in."""
    return Form(values, ticked=frozenset({"old_label_destroyed"} & set(values)))


def claim_of(form: Form) -> Claim | None:
    """Return the supervisor's statement, which always carries a PIN here; None: nobody signs."""
    badge, text = form.line("badge", 64), form.line("statement", 200)
    return Claim(badge, text or reason_of(form), form.values.get("pin", "")) if badge else None


def wish_of(form: Form, signed: Signature | None) -> PrintRequest:
    """Return what is asked for."""
    destroyed = "old_label_destroyed" in form.ticked
    return PrintRequest(form.line("printer", 80), reason_of(form), form.line("old_code", 100), signed, destroyed)


def reason_of(form: Form) -> str:
    """Return the reason tapped, or the one written."""
    return form.line("reason", 60) or form.line("other", 200)


def explain(form: Form, refusal: ServiceError) -> None:
    """Put a refusal beside the field that it is about."""
    if isinstance(refusal, InvalidInput):
        for fault in refusal.faults:
            field = fault.pointer.removeprefix("/")
            form.faults[{"supervisor": "badge", "reason": "other"}.get(field, field)] = fault.message
    elif isinstance(refusal, Conflict) or refusal.code in _FIELD_OF:
        said = _SAID.get(refusal.code)
        form.faults[_FIELD_OF.get(refusal.code, "printer")] = say(said) if said else str(refusal)
    else:
        raise refusal
