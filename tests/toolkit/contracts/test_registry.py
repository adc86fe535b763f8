"""The registry is given draft 4 that says the same as our own validators."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from ensemble.contracts.examples import bridge_event, broken, examples
from ensemble.contracts.profile import ENFORCED, FORMATS, SchemaMisdeclared
from ensemble.contracts.registry import LONGEST_CONTENT, registry_schemas
from ensemble.contracts.schemas import Schemas
from tests.toolkit.contracts.lending import SCHEMAS

REGISTERED = dict(registry_schemas(SCHEMAS))

EVERY_VERSION = [(event, version) for event, versions in SCHEMAS.versions.items() for version in versions]

FORMAT_CHECKER = FormatChecker(formats=())
"""Validators may leave formats unchecked; checked, they have to mean what they mean to us."""


def checks(form: str) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or re.match(form, value) is not None


for name, form in ENFORCED.items():
    FORMAT_CHECKER.checks(name)(checks(form))


def validator(event: str, version: str) -> Draft4Validator:
    content = json.loads(REGISTERED[f"{SCHEMAS.publishers[event]}@{event}-{version}"])
    return Draft4Validator(content, format_checker=FORMAT_CHECKER)


def test_every_live_version_is_registered_and_no_other() -> None:
    assert len(REGISTERED) == len(EVERY_VERSION)


@pytest.mark.parametrize(("event", "version"), EVERY_VERSION)
def test_a_registered_schema_is_draft_4(event: str, version: str) -> None:
    Draft4Validator.check_schema(validator(event, version).schema)


@pytest.mark.parametrize(("event", "version"), EVERY_VERSION)
def test_a_registered_schema_says_the_same_as_our_validators(event: str, version: str) -> None:
    registered, schema = validator(event, version), SCHEMAS.versions[event][version]

    for name, fields in examples(schema).items():
        assert registered.is_valid(bridge_event(SCHEMAS.publishers[event], event, version, fields)), name
    for name, fields in broken(schema).items():
        if isinstance(fields, dict):
            assert not registered.is_valid(bridge_event(SCHEMAS.publishers[event], event, version, fields)), name


@pytest.mark.parametrize("change", [{"source": "somebody"}, {"detail-type": "Other"}, {"detail": {}}])
def test_a_registered_schema_is_that_of_the_whole_event(change: dict[str, Any]) -> None:
    fields = examples(SCHEMAS.versions["LoanRequested"]["2.0"])["full"]

    assert not validator("LoanRequested", "2.0").is_valid(bridge_event("loan", "LoanRequested", "2.0", fields) | change)


def test_a_schema_that_the_registry_would_not_take_is_refused_by_its_file() -> None:
    wordy = {"description": "x" * LONGEST_CONTENT, "type": "object", "properties": {}}
    schemas = Schemas({"LetterPosted": "office"}, {"LetterPosted": {"1.0": wordy}}, {}, {})

    with pytest.raises(SchemaMisdeclared, match=r"schemas/office/LetterPosted/1\.0\.json: the registry takes 100000"):
        registry_schemas(schemas)


def test_every_format_is_one_that_is_checked() -> None:
    assert set(FORMAT_CHECKER.checkers) == FORMATS
