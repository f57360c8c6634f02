"""A label as JSON text: what the ledger keeps of a printed label, and what `python -m printers render` reads."""

import json
from dataclasses import fields
from enum import StrEnum
from typing import Any, get_type_hints

from printers.label import KINDS, Area, Element, Label, LabelError
from printers.stocks import STOCKS


def to_json(label: Label) -> str:
    """Return the label as JSON text; ``from_json`` of it gives an equal label."""
    return json.dumps(
        {"stock": label.stock.name, "elements": [_element_to_plain(e) for e in label.elements]}, ensure_ascii=False
    )


def from_json(text: str) -> Label:
    """Read a label; raises ``LabelError`` naming the faulty part, e.g. ``elements[2].size_mm``."""
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise LabelError("label", f"is not JSON ({error})") from None
    members = _members(plain, "label", {"stock", "elements"})
    if not isinstance(members["stock"], str) or members["stock"] not in STOCKS:
        raise LabelError("stock", f"is not one of {', '.join(STOCKS)}")
    if not isinstance(members["elements"], list):
        raise LabelError("elements", "must be a list")
    elements = tuple(_element(item, f"elements[{i}]") for i, item in enumerate(members["elements"]))
    return Label(STOCKS[members["stock"]], elements)


def _element_to_plain(element: Element) -> dict[str, object]:
    plain: dict[str, object] = {"kind": element.kind}
    for field in fields(element):
        value = getattr(element, field.name)
        is_area = isinstance(value, Area)
        plain[field.name] = [value.x_mm, value.y_mm, value.width_mm, value.height_mm] if is_area else value
    return plain


def _members(plain: object, path: str, required: set[str], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    if not isinstance(plain, dict):
        raise LabelError(path, "must be an object")
    for name in sorted(required - plain.keys()):
        raise LabelError(path, f"lacks {name!r}")
    for name in sorted(plain.keys() - required - optional):
        raise LabelError(path, f"has an unknown member {name!r}")
    return plain


def _element(plain: object, path: str) -> Element:
    kind = plain.get("kind") if isinstance(plain, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise LabelError(f"{path}.kind", f"must be one of {', '.join(KINDS)}")
    element_class = KINDS[kind]
    types = {field.name: get_type_hints(element_class)[field.name] for field in fields(element_class)}
    required = {"kind", "field", "area"} | {"size_mm", "text", "value"} & types.keys()
    members = _members(plain, path, required, frozenset(types))
    try:
        given = {
            name: _value(types[name], value, f"{path}.{name}") for name, value in members.items() if name != "kind"
        }
        return element_class(**given)
    except LabelError as error:
        raise error if error.path.startswith(path) else LabelError(f"{path}.{error.path}", error.problem) from None


def _value(wanted: type[Any], plain: object, path: str) -> Any:  # noqa: ANN401 # it is of the wanted type
    if issubclass(wanted, StrEnum):
        if not isinstance(plain, str) or plain not in list(wanted):
            raise LabelError(path, f"must be one of {', '.join(wanted)}")
        return wanted(plain)
    if wanted is Area:
        if not isinstance(plain, list) or len(plain) != len(fields(Area)):
            raise LabelError(path, "must be a list of four numbers: x, y, width, height in millimetres")
        return Area(*(_number(item, path) for item in plain))
    if wanted is float:
        return _number(plain, path)
    if wanted is str and not isinstance(plain, str):
        raise LabelError(path, "must be a text")
    return plain


def _number(plain: object, path: str) -> float:
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        raise LabelError(path, "must be a number")
    try:
        return float(plain)
    except OverflowError:
        raise LabelError(path, "is too large a number") from None
