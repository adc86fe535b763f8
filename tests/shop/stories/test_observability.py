"""Every line of a full run: as docs/observability.md has it, and never with what is sensitive, whatever fails."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ensemble.command_line.run.look import names_of
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from ensemble.laptop import Laptop
from functions.kit.model import ENVELOPE
from scenarios.shop.scenario import SCENARIO
from tests.conftest import ROOT
from tests.docs.documented_lines import is_documented_metric, metrics_in, undocumented
from tests.shop.stories.conftest import laptop_on, play
from tests.shop.stories.test_faults import put

SECRET = "4242 4242 secret@example.com"
"""What nobody may find in a log, in the place of any field, an id or a version too."""

SHORTEST = 4
"""Characters of a sensitive value that can be mistaken for nothing else in a line."""

FAILED = ("EventPostponed", "EventDeadLettered")
ALL_OF_AN_EVENT = {"type", "version", "event_id", "correlation_id", "causation_id", "row_key", "lag"}


class Run:
    """All stories, a payment that raises what it was given, and each event of them once more with each field spoilt.

    `lines`: what the functions printed. `sensitive`: all values on the bus that a schema marks so.
    """

    def __init__(self, laptop: Laptop) -> None:
        self._laptop = laptop
        self._seen: dict[str, dict[str, Any]] = {}
        self.sensitive: set[str] = {SECRET}
        self.spoilt = 0
        laptop.on_event(lambda _, event: self._note(event))

    def _note(self, event: dict[str, Any]) -> None:
        if self.spoilt:
            return
        self._seen.setdefault(event["detail-type"], event)
        self.sensitive |= set(sensitive_in(event["detail"], event["detail-type"], SCHEMAS))

    @property
    def lines(self) -> list[str]:
        return [line for function in self._laptop.functions.values() for line in function.output]

    @property
    def types(self) -> set[str]:
        return set(self._seen)

    def spoil(self) -> None:
        """Put each event again once for each of its fields, with a secret in the place of its value."""
        for type, event in list(self._seen.items()):
            for name in [*event["detail"], "undeclared"]:
                ids = {"event_id": f"spoilt-{type}-{name}"}
                self.spoilt += 2
                put(self._laptop, event["source"], type, {**event["detail"], **ids, name: SECRET})
                put(self._laptop, event["source"], type, {**event["detail"], **ids, name: {SECRET: [SECRET]}})
            put(self._laptop, "somebody", type, {**event["detail"], "event_id": f"strange-{type}"})
        self._laptop.run_until_idle()


SCHEMAS = load_schemas(ROOT / "schemas")


def sensitive_in(detail: dict[str, Any], type: str, schemas: Schemas) -> Iterator[str]:
    """Yield the values of an event that its schema marks as sensitive."""
    version = detail.get("version") or schemas.newest(type)
    for path in schemas.sensitive(type, version):
        value: Any = detail
        for name in path.split("."):
            value = value.get(name, {}) if isinstance(value, dict) else {}
        if isinstance(value, str) and len(value) >= SHORTEST:
            yield value


@pytest.fixture(scope="module")
def run(assembly: Any) -> Iterator[Run]:
    with laptop_on(assembly) as laptop:
        made = Run(laptop)
        play(laptop, SCENARIO)
        made.spoil()
        gateway = laptop.function(names_of(laptop).consumer("payment")).module.gateway

        def raising(key: str, minor_units: int, currency: str, token: str) -> Any:
            made.sensitive.add(token)
            raise LookupError(f"{token} {SECRET}")

        gateway._provider.charge = raising
        put(laptop, "storefront", "PlaceOrder", dict(SCENARIO.examples["PlaceOrder"]) | {"order_id": "o-raised"})
        laptop.run_until_idle()
        laptop.advance(600)
        yield made


def entries(run: Run) -> list[dict[str, Any]]:
    return [entry for line in run.lines if isinstance(entry := json.loads(line), dict)]


def test_the_run_has_every_event_of_the_stories_and_every_outcome(run: Run) -> None:
    outcomes = Counter(entry["message"] for entry in entries(run) if "message" in entry)
    reasons = {entry["reason"].partition(":")[0] for entry in entries(run) if entry.get("message") in FAILED}

    assert {type for type in SCHEMAS.versions if SCHEMAS.sensitive(type, SCHEMAS.newest(type))} <= run.types
    assert len(run.sensitive) > len(SCENARIO.stories)
    assert outcomes["EventDeadLettered"] > run.spoilt / 2
    assert {"EventHandled", "EventPostponed"} <= outcomes.keys()
    assert {"LookupError", "ContractViolation"} <= reasons


def test_no_sensitive_value_is_in_any_line_of_any_story_or_failure(run: Run) -> None:
    assert [(value, line) for line in run.lines for value in run.sensitive if value in line] == []


def test_every_line_is_one_that_is_documented_and_every_metric_too(run: Run) -> None:
    logged = [entry for entry in entries(run) if "_aws" not in entry]
    counted = {name for entry in entries(run) for name in metrics_in(entry)}

    assert [fault for entry in logged for fault in undocumented(entry)] == []
    assert counted > {"EventDeadLettered", "DeadLettered_ContractViolation", "DeadLettered_Other"}
    assert [name for name in counted if not is_documented_metric(name)] == []


def test_what_failed_has_all_that_is_known_of_an_event_that_can_be_read(run: Run) -> None:
    failed = [entry for entry in entries(run) if entry.get("message") in FAILED]
    whole = [entry for entry in failed if entry["reason"].startswith(("LookupError", "NotYet", "Unavailable"))]
    spoilt = [entry for entry in failed if "breaks the rule" in entry["reason"]]

    assert [entry for entry in whole if entry["type"] != "timer" and not entry.keys() >= ALL_OF_AN_EVENT] == []
    assert len(whole) > 5
    lacking = [(entry["reason"], entry["type"], ALL_OF_AN_EVENT - {"row_key"} - entry.keys()) for entry in spoilt]
    assert [one for one in lacking if one[2]] == []
    assert len(spoilt) > len(ENVELOPE)
