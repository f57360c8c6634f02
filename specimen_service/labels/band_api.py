"""Wristbands over HTTP: the band of a specimen's patient, for a printer that holds bands; no URL names a patient."""

from http import HTTPStatus

from printers.fit import FitError
from printers.label import Use
from printers.languages import Language, render
from printers.stocks import STOCKS
from specimen_service.api.kit import Api, Call, Reply
from specimen_service.audit.actions import record_look
from specimen_service.devices.model import Profile
from specimen_service.kernel.errors import Conflict
from specimen_service.labels.band import band_label
from specimen_service.labels.band_queries import band_text
from specimen_service.labels.fit_words import fault_of
from specimen_service.settings import Settings

api = Api("bands")

_USUAL_BAND, _USUAL_DPI = "1x11in", 203


@api.endpoint(
    "GET /specimens/<number>/band.pdf",
    who={Profile.STATION, Profile.INTEGRATOR},
    summary="Take a wristband for the specimen's patient as PDF at its true size",
    replies={HTTPStatus.OK: "application/pdf"},
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def take_band_pdf(call: Call, number: str) -> Reply:
    """Draw the band; the look is on record."""
    return Reply(_band(call, number, Language.PDF), content_type="application/pdf")


@api.endpoint(
    "GET /specimens/<number>/band.zpl",
    who={Profile.STATION, Profile.INTEGRATOR},
    summary="Take a wristband for the specimen's patient as ZPL for a printer that holds bands",
    replies={HTTPStatus.OK: "application/zpl"},
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def take_band_zpl(call: Call, number: str) -> Reply:
    """Write the band for the first declared printer of bands; the look is on record."""
    return Reply(_band(call, number, Language.ZPL), content_type="application/zpl")


def _band(call: Call, number: str, language: Language) -> bytes:
    text, patient_id = band_text(call.session, number)
    stock, dpi = _band_of(call.settings)
    try:
        drawn = render(band_label(text, STOCKS[stock]), language, dpi)
    except FitError as error:
        raise Conflict(fault_of(error), code="label-does-not-fit") from error
    record_look(call.session, call.now, call.actor, f"band.{language}", [patient_id])
    return drawn


def _band_of(settings: Settings) -> tuple[str, int]:
    """Return the bands that the first printer for bands holds and its dots an inch, or what is usual."""
    holding = ((one.stock, one.dpi) for one in settings.printer if one.stock and STOCKS[one.stock].use is Use.WRIST)
    return next(holding, (_USUAL_BAND, _USUAL_DPI))
