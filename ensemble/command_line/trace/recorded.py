"""A recorded workflow, played again on the laptop AWS in virtual time, as tests of `ensemble trace --as-test` do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ensemble.command_line.project import read_scenario, read_schemas, read_services, root_of_project
from ensemble.command_line.run.needs import given_to
from ensemble.command_line.run.playing import play
from ensemble.command_line.run.results import Result
from ensemble.command_line.stage.account import Account
from ensemble.command_line.synthesis import assembly_of
from ensemble.command_line.terminal import error_console
from ensemble.command_line.trace.declared import read_declared
from ensemble.command_line.trace.reading import Reading
from ensemble.laptop import Laptop, VirtualClock
from ensemble.scenario import Scenario, Story
from ensemble.scenario.look import nothing
from ensemble.scenario.sandboxes import started
from ensemble.trace.known import Known
from ensemble.trace.standing import Cause, Standing, State, Why, standing_of
from ensemble.trace.words import counted

Fields = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A workflow to be played again, and what must hold at its end.

    `asked`: what finds it: a row's key, or its workflow. `began`: when its first command came (RFC 3339). `story`: its
    commands, and the events that must come of them. `fields`: values of rows' states, by service, and of events, by
    type; a dot leads into an object. `stage`: the stage of `app.py` that is run.
    """

    asked: str
    began: str
    story: Story
    fields: Fields = field(default_factory=dict)
    stage: str = "dev"

    def faults(self) -> list[str]:
        """Play it, and return in words all that is not as it must be. Raises CommandFailed where it cannot be played.

        No workflow may leave a dead letter, nor wait for anything, nor publish the same twice because of one event.
        """
        return self.play().faults()

    def play(self) -> Played:
        """Play it on a new laptop AWS, after the opening of the project's scenario and with its sandboxes."""
        root = root_of_project()
        services = read_services(root)
        schemas = read_schemas(root, services)
        assembly = assembly_of(self.stage, error_console(), root)
        scenario = replace(read_scenario(root) or Scenario(), stories=(self.story,), measures=nothing)
        with started(scenario) as sandboxes:
            settings = given_to(services, sandboxes.settings, root, with_file=False)
            with Laptop(assembly, VirtualClock(self.began), settings=settings, project=root) as laptop:
                (result,) = play(laptop, scenario, sandboxes=sandboxes, timeout_seconds=self.story.within).stories
                account, declared = Account(laptop.serve().url), read_declared(assembly, services, schemas)
                clients = (account.client("dynamodb"), account.client("sqs"))
                known = Reading(declared, *clients, laptop.now()).known(self.asked)
        return Played(self, result, known, None if known is None else standing_of(known))


@dataclass(frozen=True, slots=True)
class Played:
    """What was seen of a workflow that was played again; `known` is None where nothing is."""

    recorded: Recorded
    result: Result
    known: Known | None
    standing: Standing | None

    def faults(self) -> list[str]:
        """Return in words all that is not as it must be."""
        found = list(self.result.faults)
        if self.known is None or self.standing is None:
            return [*found, f"nothing is known of {self.recorded.asked}: no row, no stored event and no dead letter"]
        found += [why.text for why in self._troubles(self.standing)]
        return [*found, *_twice(self.standing), *_other_fields(self.recorded.fields, self.known)]

    def _troubles(self, standing: Standing) -> Iterator[Why]:
        """Yield why it goes no further. Where it is said what ends it, a timer may still be set for later."""
        if standing.state is not State.DONE:
            is_ended = bool(self.recorded.story.end)
            yield from (why for why in standing.why if not (is_ended and why.cause is Cause.TIMER and why.next_at))

    @property
    def is_as_recorded(self) -> bool:
        """Whether all events came that came before."""
        return {event.type for event in self.result.events}.issuperset(self.recorded.story.appear)


def value_at(known: Known, name: str, path: str) -> Any:
    """Return a value of the state of a service's row, or of the last event of a type. Raises LookupError."""
    values = [row.state for row in known.rows if row.service == name and not row.is_shared]
    values += [event.fields for event in known.events if event.type == name]
    value = values[-1]
    for part in path.split("."):
        if not isinstance(value, dict):
            raise KeyError(part)
        value = value[part]
    return value


def _twice(standing: Standing) -> Iterator[str]:
    """Yield what a service published more than once because of one event, though it says the same."""
    events = standing.steps.events
    same = Counter((one.source, one.type, one.cause, one.content) for one in events.values() if one.content)
    for (source, type, cause, _), number in same.items():
        if number > 1 and cause is not None:
            because_of = events[cause].type if cause in events else cause
            yield f"{source} published {type} {counted(number, 'time')} because of one {because_of}"


def _other_fields(expected: Fields, known: Known) -> Iterator[str]:
    for name, values in expected.items():
        for path, value in values.items():
            try:
                found = value_at(known, name, path)
            except LookupError:
                yield f"{name} has no {path}, which must be {value!r}"
                continue
            if found != value:
                yield f"{path} of {name} is {found!r}, not {value!r}"
