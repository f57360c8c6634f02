"""The production code as syntax trees, and what a module imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = ("specimen_service", "printers", "migrations")


@dataclass(frozen=True)
class Module:
    """One file of Python: its dotted name, its text and its tree."""

    name: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room of the service it stands in (`labels` of `specimen_service.labels.model`), empty outside the service."""
        return room_of(self.name)

    @property
    def file(self) -> str:
        """The file's own name (`model` of `specimen_service.labels.model`), empty for a package's `__init__`."""
        return file_of(self.name)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield the line and the full dotted path of everything imported, at the top or inside a function."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                start = ".".join(self.name.split(".")[: -node.level]) if node.level else ""
                base = ".".join(filter(None, [start, node.module]))
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def module(name: str, text: str) -> Module:
    """Read a text as the module of that name."""
    return Module(name, text, ast.parse(text))


@cache
def modules() -> list[Module]:
    """Return every module of the production code."""
    return [
        module(
            ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path.read_text("utf-8")
        )
        for folder in PRODUCTION
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def room_of(dotted: str) -> str:
    """Return the part of the service that a dotted path leads into: a slice, a kit, `settings` ...; else empty."""
    parts = dotted.split(".")
    if parts[0] != "specimen_service" or len(parts) < 2 or parts[1] in {"__doc__", "__version__"}:
        return ""
    return parts[1]


def file_of(dotted: str) -> str:
    """Return the file within that room that a dotted path leads to; empty for the room itself."""
    parts = dotted.split(".")
    return parts[2] if parts[0] == "specimen_service" and len(parts) > 2 else ""
