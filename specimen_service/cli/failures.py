"""One line for whatever went wrong: what happened and, where we know it, what to do."""

import sqlite3
import traceback
from pathlib import Path

import click

from specimen_service.kernel.errors import ServiceError


def sentence_of(error: Exception) -> str:
    """Say an exception in one line; data of patients never stands in it."""
    return " ".join(_said(error).split())


def _said(error: Exception) -> str:
    from sqlalchemy.exc import DBAPIError

    from printers.errors import PrinterError

    match error:
        case click.ClickException():
            return error.format_message()
        case ServiceError() | PrinterError():
            return str(error)
        case DBAPIError():
            return f"The database cannot be used: {str(error.orig).splitlines()[0]}."
        case sqlite3.Error():
            return f"The database cannot be used: {error}."
        case OSError():
            named = f": {error.filename}" if error.filename else ""
            return f"{error.strerror or error}{named}."
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"Something went wrong here: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}. Please report it."
