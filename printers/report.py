"""How a printer is, as it said itself: for the ledger, for people, and for its test page."""

from dataclasses import dataclass

from printers.status import Condition, Errors, HostStatus, Identity


@dataclass(frozen=True)
class Report:
    """How a printer is: condition, a sentence for people, what it answered (None where it did not), an error's code."""

    condition: Condition
    detail: str
    status: HostStatus | None = None
    identity: Identity | None = None
    label_count: int | None = None
    errors: Errors | None = None
    code: str = ""

    @property
    def answers(self) -> tuple[str, ...]:
        """What it said of itself, one answer a line, each with the command that asked; empty where it said nothing."""
        said = (self._who(), self._how(), self._count(), self._faults())
        return tuple(line for line in said if line)

    def _who(self) -> str:
        who = self.identity
        return f"~HI {who.model} {who.firmware} {who.dots_per_mm}/mm" if who else ""

    def _how(self) -> str:
        now = self.status
        if now is None:
            return ""
        waits = now.formats_waiting + now.labels_remaining
        return f"~HS {now.condition.value.replace('_', ' ')}, label {now.label_length} dots, {waits} wait"

    def _faults(self) -> str:
        return f"~HQES errors {self.errors.flags:X}" if self.errors else ""

    def _count(self) -> str:
        return f"Counter {self.label_count} labels" if self.label_count is not None else ""
