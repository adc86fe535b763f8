"""Whether states of one shape are read as those of another, by the same containment as for schemas.

A state is read with nothing left out: a field that is there no more is lost, though reading it does not fail.
"""

from __future__ import annotations

from typing import Any

from ensemble.contracts.containment import Answer, Containment, closed, contained
from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.evaluation import Violation, violations
from ensemble.contracts.containment.samples import UNDECLARED
from ensemble.contracts.profile import Json
from ensemble.contracts.states.shape import DEFINITIONS, FORMATS, resolved

LOST = "which the reader does not allow"
"""How containment says that a field is not among those of a closed reader."""


def unlike(before: Json, now: Json, name: str) -> str:
    """Say what of a state that was written in one shape is not read in the other; nothing when all is."""
    answer = _read_whole(_plain(before), _plain(now))
    if answer.answer is Answer.YES:
        return ""
    inside = _read_whole(_plain(before, names_none=False), _plain(now, names_none=False))
    findings = inside.findings if inside.answer is Answer.NO else answer.findings  # the one that says more
    lost = next((one for one in findings if LOST in one.change), None)
    if lost is not None and lost.path.endswith(f".{UNDECLARED}"):
        return f"{name} does not read what is in rows: {_place(lost.path)} may be there, under any name"
    if lost is not None:
        new = sorted(now["properties"].keys() - before["properties"].keys())
        hint = f" (is it {new[0]} now?)" if len(new) == 1 and lost.path.count(".") == 1 else ""
        return f"{name} has no {_place(lost.path)} any more{hint}, which rows have: its value would be lost"
    doubt = "cannot be shown to read" if answer.answer is Answer.UNKNOWN else "does not read"
    return f"{name} {doubt} what is in rows: {_said(findings[0].path, findings[0].change)}"


def misreads(shape: Json, state: Any) -> str:
    """Say what of a stored state is not read in this shape; nothing when all is."""
    value = _plain_value(state, shape, shape)
    broken = _broken(_plain(shape), value)
    if not broken:
        return ""
    inside = [one for one in _broken(_plain(shape, names_none=False), value) if one.path.startswith(broken[0].path)]
    found = (inside or broken)[0]
    if LOST in found.change:
        return f"{_place(found.path)}: the state has no such field"
    return _said(found.path, found.change)


def _read_whole(writer: Json, reader: Json) -> Containment:
    return contained(closed(writer), closed(reader), enforced_formats=FORMATS)


def _broken(shape: Json, value: Any) -> list[Violation]:
    whole = closed(shape)
    return list(violations(Node(whole, whole), value, FORMATS))


def misread_before(now: Json, before: Json) -> str:
    """Say what of a state that is written in one shape the code before misreads, which leaves out what it knows not."""
    answer = contained(closed(_plain(_written(now))), _plain(before), enforced_formats=FORMATS)
    return "; ".join(_said(one.path, one.change) for one in answer.findings)


def _place(path: str) -> str:
    return path.removeprefix("$.")


def _said(path: str, change: str) -> str:
    """Say what containment says of a writer and a reader of what lies in rows and what reads them."""
    words = {
        "the writer may send": "it may be",
        "the reader takes": "this code takes",
        "the reader requires": "this code needs",
        ", which the writer may leave out": ", which may be missing",
        "the reader's": "this code's",
        "the reader": "this code",
        "the writer": "what is stored",
    }
    for theirs, ours in words.items():
        change = change.replace(theirs, ours)
    return f"{_place(path)}: {change}"


def _plain(shape: Json, *, names_none: bool = True) -> Json:
    """Return the shape with each tuple as a list of one object, whose fields are its places: which keeps them apart
    where a list has one schema for all elements. `names_none`: whether what may be None says so."""

    def plain(one: Json) -> Json:
        return _plain(one, names_none=names_none)

    alternatives = [plain(one) for one in shape.get("anyOf", ()) if names_none or one != {"type": "null"}]
    if len(alternatives) == 1:
        return alternatives[0]
    if isinstance(shape.get("items"), list):
        places = {str(at): plain(one) for at, one in enumerate(shape["items"])}
        whole = {"type": "object", "properties": places, "required": list(places)}
        return {"type": "array", "items": whole}
    changed: Json = {name: one for name, one in shape.items() if name != "examples"}
    for keyword in ("properties", DEFINITIONS):
        if keyword in shape:
            changed[keyword] = {name: plain(one) for name, one in shape[keyword].items()}
    for keyword in ("items", "additionalProperties"):
        if keyword in shape:
            changed[keyword] = plain(shape[keyword])
    if alternatives:
        changed["anyOf"] = alternatives
    return changed


def _plain_value(value: Any, shape: Json, root: Json) -> Any:
    """Return a stored value as `_plain` has its shape."""
    shape = resolved(shape, root)
    for one in shape.get("anyOf", ()):
        if value is not None and one != {"type": "null"}:
            return _plain_value(value, one, root)
    if isinstance(value, list) and isinstance(shape.get("items"), list):
        places = [*shape["items"], *([{}] * (len(value) - len(shape["items"])))]
        return [{str(at): _plain_value(one, places[at], root) for at, one in enumerate(value)}]
    if isinstance(value, list) and "items" in shape:
        return [_plain_value(one, shape["items"], root) for one in value]
    if isinstance(value, dict):
        others = shape.get("additionalProperties", {})
        fields = shape.get("properties", {})
        return {name: _plain_value(one, fields.get(name, others), root) for name, one in value.items()}
    return value


def _written(shape: Json) -> Json:
    """Return the shape as code of today writes it: with every field, whether it has a default or not."""
    changed = dict(shape)
    for keyword in ("properties", DEFINITIONS):
        if keyword in shape:
            changed[keyword] = {name: _written(one) for name, one in shape[keyword].items()}
    if "properties" in shape:
        changed["required"] = sorted(shape["properties"])
    return changed
