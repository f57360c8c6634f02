"""Who may import whom: DESIGN.md section 4, one function a sentence. Each takes a module and returns its faults."""

from collections.abc import Iterator

from tests.architecture.source import Module, file_of, room_of

SLICES = [
    "audit",
    "accounts",
    "places",
    "devices",
    "catalog",
    "patients",
    "orders",
    "specimens",
    "custody",
    "labels",
    "collection",
    "shipments",
    "storage",
    "receiving",
    "pending",
    "interop",
    "cli",
]
"""Lowest first: a slice imports only those before it."""
KITS = ["web", "api"]
WHOLE = ["app", "cli", "__main__"]
"""These see every slice: they put the service together."""
ROOMS = {"kernel", *KITS, *SLICES, *WHOLE, "settings", "telemetry"}

KINDS = {"model", "actions", "queries", "pages", "forms", "api"}
SHARED = {"model", "actions", "queries"}
FRONT = {"pages", "forms", "api"}
ACTING = {
    "specimen_service.accounts.passwords",  # hashing needs salt and a work factor
    "specimen_service.custody.chains",  # appends rows to the chains
    "specimen_service.custody.lookups",  # finds and locks what scans name
    "specimen_service.custody.questions",  # keeps the table of open questions
    "specimen_service.custody.rebuilding",  # compares what is stored with what the events say
    "specimen_service.custody.storing",  # stores what the fold says
    "specimen_service.custody.erasing",  # nulls the one thing that may be erased
    "specimen_service.custody.sealing",  # one sealer at a time, in transactions of its own
    "specimen_service.custody.verify",  # reads whole chains as a stream
    "specimen_service.labels.layout",  # reads a label's row and lays it out
    "specimen_service.labels.ledger",  # the spooler's side of the print ledger
    "specimen_service.labels.documents",  # labels that a person prints from a page
    "specimen_service.labels.reprints",  # the verbs of printing again
    "specimen_service.labels.testing",  # queues a test page
    "specimen_service.labels.signatures",  # who signs for a label, proved on the accounts
}
"""Files with a telling name that are not pure; held to what actions are held to."""
PRINTERS_FOR = {"labels", "shipments", "cli", "settings"}

Faults = Iterator[str]


def kind_of(module: Module) -> str:
    """Return the kind of a file of a slice; `page_queries` are queries, a name that tells no kind is one of rules."""
    last = module.file.rpartition("_")[2]
    return last if last in KINDS else "acting" if module.name in ACTING else "rules"


def is_rules(module: Module) -> bool:
    """Tell whether a file holds pure decisions: it stands in a slice and is none of the other kinds."""
    return module.room in SLICES and module.room != "cli" and bool(module.file) and kind_of(module) == "rules"


def rooms_are_known(module: Module) -> Faults:
    """No room but those of DESIGN.md."""
    if module.room and module.room not in ROOMS:
        yield f"{module.name}: DESIGN.md names no room {module.room}"


def slices_import_downwards(module: Module) -> Faults:
    """A slice imports only slices below it; the kernel, the kits and the settings stand below all."""
    if module.room not in SLICES or module.room in WHOLE:
        return
    below = SLICES[: SLICES.index(module.room)]
    for line, target in module.imports():
        if room_of(target) in {*SLICES, *WHOLE} - {*below, module.room}:
            yield f"{module.name}:{line} imports {target}, which is not below {module.room}"


def slices_share_only_the_named_files(module: Module) -> Faults:
    """Across slices only `model`, `actions` and `queries`."""
    if module.room in WHOLE:
        return
    for line, target in module.imports():
        if room_of(target) in SLICES and room_of(target) != module.room and file_of(target) not in SHARED:
            yield f"{module.name}:{line} imports {target}, which is not for other slices"


def foundations_know_only_models(module: Module) -> Faults:
    """The kernel knows nothing of the service; kits and settings only models (kits record looks besides), telemetry none."""
    allowed = {"kernel": {"kernel"}, "telemetry": {"kernel"}}.get(module.room, {"kernel", "settings", module.room})
    for line, target in module.imports():
        room = room_of(target)
        if module.room not in {"kernel", "telemetry", "settings", *KITS} or not room or room in allowed:
            continue
        if module.room in {"settings", *KITS} and room in SLICES and file_of(target) == "model":
            continue
        if module.room in KITS and target == "specimen_service.audit.actions.record_look":
            continue
        yield f"{module.name}:{line} imports {target}"


def kits_are_for_pages_and_endpoints(module: Module) -> Faults:
    """Only `pages`, `forms` and `api` use the kits."""
    if module.room in {*KITS, *WHOLE} or kind_of(module) in FRONT:
        return
    for line, target in module.imports():
        if room_of(target) in KITS:
            yield f"{module.name}:{line} imports {target}, a kit for pages and endpoints"


def models_import_only_models(module: Module) -> Faults:
    """A `model` imports the kernel and models."""
    if kind_of(module) != "model":
        return
    for line, target in module.imports():
        if room_of(target) not in {"", "kernel"} and file_of(target) != "model":
            yield f"{module.name}:{line} imports {target}; a model knows the kernel and models"


def queries_change_nothing(module: Module) -> Faults:
    """`queries` import no `actions`."""
    if kind_of(module) == "queries":
        for line, target in module.imports():
            if file_of(target) == "actions":
                yield f"{module.name}:{line} imports {target}; a query changes nothing"


def rules_are_pure(module: Module) -> Faults:
    """Rules import neither SQLAlchemy nor Flask, and nothing that acts."""
    if not is_rules(module):
        return
    for line, target in module.imports():
        root = target.split(".")[0]
        if root in {"sqlalchemy", "flask"} or file_of(target) in {"actions", *FRONT}:
            yield f"{module.name}:{line} imports {target}; rules decide on plain values"


def actions_and_queries_know_no_web(module: Module) -> Faults:
    """Actions and queries (and files that act under a telling name) do not import Flask."""
    if kind_of(module) in {"actions", "queries", "acting"}:
        for line, target in module.imports():
            if target.split(".")[0] in {"flask", "werkzeug"}:
                yield f"{module.name}:{line} imports {target}"


def printers_stand_alone(module: Module) -> Faults:
    """`printers` imports nothing of the service, and few import it."""
    inside = module.name.split(".")[0] == "printers"
    for line, target in module.imports():
        root = target.split(".")[0]
        if inside and root in {"specimen_service", "migrations", "flask", "sqlalchemy"}:
            yield f"{module.name}:{line} imports {target}; printers know nothing of the service"
        if root == "printers" and not inside and module.room not in PRINTERS_FOR:
            yield f"{module.name}:{line} imports {target}; printers are for {', '.join(sorted(PRINTERS_FOR))}"


IMPORT_RULES = [
    rooms_are_known,
    slices_import_downwards,
    slices_share_only_the_named_files,
    foundations_know_only_models,
    kits_are_for_pages_and_endpoints,
    models_import_only_models,
    queries_change_nothing,
    rules_are_pure,
    actions_and_queries_know_no_web,
    printers_stand_alone,
]
