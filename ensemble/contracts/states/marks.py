"""The marks of what is sensitive in a stored state: where one is missing, and where one was lost.

`ensemble forget` erases what is marked. So a state marks what it takes from a sensitive field of an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ensemble.contracts.findings import Finding
from ensemble.contracts.profile import Json
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.shape import resolved, shape_of
from functions.kit.model import EVERY_EVENT, Service
from functions.kit.states import SENSITIVE


def unmarked_states(services: Sequence[Service], schemas: Schemas) -> Iterator[Finding]:
    """Yield each field of a state without a mark that has the name of a sensitive field which the service reads."""
    for service in services:
        if service.stores_events:
            continue
        shape, read = shape_of(service.state), _read_of(service, schemas)
        for path, (event, field) in _fields_without_mark(shape, read, shape):
            yield Finding(
                f"{service.state.__module__.replace('.', '/')}.py",
                f"{path} of {service.state.__name__} is not marked, and {service.name} reads the sensitive {field} of "
                f"{event}: `ensemble forget` would leave its value in the rows. Harmed: whom it is about",
                "import Sensitive from functions.kit.model and wrap its type: Sensitive[str]; or call it otherwise, if "
                "it is something else",
            )


Read = dict[str, tuple[str, str]]
"""Names under which what is sensitive is read, each with an event and its field. One that ends in a dot is an object's
which holds it: a state's field of this name may do so too, if it does not list its own fields."""


def _read_of(service: Service, schemas: Schemas) -> Read:
    """Return what a service reads of what is sensitive."""
    names: Read = {}
    for reaction in service.subscriptions:
        if reaction.event == EVERY_EVENT:
            continue
        reads = [read.replace("?", "").replace("[]", "").split(".") for read in reaction.reads]
        for path in schemas.sensitive(reaction.event, schemas.newest(reaction.event)):
            mark = path.replace("[]", "").split(".")
            for read in reads:
                if read[: len(mark)] == mark or mark[: len(read)] == read:  # it, a field in it, or an object around it
                    whole = max(read, mark, key=len)
                    found = reaction.event, path
                    names |= dict.fromkeys(whole[len(mark) - 1 :], found)
                    names |= {f"{name}.": found for name in whole[: len(mark) - 1]}
    return names


def _fields_without_mark(
    shape: Json, names: Read, root: Json, seen: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the paths of the fields with one of these names that are not marked, nor lie in what is, nor are marked
    in all that they hold, each with what is read under the name."""
    if SENSITIVE in shape or shape.get("$ref") in seen:
        return
    seen = (*seen, shape["$ref"]) if "$ref" in shape else seen
    shape = resolved(shape, root)
    for name, field in shape.get("properties", {}).items():
        if name in names and not _is_all_marked(field, root):
            yield name, names[name]
        elif f"{name}." in names and _holds_anything(field, root):
            yield name, names[f"{name}."]
        else:
            yield from ((f"{name}.{path}", of) for path, of in _fields_without_mark(field, names, root, seen))
    for inner in _parts(shape):
        yield from _fields_without_mark(inner, names, root, seen)


def lost_marks(before: Json, now: Json) -> list[str]:
    """Return the paths of the fields that were marked in one shape of a state and are not in another."""
    return list(dict.fromkeys(_lost(before, now, before, now)))


def _lost(before: Json, now: Json, old_root: Json, root: Json, seen: tuple[str, ...] = ()) -> Iterator[str]:
    if before.get("$ref") in seen:
        return
    seen = (*seen, before["$ref"]) if "$ref" in before else seen
    if SENSITIVE in now:
        return
    before, now = resolved(before, old_root), resolved(now, root)
    for name, field in before.get("properties", {}).items():
        if name in now.get("properties", {}):
            other = now["properties"][name]
            if SENSITIVE in field and not _is_all_marked(other, root):
                yield name
            elif SENSITIVE not in field:
                yield from (f"{name}.{inner}" for inner in _lost(field, other, old_root, root, seen))
    for old, new in zip(_parts(before), _parts(now), strict=False):
        if SENSITIVE in old and not _is_all_marked(new, root):
            yield "what it holds"
        elif SENSITIVE not in old:
            yield from _lost(old, new, old_root, root, seen)


def _is_all_marked(shape: Json, root: Json, seen: tuple[str, ...] = ()) -> bool:
    """Whether nothing of such a value would be left: it is marked, or all that it holds is."""
    if SENSITIVE in shape or shape == {"type": "null"} or shape.get("$ref") in seen:
        return True
    seen = (*seen, shape["$ref"]) if "$ref" in shape else seen
    shape = resolved(shape, root)
    held = [*shape.get("properties", {}).values(), *_parts(shape)]
    return bool(held) and all(_is_all_marked(one, root, seen) for one in held)


def _holds_anything(shape: Json, root: Json) -> bool:
    """Whether it is an object whose fields are not listed, or may hold one, and is not marked."""
    if SENSITIVE in shape or "$ref" in shape:
        return False
    if "object" in shape.get("type", ["object"]) and shape.keys() & {"anyOf", "enum"} == set():
        return _holds_anything(shape["additionalProperties"], root) if "additionalProperties" in shape else True
    return any(_holds_anything(one, root) for one in _parts(shape))


def _parts(shape: Json) -> list[Json]:
    """Return what a value holds that has no name, or may be instead."""
    items = shape.get("items", [])
    values = shape.get("additionalProperties", [])
    return [
        *shape.get("anyOf", []),
        *(items if isinstance(items, list) else [items]),
        *(values if isinstance(values, list) else [values]),
    ]
