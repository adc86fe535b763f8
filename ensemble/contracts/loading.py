"""Reads the folder `schemas/`, and refuses what is misplaced, outside the profile or without an upcaster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ensemble.contracts.examples import unacceptable
from ensemble.contracts.profile import Json, SchemaMisdeclared, check
from ensemble.contracts.rewriting import rewritten
from ensemble.contracts.schemas import End, Schemas, upcaster_file
from ensemble.contracts.strict_json import NotJson, read_json
from functions.kit.model import KIT_FIELDS

LIFECYCLE = "lifecycle.json"
"""The file beside an event's versions that says which of them end: version -> {"deprecated", "retired"}."""

_NUMBER = r"(?:0|[1-9][0-9]*)"
_EVENT = r"([a-z][a-z0-9-]*)/([A-Z][A-Za-z0-9]*)"
_VERSION = re.compile(rf"{_EVENT}/({_NUMBER}\.{_NUMBER})\.json")
_LIFECYCLE = re.compile(rf"{_EVENT}/{re.escape(LIFECYCLE)}")
_UPCASTER = re.compile(rf"{_EVENT}/upcast_to_({_NUMBER})\.py")


def load_schemas(root: Path) -> Schemas:
    """Read `root/<publisher>/<Event>/<major>.<minor>.json`, `upcast_to_<major>.py` and `lifecycle.json`.

    Raises SchemaMisdeclared when a file is misplaced or outside the profile, when an event has two
    publishers, when a major version has no upcaster, when what is deprecated or retired is not an older
    version, or when there is no schema at all.
    """
    found = _Found()
    for path in sorted(root.rglob("*"), key=_age):
        if path.is_file() and not _is_left_by_a_program(path.relative_to(root)):
            found.add(path, path.relative_to(root).as_posix(), root.name)
    if not found.versions:
        problem = "there is no schema"
        raise SchemaMisdeclared(f"{root.name}/", problem, "write <publisher>/<Event>/1.0.json for each event")
    live = {event: _live(versions, found.ends.get(event, {})) for event, versions in found.versions.items()}
    retired = {
        event: {version: schema for version, schema in versions.items() if version not in live[event]}
        for event, versions in found.versions.items()
    }
    upcasters = {event: frozenset(to) for event, to in found.to.items()}
    schemas = Schemas(found.publishers, live, found.ends, upcasters, retired)
    for event in schemas.versions:
        _check_ends(event, list(found.versions[event]), schemas)
        _check_upcasters(event, schemas)
    return schemas


class _Found:
    """What the files say, by event."""

    def __init__(self) -> None:
        self.publishers: dict[str, str] = {}
        self.versions: dict[str, dict[str, Json]] = {}
        self.ends: dict[str, dict[str, End]] = {}
        self.to: dict[str, set[int]] = {}

    def add(self, path: Path, place: str, root: str) -> None:
        file = f"{root}/{place}"
        if match := _VERSION.fullmatch(place):
            publisher, event, version = match.groups()
            if self.publishers.setdefault(event, publisher) != publisher:
                problem = f"{event} is also published by {self.publishers[event]}; it has one owner"
                raise SchemaMisdeclared(file, problem, "keep it in one publisher's folder")
            self.versions.setdefault(event, {})[version] = _version(path, file)
        elif match := _LIFECYCLE.fullmatch(place):
            self.ends[match[2]] = _ends(_json(path, file), file)
        elif match := _UPCASTER.fullmatch(place):
            self.to.setdefault(match[2], set()).add(int(match[3]))
        else:
            raise SchemaMisdeclared(
                file,
                "it is neither a schema nor what may lie beside one",
                f"a schema's place is {root}/<publisher>/<Event>/<major>.<minor>.json, beside it may be {LIFECYCLE} "
                "and upcast_to_<major>.py; move or remove any other file",
            )


def _is_left_by_a_program(path: Path) -> bool:
    """Whether a file is no work of the project: hidden (as .DS_Store is), compiled, or an editor's copy."""
    return any(part.startswith(".") for part in path.parts) or path.suffix == ".pyc" or path.name.endswith("~")


def _live(versions: Mapping[str, Json], ends: Mapping[str, End]) -> dict[str, Json]:
    return {
        version: schema for version, schema in versions.items() if version not in ends or ends[version].retired is None
    }


def _check_ends(event: str, versions: list[str], schemas: Schemas) -> None:
    """Refuse an end of a version that is not there, of the newest, or out of the versions' order."""
    ends, live = schemas.ends.get(event, {}), list(schemas.versions[event])
    place = f"schemas/{schemas.publishers[event]}/{event}/{LIFECYCLE}"
    for version, end in ends.items():
        if version not in versions:
            problem = f"there is no version {version}: an ended version's file stays"
            raise SchemaMisdeclared(place, problem, "bring the file back, or correct the version")
        if version == versions[-1]:
            problem = f"{version} is the newest version, the one that is published"
            raise SchemaMisdeclared(place, problem, "add a newer version first")
        if end.retired is not None and versions.index(version) > versions.index(live[0]):
            problem = f"{version} is retired but the older {live[0]} is not"
            raise SchemaMisdeclared(place, problem, f"retire {live[0]} first")


def _check_upcasters(event: str, schemas: Schemas) -> None:
    publisher = schemas.publishers[event]
    for major, version in list(schemas.majors(event).items())[1:]:
        if major not in schemas.upcasters.get(event, ()):
            raise SchemaMisdeclared(
                schemas.file(event, version),
                "a new major version needs an upcaster",
                f"write {upcaster_file(publisher, event, major)}, whose `upcast(fields)` makes it from the one before",
            )


def _age(path: Path) -> tuple[str, tuple[int, ...]]:
    """Order by folder, then by version as numbers: 1.10 is newer than 1.9."""
    return str(path.parent), tuple(int(part) for part in path.stem.split(".") if part.isdigit())


def _json(path: Path, file: str) -> Any:
    try:
        return read_json(path)
    except NotJson as error:
        raise SchemaMisdeclared(file, f"it {error}", "correct it, or take it out of the folder") from error
    except OSError as error:
        raise SchemaMisdeclared(file, f"it cannot be read: {error.strerror}", "correct its permissions") from error


_ENDS = 'write {"1.0": {"deprecated": "YYYY-MM-DD"}}, and later also "retired"'
"""What a lifecycle file looks like."""


def _ends(ends: Any, file: str) -> dict[str, End]:
    if not isinstance(ends, dict):
        raise SchemaMisdeclared(file, "it does not say which versions end", _ENDS)
    return {version: _end(end, version, file) for version, end in ends.items()}


def _end(end: Any, version: str, file: str) -> End:
    try:
        days = {name: date.fromisoformat(day) for name, day in end.items()}
        return End(**days)
    except (AttributeError, TypeError, ValueError):
        raise SchemaMisdeclared(file, f"{version} cannot end by {end!r:.80}", _ENDS) from None


def _version(path: Path, file: str) -> Json:
    try:
        schema = rewritten(_json(path, file), file)
        check(schema, file)
    except RecursionError:
        raise SchemaMisdeclared(file, "it is nested too deeply", "make it flatter") from None
    if schema["type"] != "object" or "properties" not in schema or "description" not in schema:
        problem = "$ must be an object with a `description` and `properties`"
        raise SchemaMisdeclared(file, problem, "say what the event means, and list its fields")
    for name in schema["properties"]:
        if name in KIT_FIELDS:
            problem = f"$.properties.{name} is a field of the envelope, which every event has"
            raise SchemaMisdeclared(file, problem, "leave it out, or give it another name")
    for place, example in unacceptable(schema):
        problem = f"{place}: the schema does not accept its own example {example!r}"
        raise SchemaMisdeclared(file, problem, "correct the example, or the schema")
    return schema  # type: ignore[no-any-return]
