"""A state of an older version is upcast where it is read; one of a newer version is left to newer code."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pytest

from functions.kit.copies import MOST_BEGINS, Copies
from functions.kit.errors import ServiceMisdeclared, StateUnreadable
from functions.kit.model import Decision, Event, Service, on, unchanged
from tests.kit.conftest import NOON, Kit, record
from tests.kit.locker import LOCKER

KEY = "locker_id#l-1"


@dataclass(frozen=True)
class Before:
    """What version 1 stored: the weight was in grams, and the size had another name."""

    status: str
    extent: str = "small"
    weight: int = 0


@dataclass(frozen=True)
class Shelf:
    status: str
    size: str = "small"
    weight: str = "0.000 kg"


def renamed(fields: dict[str, Any]) -> dict[str, Any]:
    others = {name: value for name, value in fields.items() if name not in ("extent", "weight")}
    return {**others, "size": fields.get("extent", "small"), "weight": f"{fields.get('weight', 0) / 1000:.3f} kg"}


def move(state: Any, event: Event) -> Decision:
    if state is None:
        return Decision(type_of[event.fields["number"]]("new"))
    return Decision(replace(state, status=f"{state.status}, moved"))


type_of: dict[Any, Any] = {1: lambda status: Before(status, "large", 1500), 2: lambda status: Shelf(status, "large")}

REACTIONS = (on("RuleBroken", move, reads=("locker_id", "number")),)
OLD = replace(LOCKER, state=Before, reactions=REACTIONS, timer=None)
NEW = replace(OLD, state=Shelf, upcast_state={2: renamed})


def broken(number: int, id: str) -> dict[str, Any]:
    return record("RuleBroken", {"locker_id": "l-1", "number": number}, event_id=id)


def test_a_state_of_the_version_before_is_read_in_the_newest_shape_and_written_so(kit: Kit) -> None:
    kit.consumer = kit.another_worker(service=OLD)
    kit.handle(broken(1, "e-1"))

    kit.consumer = kit.another_worker(service=NEW)
    assert kit.handle(broken(2, "e-2")) == []

    assert kit.state(KEY) == {"status": "new, moved", "size": "large", "weight": "1.500 kg"}
    assert kit.item(KEY)["state_version"] == {"N": "2"}


def test_it_is_upcast_once_and_what_it_became_is_read_as_it_is(kit: Kit) -> None:
    kit.consumer = kit.another_worker(service=NEW)
    kit.handle(broken(2, "e-1"))
    kit.handle(broken(2, "e-2"))

    assert kit.state(KEY) == {"status": "new, moved", "size": "large", "weight": "0.000 kg"}


def test_the_version_before_waits_with_a_row_that_the_newer_one_wrote_and_leaves_it_alone(kit: Kit) -> None:
    kit.consumer = kit.another_worker(service=NEW)
    kit.handle(broken(2, "e-1"))
    before = kit.item(KEY)

    kit.consumer = kit.another_worker(service=OLD)
    failed = kit.handle(broken(1, "e-2"))

    assert failed == ["m-1"]
    assert kit.item(KEY) == before
    assert kit.dead_letters() == []

    kit.consumer = kit.another_worker(service=NEW)
    assert kit.handle(broken(1, "e-2")) == []
    assert kit.state(KEY)["status"] == "new, moved"


def test_a_service_with_one_version_stores_none_and_asks_dynamodb_for_no_more(kit: Kit) -> None:
    kit.consumer = kit.another_worker(service=OLD)
    kit.handle(broken(1, "e-1"))
    kit.calls.clear()
    kit.handle(broken(1, "e-2"))

    assert kit.calls == {"GetItem": 1, "PutItem": 1}
    assert "state_version" not in kit.item(KEY)


def test_a_row_that_remembers_events_and_no_state_is_of_no_version(kit: Kit) -> None:
    forgetting = replace(
        NEW, reactions=(on("RuleBroken", lambda state, event: unchanged(state), reads=("locker_id",)),)
    )
    kit.consumer = kit.another_worker(service=forgetting)
    kit.handle(broken(2, "e-1"))

    assert "state_version" not in kit.item(KEY)
    kit.consumer = kit.another_worker(service=OLD)
    assert kit.handle(broken(1, "e-2")) == []


def test_an_upcast_that_fails_waits_to_be_mended_and_tells_nothing_of_the_state(kit: Kit, log: Any) -> None:
    def failing(fields: dict[str, Any]) -> dict[str, Any]:
        raise ValueError(f"what is {fields['extent']}?")

    kit.consumer = kit.another_worker(service=OLD)
    kit.handle(broken(1, "e-1"))
    kit.consumer = kit.another_worker(service=replace(NEW, upcast_state={2: failing}))

    assert kit.handle(broken(1, "e-2")) == ["m-1"]

    (line,) = [json.loads(one) for one in log.getvalue().splitlines() if "EventPostponed" in one]
    assert line["reason"] == "StateUnreadable: the upcast_state of locker fails at the row's state: ValueError"
    assert line["kind"] == "not yet"
    assert "large" not in log.getvalue()


def test_a_record_that_ends_the_newer_code_is_given_up_though_the_older_one_waits_in_between(kit: Kit) -> None:
    kit.consumer = kit.another_worker(service=NEW)
    kit.handle(broken(2, "e-1"))
    told = json.dumps({"since": NOON, "waits": 5, "attempts": 0, "marked": True, "copies": 2})
    sent: list[dict[str, Any]] = []
    kit.sqs.meta.events.register("provide-client-params.sqs.SendMessage", lambda params, **_: sent.append(params))
    begun, older = Copies(kit.rows), kit.another_worker(service=OLD, queues=lambda: kit.sqs)

    kit.consumer = older
    for _ in range(MOST_BEGINS):
        marked = {**broken(2, "e-2"), "messageAttributes": {"history": {"stringValue": told, "dataType": "String"}}}
        begun.begin(marked)  # the newer code begins with it, and dies
        kit.handle(marked)
        told = sent[-1]["MessageAttributes"].get("history", {}).get("StringValue")

    *copies, dead_letter = [one["MessageAttributes"] for one in sent]
    assert [json.loads(one["history"]["StringValue"])["marked"] for one in copies] == [True] * (MOST_BEGINS - 1)
    assert dead_letter["reason"]["StringValue"].startswith("FunctionDied")


class Size(StrEnum):
    SMALL = "small"


@dataclass(frozen=True)
class Sized:
    size: Size


def test_a_value_that_a_newer_enum_has_waits_for_the_newer_code(kit: Kit) -> None:
    kit.consumer = kit.another_worker(service=OLD)
    kit.handle(broken(1, "e-1"))
    sized = replace(OLD, state=Sized, upcast_state={2: lambda fields: {"size": fields["extent"]}})
    kit.consumer = kit.another_worker(service=sized)

    assert kit.handle(broken(1, "e-2")) == ["m-1"]
    assert kit.dead_letters() == []


def two(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "steps": [*fields.get("steps", []), 2]}


def three(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "steps": [*fields.get("steps", []), 3]}


@pytest.mark.parametrize(("written", "steps"), [(1, [2, 3]), (2, [3]), (3, [])])
def test_each_version_is_upcast_by_the_steps_after_it(written: int, steps: list[int]) -> None:
    service = replace(OLD, upcast_state={2: two, 3: three})

    assert service.state_version == 3
    assert service.upcast({}, written).get("steps", []) == steps


def test_steps_that_no_row_needs_any_more_may_go_and_the_last_one_stays() -> None:
    service = replace(OLD, upcast_state={3: three})

    assert service.upcast({}, 3) == {}
    assert service.upcast({}, 2) == {"steps": [3]}
    with pytest.raises(StateUnreadable, match="written in version 1, and no upcast_state makes 2 of it"):
        service.upcast({}, 1)
    with pytest.raises(StateUnreadable, match="written in version 4, and this locker knows 3"):
        service.upcast({}, 4)


@pytest.mark.parametrize("steps", [{1: two}, {0: two}, {2: two, 4: three}, {1: two, 2: three}])
def test_versions_that_are_not_numbered_from_2_on_are_refused(steps: dict[int, Any]) -> None:
    with pytest.raises(ServiceMisdeclared, match=r"the upcast_state of locker leads to the versions \[.*from 2 on"):
        replace(OLD, upcast_state=steps)


def test_a_service_without_a_state_has_nothing_to_upcast() -> None:
    with pytest.raises(ServiceMisdeclared, match="locker has `upcast_state` and no state to upcast"):
        Service("locker", "locker_id", upcast_state={2: two})
