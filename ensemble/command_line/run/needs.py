"""What services get for settings and secrets on a laptop: of the scenario, and under `up` of a file beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ensemble.command_line.errors import CheckFailed
from ensemble.command_line.project import refuse
from ensemble.contracts.findings import Finding
from ensemble.scenario.discovery import SCENARIO, sole_file
from functions.kit.model import Service
from functions.kit.needs import Setting

FILE = "settings.local.toml"
"""Where a person writes what services get under `up`, at the root of the project."""

Values = Mapping[str, Mapping[str, Any]]
"""Values by service and field."""


def given_to(services: Sequence[Service], of_scenario: Values, root: Path, *, with_file: bool) -> Values:
    """Return what the services get: what is the scenario's and, if asked for, what the project's file has instead.

    Raises CheckFailed with each value that no service can take, and with each that is missing, and where to add it.
    """
    scenario = sole_file(root, SCENARIO)
    place = f"scenarios/<name>/{SCENARIO}" if scenario is None else scenario.relative_to(root).as_posix()
    refuse(_misgiven(of_scenario, services, place))
    of_file = values_of_file(root, services) if with_file else {}
    values = merged(of_scenario, of_file)
    refuse(_missing(values, services, FILE if with_file else place))
    return values


def values_of_file(root: Path, services: Sequence[Service]) -> Values:
    """Return what the project's file gives; nothing without the file. Raises CheckFailed with what is wrong in it."""
    file = root / FILE
    if not file.exists():
        return {}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CheckFailed(Finding(FILE, f"it is not TOML: {error}", "correct this line")) from error
    refuse(_misgiven(values, services, FILE))
    return values


def merged(*sources: Values) -> Values:
    """Return the values of all sources; those of a later one win."""
    services = dict.fromkeys(service for source in sources for service in source)
    return {one: {name: value for source in sources for name, value in source.get(one, {}).items()} for one in services}


def _missing(values: Values, services: Sequence[Service], file: str) -> Iterator[Finding]:
    """Yield each setting that is required, and each secret, that has no value, with the line to add to the file."""
    for service in services:
        for setting in service.declared_settings:
            if setting.is_required and setting.name not in values.get(service.name, {}):
                problem = f"the {setting.noun} {setting.name} of {service.name} has no value on this laptop"
                yield Finding(file, problem, _line(service.name, setting, file))


def _line(service: str, setting: Setting, file: str) -> str:
    """Return what to add, as it is to be written in the file."""
    if file == FILE:
        return f"below the line [{service}] add {setting.name} = {setting.example}"
    example = setting.example.capitalize() if setting.kind is bool else setting.example
    return f'give Scenario(...) settings={{"{service}": {{"{setting.name}": {example}}}}}'


def _misgiven(values: Mapping[str, Any], services: Sequence[Service], file: str) -> Iterator[Finding]:
    """Yield what no service declares, or declares to be of another kind. No finding holds a value: it may be secret."""
    declared = {service.name: {one.name: one for one in service.declared_settings} for service in services}
    for service, fields in values.items():
        if service not in declared and not isinstance(fields, Mapping):
            known = " or ".join(f"[{name}]" for name in declared) or "none"
            yield Finding(file, f"{service} belongs to no service", f"write it below the line {known}")
        elif service not in declared:
            yield Finding(file, f"there is no service {service!r}", f"name one of {', '.join(declared) or 'none'}")
        elif not isinstance(fields, Mapping):
            yield Finding(file, f"{service!r} is no table of settings", f"write them below a line [{service}]")
        else:
            for name, value in fields.items():
                yield from _misgiven_setting(service, declared[service], name, value, file)


def _misgiven_setting(
    service: str, declared: Mapping[str, Setting], name: str, value: object, file: str
) -> Iterator[Finding]:
    if name not in declared:
        known, place = ", ".join(declared) or "none", f"functions/{service}/settings.py"
        yield Finding(file, f"{service} has no setting {name!r}; it has {known}", f"take it out, or add it to {place}")
    elif not declared[name].accepts(value):
        setting, given = declared[name], type(value).__name__
        problem = f"the {setting.noun} {name} of {service} is of the type {given}"
        yield Finding(file, problem, f"make it {setting.description}")
