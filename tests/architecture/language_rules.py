"""What can be read can be translated: sentences stand in `say` or `_`. Each rule takes a file and returns its faults."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

from tests.architecture.source import Module

SAID_BY = {"say", "say_many", "to_say", "to_say_many"}
"""What looks a sentence up, or marks it."""
ENGLISH_ONLY = re.compile(r"specimen_service\.(cli|settings|telemetry|api\.openapi|custody\.proof|kernel\.schema)\b")
"""What administrators and programmers read."""
ENGLISH_PAGES = {"docs.html"}
FOR_PROGRAMMERS = {"SetupError", "LookupError", "ValueError", "TypeError", "RuntimeError", "PermissionError"}
ON_LABELS = {"Cell"}
"""What every laboratory must read alike."""
SENTENCE = re.compile(r"\s*[A-Z\0%].*\s.*[.?!…]\s*|[A-Z][a-z]+(,? [a-z]+)+", re.DOTALL)
READ = {"title", "aria-label", "placeholder", "alt"}
"""Attributes that people read or hear."""
BUTTONS = {"submit", "reset", "button"}
"""Inputs of which people read the value."""
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = {"ID", "PIN", "ZPL", "PDF", "CSV", "STAT", "TRAINING"}

TEMPLATES = Environment(extensions=["jinja2.ext.i18n"])
TEMPLATES.newstyle_gettext = True


def sentences_are_said(module: Module) -> Iterator[str]:
    """Every sentence for people is looked up: it stands in `say`, `say_many` or `to_say`."""
    if ENGLISH_ONLY.match(module.name):
        return
    for text, node in _free_strings(module.tree):
        if SENTENCE.fullmatch(text):
            yield f"{module.name}:{node.lineno} says {text[:60]!r}"


def _free_strings(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the strings that are neither explanations nor said; a value inside one is a NUL."""
    if isinstance(node, ast.Call) and _name(node.func) in SAID_BY | FOR_PROGRAMMERS | ON_LABELS | {
        "TypeVar",
        "Field",
        "compile",
    }:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.keyword) and node.arg == "summary":
        return  # of an endpoint, in the description of the API
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, node
    if isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values), node
        return
    for child in ast.iter_child_nodes(node):
        yield from _free_strings(child)


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def templates_are_said(file: Path) -> Iterator[str]:
    """Every word of a template that people read is looked up: it stands in `_(...)` or `{% trans %}`."""
    if file.name in ENGLISH_PAGES:
        return
    tree = TEMPLATES.parse(file.read_text("utf-8"))
    page = _Page()
    page.feed("".join(_markup(tree)))
    page.close()
    for text in (*page.read, *_free_constants(tree)):
        yield f"{file.parent.parent.name}/{file.name} says {' '.join(text.split())[:60]!r}"


def _markup(node: nodes.Node) -> Iterator[str]:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.TemplateData):
            yield child.data
        elif isinstance(child, nodes.Expr):
            yield "\0" * isinstance(node, nodes.Output)  # a condition shows nothing
        else:
            yield from _markup(child)


def _free_constants(node: nodes.Node) -> Iterator[str]:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Call) and getattr(child.node, "name", "") in {"_", "gettext", "ngettext"}:
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str) and re.match(r"[A-Z][a-z]", child.value):
            yield child.value
        yield from _free_constants(child)


class _Page(HTMLParser):
    """Collects what a page shows and says of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in {"script", "style", "code", "kbd"}
        for name, value in attrs:
            if name in READ or (name == "value" and tag == "input" and dict(attrs).get("type") in BUTTONS):
                self.handle_data(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"script", "style", "code", "kbd"}

    def handle_data(self, data: str) -> None:
        if not self.hidden and any(word not in NAMES for word in WORD.findall(data)):
            self.read.append(data)
