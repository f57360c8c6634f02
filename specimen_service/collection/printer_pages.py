"""The printer of a draw as its pages show it: how it is, what to do about it, whether labels of the draw wait for it."""

from specimen_service.collection.queries import Sitting
from specimen_service.kernel.language import say
from specimen_service.labels.model import BROWSER, JobState
from specimen_service.labels.queries import PrinterRow, printer_rows
from specimen_service.web.kit import Visit
from specimen_service.web.wording import Sign, place_name, printer_sign, printer_trouble


def printer_named(visit: Visit, name: str) -> PrinterRow:
    """Return how a printer is."""
    return printer_rows(visit.session, [name], visit.now)[0]


def printer_of(visit: Visit, now_at: Sitting) -> PrinterRow | None:
    """Return how the printer of a sitting's labels is; None: none of them has one."""
    name = next((tube.printer for tube in now_at.tubes if tube.printer), "")
    return printer_named(visit, name) if name else None


def printer_pill(printer: PrinterRow) -> Sign:
    """Say in a word how a printer is."""
    if printer.name == BROWSER:
        return Sign("info", say("Printed from this page"))
    sign = printer_sign(printer.condition, asked=printer.asked_at is not None)
    return Sign(sign.tone, f"{place_name(printer.name)}: {sign.word}")


def trouble_of(visit: Visit, printer: PrinterRow) -> str | None:
    """Say what is the matter with a printer and what to do; None: nothing is."""
    section = visit.settings.printer_named(printer.name)
    stock = visit.settings.stock_of(section) if section else visit.settings.labels.stock
    return printer_trouble(printer.name, printer.condition, stock, printer.waiting, printer.detail)


def waits_for(now_at: Sitting, printer: PrinterRow) -> bool:
    """Tell whether labels of this sitting wait for a printer, so that they may still go elsewhere."""
    return any(tube.printer == printer.name and tube.job_state is JobState.QUEUED for tube in now_at.tubes)


def to_calibrate(visit: Visit, printer: PrinterRow | None) -> PrinterRow | None:
    """Return the printer where a calibration may be what it wants (message 14 of the table); None: it is not."""
    section = visit.settings.printer_named(printer.name) if printer and printer.condition == "wrong_roll" else None
    return printer if section and section.can_calibrate else None
