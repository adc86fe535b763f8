"""Plays one story on the laptop AWS, by itself and several times at once, and records what AWS would bill."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.errors import StartingFailed, UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project, scenario_to_play
from ensemble.command_line.run.look import names_of
from ensemble.command_line.run.needs import given_to
from ensemble.command_line.run.opening import put
from ensemble.command_line.run.running import running_laptop, running_sandboxes
from ensemble.command_line.synthesis import assembly_of
from ensemble.contracts.doors import commands_from_outside
from ensemble.laptop import Laptop
from ensemble.laptop.clock import VirtualClock
from ensemble.meter.assumed import ITEM_OVERHEAD_BYTES
from ensemble.meter.bill import Meter, idle
from ensemble.meter.latency import Step
from ensemble.meter.measure import sums
from ensemble.meter.recording import Recorded, Recorder
from ensemble.meter.stage import Stage, read_stage
from ensemble.meter.units import GIGABYTE, Unit, Units
from ensemble.scenario import Command, Scenario, Story
from ensemble.scenario.apart import apart
from functions.kit.model import Service
from functions.kit.saga import Saga

TOGETHER = 10
"""Workflows that are begun at once, so that batches are full."""

IDLE_MINUTES = 5
OF_A_RUN = ("event_id", "correlation_id")
"""What a run gives a command, and a sender outside does not."""


@dataclass(frozen=True, slots=True)
class Metered:
    """What was measured. `stored`: what one workflow leaves in tables, for a month. `lines`: of what each service
    decides and declares. `sagas`: the services that conduct others."""

    environment: str
    story: Story
    stage: Stage
    meter: Meter
    recorded: Recorded
    steps: list[Step]
    idle: Units
    metrics: frozenset[str]
    stored: Units
    lines: Mapping[str, int]
    sagas: tuple[str, ...]


def story_to_meter(scenario: Scenario, name: str | None) -> Story:
    """Return the story of this name, or else the first one that is no race, of those that take seconds.

    Raises UsageRefused.
    """
    stories = [one for one in scenario.stories if not one.is_long]
    found = [one for one in stories if (not one.is_race if name is None else name == one.name)]
    if not found:
        known = ", ".join(repr(one.name) for one in stories) or "none"
        raise UsageRefused(f"no story {name!r} can be metered. Fix: take one of {known}")
    return found[0]


def metered(console: Console, environment: str, name: str | None) -> Metered:
    """Measure the story. Raises CommandFailed."""
    root = root_of_project()
    services, scenario = read_services(root), scenario_to_play(root)
    keys = commands_from_outside(services, read_schemas(root, services))
    story = story_to_meter(scenario, name)
    with running_sandboxes(scenario) as sandboxes:
        settings = given_to(services, sandboxes.settings, root, with_file=False)
        with running_laptop(console, environment, VirtualClock(), settings) as laptop:
            stage = read_stage(assembly_of(environment, console, root))
            alone = replace(scenario, own_ids=(), stories=(story,))
            return _measure(laptop, stage, alone, keys, environment, services)


def lines_of(root: Path, service: str) -> int:
    """Return how many lines, blank ones aside, the domain and the table of a service have."""
    files = [root / "functions" / service / name for name in ("domain.py", "service.py")]
    return sum(bool(line.strip()) for file in files if file.exists() for line in file.read_text().splitlines())


def _measure(
    laptop: Laptop,
    stage: Stage,
    scenario: Scenario,
    keys: Mapping[str, Collection[str]],
    environment: str,
    services: Sequence[Service],
) -> Metered:
    (story,) = scenario.stories
    runs = [apart(scenario, f"{number}", keys) for number in range(TOGETHER + 2)]
    recorder, sender = Recorder(laptop, stage), _Sender(laptop, keys)
    for run in runs:
        sender.send(run.opening)
    first, second, *others = (run.stories[0].commands for run in runs)
    sender.send(first)  # so that all functions are warm
    before = _stored(laptop, stage)
    recorder.take()
    sender.send(second)
    alone = recorder.take()
    after = _stored(laptop, stage)
    sender.send([command for commands in others for command in commands])
    together = recorder.take()
    laptop.run_for(60 * IDLE_MINUTES)
    at_rest = recorder.take()
    _refuse_dead_letters(laptop)
    stored = Units({unit: after[unit] - before[unit] for unit in after})
    meter = Meter(stage, sums(alone), sums(together, TOGETHER), alone)
    return Metered(
        environment=environment,
        story=story,
        stage=stage,
        meter=meter,
        recorded=alone,
        steps=meter.course.way(story.end),
        idle=idle(stage, sums(at_rest), IDLE_MINUTES),
        metrics=alone.metrics,
        stored=stored,
        lines={service.name: lines_of(root_of_project(), service.name) for service in services},
        sagas=tuple(service.name for service in services if isinstance(service, Saga)),
    )


class _Sender:
    """Puts commands as a sender outside does, each at its time or after an event about the same, and lets all end."""

    def __init__(self, laptop: Laptop, keys: Mapping[str, Collection[str]]) -> None:
        self._laptop, self._keys, self._bus = laptop, keys, names_of(laptop).bus
        self._waiting: list[Command] = []
        laptop.on_event(self._observe)

    def send(self, commands: Collection[Command]) -> None:
        """Put them, and wait until all is at rest."""
        for command in commands:
            fields = {name: value for name, value in command.fields.items() if name not in OF_A_RUN}
            as_sent = replace(command, fields=fields)
            if command.after:
                self._waiting.append(as_sent)
            else:
                self._laptop.engine.after(command.at, lambda one=as_sent: self._put(one))  # type: ignore[misc]
        self._laptop.run_until_idle()

    def _put(self, command: Command) -> None:
        put(self._laptop, command, self._bus)

    def _observe(self, bus: str, event: Mapping[str, Any]) -> None:
        if bus == self._bus:
            due = [one for one in self._waiting if one.after == event["detail-type"] and self._is_about(one, event)]
            self._waiting = [one for one in self._waiting if one not in due]
            for one in due:
                self._put(one)

    def _is_about(self, command: Command, event: Mapping[str, Any]) -> bool:
        return all(command.fields.get(name) == event["detail"].get(name) for name in self._keys[command.type])


def _stored(laptop: Laptop, stage: Stage) -> Units:
    """Return what the tables hold now, for a month."""
    units = Units()
    for name, table in stage.tables.items():
        size = sum(table.stored_bytes(one, ITEM_OVERHEAD_BYTES) for one in laptop.table_images(name)) / GIGABYTE
        units[Unit.STORED] += size
        units[Unit.RECOVERABLE] += size if table.is_recoverable else 0
    return units


def _refuse_dead_letters(laptop: Laptop) -> None:
    if dead := sum(len(messages) for messages in laptop.dead_letters().values()):
        raise StartingFailed(
            f"{dead} messages were dead-lettered, so what was measured is no calm run: see `ensemble demo`"
        )
