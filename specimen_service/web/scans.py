"""A scan as the scan box of a page sends it; without its script the server fills in the id and the time."""

import uuid
from datetime import datetime

from flask import request

from specimen_service.web.kit import Visit


def scan_of_form(visit: Visit, action: str, **besides: str | None) -> dict[str, str | None]:
    """Make the raw scan of a sent form, with what the page knows besides."""
    form = request.form
    return {
        "scan_id": form.get("scan_id") or str(uuid.uuid4()),
        "code": form.get("code", ""),
        "action": action,
        "scanned_at": form.get("scanned_at") or visit.now.isoformat(),
        "entry": form.get("entry") or "typed",
        **besides,
    }


def sent_at() -> datetime | None:
    """Return the time on the browser's clock when it sent the form; None: it did not say, or not readably."""
    try:
        said = datetime.fromisoformat(request.form.get("sent_at", ""))
    except ValueError:
        return None
    return said if said.tzinfo else None
