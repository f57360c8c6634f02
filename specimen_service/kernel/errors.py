"""What can go wrong, as values: each error carries data, and its class makes the sentence for people."""

from dataclasses import dataclass

from specimen_service.kernel.language import say, to_say


class ServiceError(Exception):
    """Base of everything the service says no to; `code` is stable, `status` is what HTTP calls it."""

    code = "error"
    status = 400
    title = to_say("The request could not be carried out")
    """What kind of trouble it is; said where it is shown."""
    keeps_work = False
    """Whether what the transaction did so far is committed all the same: a counted try must not be rolled back."""

    @property
    def sentence(self) -> str:
        """What went wrong, for people: without the names that fields have in programs."""
        return str(self)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what was sent: a JSON pointer to the field, and a sentence with the remedy."""

    pointer: str
    message: str


class InvalidInput(ServiceError):
    """Names everything wrong with a request at once; nothing was stored."""

    code, status, title = "invalid", 422, to_say("Some fields need another look")

    def __init__(self, faults: list[Fault]) -> None:
        """Keep the faults, in the order of the fields."""
        super().__init__("; ".join(f"{f.pointer or '/'}: {f.message}" for f in faults))
        self.faults = faults

    @property
    def sentence(self) -> str:
        """What is wrong with each field, one sentence after the other."""
        return " ".join(fault.message for fault in self.faults)


class NotFound(ServiceError):
    """Says that nothing of that name is known here."""

    code, status, title = "not-found", 404, to_say("Not found")

    def __init__(self, what: str, key: object) -> None:
        """Keep what was looked for, an English word that is said in the site's language, and by which key."""
        super().__init__(say("There is no %(what)s %(key)s here.", what=say(what), key=key))
        self.what, self.key = what, key


class Conflict(ServiceError):
    """Says that the present state does not allow it, and what to do."""

    code, status, title = "conflict", 409, to_say("That does not fit the present state")

    def __init__(self, message: str, *, code: str = "conflict") -> None:
        """Keep the sentence and a stable code."""
        super().__init__(message)
        self.code = code


class NotAllowed(ServiceError):
    """Says that this person or device may not do that."""

    code, status, title = "not-allowed", 403, to_say("Not allowed")

    def __init__(self, message: str | None = None) -> None:
        """Keep the sentence; None: it is the role."""
        super().__init__(message or say("Your role does not allow this. Ask a supervisor."))


class NotSignedIn(ServiceError):
    """Says that nobody known is asking."""

    code, status, title = "not-signed-in", 401, to_say("Sign in first")

    def __init__(self, message: str | None = None) -> None:
        """Keep the sentence; None: it was a device without a token."""
        super().__init__(message or say("Send the device's token as `Authorization: Bearer TOKEN`."))


class NotSigned(NotAllowed):
    """Says that a badge and its PIN did not prove who signs; the try stays counted."""

    code, title = "not-signed", to_say("Not signed")
    keeps_work = True


class Busy(ServiceError):
    """Says that the database has no room for one more writer just now; trying again is safe."""

    code, status, title = "busy", 503, to_say("Busy, try again")

    def __init__(self) -> None:
        """Make the one sentence."""
        super().__init__(say("The database is busy. Nothing was stored; try again in a moment."))


class NumbersExhausted(ServiceError):
    """Says that a block of numbers is used up."""

    code, status, title = "numbers-exhausted", 503, to_say("No numbers left")

    def __init__(self, prefix: int) -> None:
        """Keep the block."""
        super().__init__(
            say(
                "All numbers of block %(block)s are used. Set another [numbers] block in config.toml.",
                block=f"{prefix:02d}",
            )
        )
        self.prefix = prefix


class SetupError(ServiceError):
    """Says in one line why the service cannot start or a command cannot run."""

    code, status, title = "setup", 500, to_say("Not set up")
