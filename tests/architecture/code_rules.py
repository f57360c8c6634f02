"""What every file of the production code keeps to, one function a rule. Each takes a module and returns its faults."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.import_rules import is_rules
from tests.architecture.source import Module

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
COMMITS_IN = "specimen_service.kernel.db"
CLOCK_IN = "specimen_service.kernel.clock"
NOT_IN_RULES = {"time", "random", "secrets", "uuid", "os", "socket", "threading"}

Faults = Iterator[str]
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def files_are_short(module: Module) -> Faults:
    """No file over 400 lines."""
    lines = len(module.text.splitlines())
    if lines > LONGEST_FILE:
        yield f"{module.name} has {lines} lines"


def functions_are_short(module: Module) -> Faults:
    """No function over 60 lines; a migration's are lists of what the schema gains, and read as such."""
    if module.name.startswith("migrations."):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, FUNCTION) and (lines := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION:
            yield f"{module.name}:{node.lineno} {node.name} has {lines} lines"


def public_things_are_explained(module: Module) -> Faults:
    """Every public module, class, function and method has a docstring whose first line is a sentence."""
    is_migration = module.name.startswith("migrations.")
    for name, node in _public(module.tree, module.name, into_functions=not is_migration):
        first = (ast.get_docstring(node) or "").partition("\n")[0]
        if not re.search(r"[.!?]$", first):
            yield f"{name} has no docstring that starts with a sentence"


def _public(node: ast.AST, name: str, *, into_functions: bool) -> Iterator[tuple[str, ast.AST]]:
    yield name, node
    for child in ast.iter_child_nodes(node):
        kinds = (ast.ClassDef, *FUNCTION) if into_functions else (ast.ClassDef,)
        if isinstance(child, kinds) and not child.name.startswith("_") and not isinstance(node, FUNCTION):
            yield from _public(child, f"{name}.{child.name}", into_functions=into_functions)


def one_place_commits(module: Module) -> Faults:
    """Only the file of `unit_of_work` calls `.commit(`."""
    for node in ast.walk(module.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "commit" and module.name != COMMITS_IN:
            yield f"{module.name}:{node.lineno} commits"


def no_time_is_naive(module: Module) -> Faults:
    """Nobody asks for the present without a zone."""
    for node, method in _present(module.tree):
        if method != "now" or not (node.args or node.keywords):
            yield f"{module.name}:{node.lineno} {method}() gives a naive time"


def one_place_reads_the_clock(module: Module) -> Faults:
    """In the service only the kernel's clock reads the clock; all others are handed the time."""
    if module.name.startswith("specimen_service.") and module.name != CLOCK_IN:
        for node, method in _present(module.tree):
            yield f"{module.name}:{node.lineno} {method}() reads the clock"


def rules_ask_nobody(module: Module) -> Faults:
    """No clock, randomness or environment in rules: they are parameters."""
    if is_rules(module):
        for line, target in module.imports():
            if target.split(".")[0] in NOT_IN_RULES or target == f"{CLOCK_IN}.utc_now":
                yield f"{module.name}:{line} imports {target}; hand it in as a parameter"


def _present(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Yield the calls of `datetime` and `date` that ask for the present, with the method's name."""
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in {"now", "utcnow", "today", "utcfromtimestamp"}:
            owner = called.value.attr if isinstance(called.value, ast.Attribute) else getattr(called.value, "id", "")
            if owner in {"datetime", "date"}:
                yield node, called.attr


CODE_RULES = [
    files_are_short,
    functions_are_short,
    public_things_are_explained,
    one_place_commits,
    no_time_is_naive,
    one_place_reads_the_clock,
    rules_ask_nobody,
]
