"""What a shipment prints, as the bytes of a language (pure)."""

from datetime import datetime

from printers.fit import FitError, UndrawableTextError
from printers.languages import Language, render
from printers.languages.pdf import pdf
from printers.stocks import STOCKS
from specimen_service.kernel.errors import Conflict
from specimen_service.kernel.language import say
from specimen_service.settings import ServiceSection, Settings
from specimen_service.shipments.manifest import manifest_of, manifest_pages, shipment_label
from specimen_service.shipments.queries import ShipmentDetails

_LABEL_STOCK, _LABEL_DPI, _PAGE_DPI = "2x1in", 203, 300


def manifest_pdf(details: ShipmentDetails, settings: Settings, now: datetime) -> bytes:
    """Draw the manifest for an office printer; raises `Conflict` for a letter that no installed font has."""
    service = settings.service
    try:
        pages = manifest_pages(manifest_of(details, _site(service), now, service.zone), service.zone)
        return pdf(pages, _PAGE_DPI)
    except FitError as error:
        raise Conflict(_said(error), code="manifest-does-not-fit") from error


def label_bytes(details: ShipmentDetails, settings: Settings, language: Language) -> bytes:
    """Draw the shipment's label, 2 x 1 in, in a language of printers; raises `Conflict` as `manifest_pdf` does."""
    try:
        label = shipment_label(details, _site(settings.service), STOCKS[_LABEL_STOCK])
        return render(label, language, _LABEL_DPI)
    except FitError as error:
        raise Conflict(_said(error), code="label-does-not-fit") from error


def _site(service: ServiceSection) -> str:
    return f"TRAINING · {service.site_name}" if service.training else service.site_name


def _said(error: FitError) -> str:
    if not isinstance(error, UndrawableTextError):
        return str(error)  # a fault of the layout itself: what is too long is shortened
    return say(
        "The label's %(field)s holds the character %(character)s, which no installed font can draw. "
        "Install the fonts for more scripts (%(missing)s).",
        field=error.field.replace("_", " "),
        character=error.character,
        missing=error.missing,
    )
