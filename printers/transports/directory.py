"""Labels written as files into a directory (`file:///directory`), for programs that print PDF from there."""

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from printers.errors import DeviceForbiddenError, DeviceLostError, DeviceMissingError, WrongDeviceError
from printers.transports.url import PrinterUrl

_SUFFIXES = {b"%PDF": ".pdf", b"^XA": ".zpl"}


class DirectoryTransport:
    """A Transport that turns each write into one file, whole or not there at all.

    Whoever watches the directory never sees half a label, and a power cut leaves none.
    """

    def __init__(self, url: PrinterUrl, name: str) -> None:
        """Check the directory. `name` becomes the file's name: an id, never patient data."""
        self._directory = Path(url.path)
        self._name = name
        self._device = url.device
        self.accepted = 0
        try:
            mode = self._directory.stat().st_mode
        except PermissionError as error:
            raise DeviceForbiddenError(url.device) from error
        except OSError as error:
            raise DeviceMissingError(url.device) from error
        if not stat.S_ISDIR(mode):
            raise WrongDeviceError(url.device, "directory")
        if not os.access(self._directory, os.W_OK | os.X_OK, effective_ids=True):
            raise DeviceForbiddenError(url.device)

    def write(self, data: bytes, deadline: float) -> int:  # noqa: ARG002 - a disk knows no deadline
        """Write `data` as one file, on disk before its name appears; return its length."""
        suffix = next((suffix for start, suffix in _SUFFIXES.items() if data.startswith(start)), ".bin")
        final = self._directory / f"{self._name}{suffix}"
        draft = self._directory / f".{self._name}{suffix}.part"
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(final)
            self._sync_directory()
        except OSError as error:
            self.accepted = len(data) if final.exists() else 0
            raise DeviceLostError(self._device, error.strerror or str(error)) from error
        self.accepted += len(data)
        return len(data)

    def read(self, deadline: float) -> bytes:  # noqa: ARG002 - a directory has nothing to say
        """Return nothing: a directory does not answer."""
        return b""

    def drain(self, deadline: float) -> int:  # noqa: ARG002 - writing has waited for the disk
        """Return 0: writing has waited for the disk."""
        return 0

    def discard(self) -> None:
        """Do nothing: nothing waits in between."""

    def wire_seconds(self, size: int) -> float:  # noqa: ARG002 - there is no wire
        """Return 0: there is no wire."""
        return 0.0

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _sync_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
