"""What sets each kind of alarm off, and what nearly does: done to all services of a stage on the laptop AWS at once.

Any project can be tried, as events are made from its schemas.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import Killed
from ensemble.contracts.examples import bridge_event, typical
from ensemble.contracts.schemas import Schemas
from ensemble.laptop import Laptop
from ensemble.laptop.answers import Answer
from ensemble.laptop.cloudwatch.verdict import State
from functions.kit.model import EVERY_EVENT, Service, Workflow, rfc3339
from infrastructure.naming import Names

MINUTE = 60.0


@dataclass(frozen=True)
class Tried:
    """A stage on a laptop, its services, and how to deploy it with something changed."""

    laptop: Laptop
    services: tuple[Service, ...]
    schemas: Schemas
    names: Names
    changed: Callable[[Callable[[dict[str, Any]], None]], Path]

    def of_kind(self, kind: str) -> set[str]:
        """Return the names of the alarms of a kind."""
        return {name for name in self.laptop.alarms if kind_of(name) == kind}

    def going(self, kind: str) -> set[str]:
        """Return those of them that go off now."""
        return {name for name in self.of_kind(kind) if self.laptop.alarms[name].state is State.ALARM}

    def gone_off(self) -> dict[str, float]:
        """Return each alarm that went off, with how many seconds that took since the beginning."""
        return {one.alarm.name: one.at - self.began for one in self.laptop.alarm_changes if one.after is State.ALARM}

    @property
    def began(self) -> float:
        """When the laptop was made."""
        return next(iter(self.laptop.alarms.values())).began

    def looked_at(self, kind: str) -> Iterator[list[str]]:
        """Yield the queues that alarms of a kind look at: the first of each alarm, the second of each, and so on."""
        queues = [
            [dict(measure.metric.dimensions)["QueueName"] for measure in alarm.definition.queries.measures.values()]
            for name, alarm in self.laptop.alarms.items()
            if name in self.of_kind(kind)
        ]
        for number in range(max(map(len, queues))):
            yield [of_alarm[number % len(of_alarm)] for of_alarm in queues]

    def bodies(self) -> dict[str, str]:
        """Return by queue the body of a message that its consumer knows, as EventBridge sends it."""
        found = {}
        for service in self.services:
            for reaction in service.subscriptions:
                (queue,) = self.laptop.rules[self.names.rule(service.name, reaction.event)]
                event = next(iter(self.schemas.publishers)) if reaction.event == EVERY_EVENT else reaction.event
                found[queue] = self.body(event)
        return found

    def body(self, event: str, **changes: str) -> str:
        """Return the body of a message with an event, as EventBridge sends it. `changes`: fields of its detail."""
        version = self.schemas.newest(event)
        fields = typical(self.schemas.versions[event][version])[0]
        made = bridge_event(self.schemas.publishers[event], event, version, fields)
        now = rfc3339(datetime.fromtimestamp(self.laptop.now(), UTC))
        return json.dumps(made | {"detail": made["detail"] | {"timestamp": now} | changes})

    def send(self, *queues: str) -> None:
        """Send each queue such a message, or all that have a consumer."""
        bodies = self.bodies()
        for queue in queues or bodies:
            self.laptop.queue(queue).send(bodies[queue])

    @contextmanager
    def dying(self) -> Iterator[None]:
        """Let every function die at its start meanwhile."""

        def die(_function: str, _event: object) -> None:
            raise Killed("out of memory")

        with self.laptop.observed(lambda _bus, _event: None, die):
            yield

    @contextmanager
    def throttled(self) -> Iterator[None]:
        """Let there be no room for any function meanwhile."""
        for function in self.laptop.functions.values():
            function.is_throttled = True
        yield
        for function in self.laptop.functions.values():
            function.is_throttled = False

    @contextmanager
    def refused(self, target: str) -> Iterator[None]:
        """Let requests of functions with this `X-Amz-Target`, or the beginning of one, be refused meanwhile."""

        def around(headers: Mapping[str, str], _body: bytes, answer: Callable[[], Answer]) -> Answer:
            if not headers.get("x-amz-target", "").startswith(target):
                return answer()
            content = {"__type": "AccessDeniedException", "message": "not authorized"}
            return Answer(400, {"content-type": "application/x-amz-json-1.0"}, json.dumps(content).encode())

        self.laptop.around_requests(around)
        yield
        self.laptop.around_requests(lambda _headers, _body, answer: answer())


def kind_of(alarm: str) -> str:
    """Return of which kind an alarm is: what comes last in its name."""
    return alarm.rpartition("-")[2]


def dead_letters(tried: Tried) -> None:
    """Each dead-letter queue sets its alarm off, and is quiet when it is empty."""
    for queues in tried.looked_at("failures"):
        for queue in queues:
            tried.laptop.queue(queue).send("what failed")
        tried.laptop.run_for(2 * MINUTE)
        assert tried.going("failures") == tried.of_kind("failures"), queues
        for queue in queues:
            tried.laptop.queue(queue).purge()
        tried.laptop.run_for(2 * MINUTE)
        assert not tried.going("failures")


def messages_handled(tried: Tried) -> None:
    """Messages are where they belong, in queues of services, and are handled."""
    tried.send()
    tried.laptop.run_for(10 * MINUTE)


def death_at_every_start(tried: Tried) -> None:
    """Every function dies at its start."""
    tried.send()
    with tried.dying():
        tried.laptop.run_for(10 * MINUTE)


def death_now_and_then(tried: Tried) -> None:
    """Every function dies in two minutes, and starts again."""
    tried.send()
    with tried.dying():
        tried.laptop.run_for(2 * MINUTE - 1)
    tried.laptop.run_for(20 * MINUTE)


def no_room(tried: Tried) -> None:
    """There is no room for any function."""
    tried.send()
    with tried.throttled():
        tried.laptop.run_for(10 * MINUTE)


def no_room_for_a_moment(tried: Tried) -> None:
    """There is none for two minutes."""
    tried.send()
    with tried.throttled():
        tried.laptop.run_for(2 * MINUTE - 1)
    tried.laptop.run_for(20 * MINUTE)


def no_leave(tried: Tried) -> None:
    """No function has leave to use its table: all that comes waits."""
    tried.send()
    with tried.refused("DynamoDB_"):
        tried.laptop.run_for(10 * MINUTE)


def no_leave_for_a_moment(tried: Tried) -> None:
    """None has for three minutes."""
    tried.send()
    with tried.refused("DynamoDB_"):
        tried.laptop.run_for(3 * MINUTE)
    tried.laptop.run_for(20 * MINUTE)


def mappings_off(tried: Tried) -> None:
    """Each queue whose mapping is off sets its alarm off, and it is quiet when the mapping is on again."""
    for queues in tried.looked_at("late"):
        for queue in queues:
            tried.laptop.queue_mappings[queue].polling.is_enabled = False
        tried.send(*queues)
        tried.laptop.run_for(5 * MINUTE)
        assert tried.going("late") == tried.of_kind("late"), queues
        for queue in queues:
            tried.laptop.queue_mappings[queue].polling.is_enabled = True
        tried.laptop.run_for(10 * MINUTE)
        assert not tried.going("late")


def mappings_off_for_a_moment(tried: Tried) -> None:
    """All mappings are off for three minutes."""
    tried.send()
    for mapping in tried.laptop.queue_mappings.values():
        mapping.polling.is_enabled = False
    tried.laptop.run_for(3 * MINUTE)
    for mapping in tried.laptop.queue_mappings.values():
        mapping.polling.is_enabled = True
    tried.laptop.run_for(10 * MINUTE)


def ticks_stay_away(tried: Tried) -> None:
    """Every rule with a schedule is switched off."""
    tried.laptop.run_for(20 * MINUTE)
    assert not tried.going("timers")
    tried.laptop.take_over(tried.changed(_switch_schedules_off))
    tried.laptop.run_for(10 * MINUTE)


def ticks_come(tried: Tried) -> None:
    """Nothing happens but the ticks, from the moment on at which the stage was made."""
    tried.laptop.run_for(30 * MINUTE)


def workflows_that_do_not_end(tried: Tried) -> None:
    """A workflow begins at each service that promises something, and goes no further; then all end."""
    with _held_up(tried):
        _begin(tried, 1)
        tried.laptop.run_for(5 * MINUTE)
    assert tried.going("overdue") == tried.of_kind("overdue")
    tried.laptop.run_for(10 * MINUTE)
    assert not tried.going("overdue")


def workflows_held_up_for_a_moment(tried: Tried) -> None:
    """Some begin, and go no further for half a minute: they end before their deadlines."""
    with _held_up(tried):
        _begin(tried, 3)
        tried.laptop.run_for(MINUTE / 2)
    tried.laptop.run_for(10 * MINUTE)


def all_workflows_late(tried: Tried) -> None:
    """Five begin, and all of them end after their deadlines."""
    _some_late(tried, late=5, in_time=0)


def half_of_the_workflows_late(tried: Tried) -> None:
    """Three of six end after their deadlines."""
    _some_late(tried, late=3, in_time=3)


def few_workflows_late(tried: Tried) -> None:
    """One of three does."""
    _some_late(tried, late=1, in_time=2)


def _some_late(tried: Tried, *, late: int, in_time: int) -> None:
    with _held_up(tried):
        _begin(tried, late)
        tried.laptop.run_for(3 * MINUTE)
    tried.laptop.run_for(4 * MINUTE)
    _begin(tried, in_time, first=late)
    tried.laptop.run_for(10 * MINUTE)


def _door(tried: Tried, service: Service, workflow: Workflow) -> str:
    """Return the queue by which workflows come to a service that promises something of them."""
    (queue,) = tried.laptop.rules[tried.names.rule(service.name, workflow.starts)]
    return queue


def _promising(tried: Tried) -> Iterator[tuple[Service, Workflow]]:
    return ((service, service.workflow) for service in tried.services if service.workflow is not None)


def _begin(tried: Tried, number: int, first: int = 0) -> None:
    for service, workflow in _promising(tried):
        for name in (f"begun-{one}" for one in range(first, first + number)):
            body = tried.body(workflow.starts, event_id=name, **{service.key: name})
            tried.laptop.queue(_door(tried, service, workflow)).send(body)


@contextmanager
def _held_up(tried: Tried) -> Iterator[None]:
    """Let nothing be handled meanwhile but what begins workflows."""
    doors = {_door(tried, *one) for one in _promising(tried)}
    mappings = [mapping for queue, mapping in tried.laptop.queue_mappings.items() if queue not in doors]
    for mapping in mappings:
        mapping.polling.is_enabled = False
    yield
    for mapping in mappings:
        mapping.polling.is_enabled = True


def _switch_schedules_off(resource: dict[str, Any]) -> None:
    if "ScheduleExpression" in resource.get("Properties", {}):
        resource["Properties"]["State"] = "DISABLED"


def with_resources_changed(stage: Path, to: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Copy a stage's assembly, and do something to each resource of its templates."""
    shutil.copytree(stage.parent, to.parent, dirs_exist_ok=True)
    for path in to.glob("*.template.json"):
        template = json.loads(path.read_text())
        for resource in template["Resources"].values():
            change(resource)
        path.write_text(json.dumps(template))
    return to


Trouble = Callable[[Tried], None]

TROUBLES: Mapping[str, tuple[Trouble, Trouble]] = {
    "failures": (dead_letters, messages_handled),
    "failing": (death_at_every_start, death_now_and_then),
    "throttled": (no_room, no_room_for_a_moment),
    "waiting": (no_leave, no_leave_for_a_moment),
    "late": (mappings_off, mappings_off_for_a_moment),
    "timers": (ticks_stay_away, ticks_come),
    "overdue": (workflows_that_do_not_end, workflows_held_up_for_a_moment),
    "servicelevel": (all_workflows_late, half_of_the_workflows_late),
    "errorbudget": (half_of_the_workflows_late, few_workflows_late),
}
"""By kind of alarm what sets each of them off, and what none of them minds."""


class EachAlarm:
    """What holds of the alarms of any project: a test class that derives from it has a fixture `tried`."""

    @pytest.mark.parametrize("kind", TROUBLES)
    def test_each_alarm_goes_off(self, kind: str, tried: Tried) -> None:
        off, _ = TROUBLES[kind]

        off(tried)

        assert tried.of_kind(kind)
        assert tried.of_kind(kind) - tried.gone_off().keys() == set()

    @pytest.mark.parametrize("kind", TROUBLES)
    def test_each_alarm_stays_quiet_where_that_was_nothing(self, kind: str, tried: Tried) -> None:
        _, nearly = TROUBLES[kind]

        nearly(tried)

        assert tried.of_kind(kind) & tried.gone_off().keys() == set()

    def test_each_alarm_is_evaluated_and_of_a_kind_that_is_tried(self, tried: Tried) -> None:
        assert {kind_of(name) for name in tried.laptop.alarms} == set(TROUBLES)
        assert [one for one in tried.laptop.not_run if "CloudWatch::Alarm" in one.what] == []

    def test_a_consumer_that_dies_at_every_start_is_told_of_within_five_minutes_of_a_single_message(
        self, tried: Tried
    ) -> None:
        death_at_every_start(tried)

        gone_off = tried.gone_off()
        for service in tried.services:
            told = [gone_off[name] for kind in TROUBLES if (name := tried.names.alarm(service.name, kind)) in gone_off]
            assert min(told) <= 5 * MINUTE, service.name
