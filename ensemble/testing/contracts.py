"""What each service promises by its contracts, as checks that a project's own test runs one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ensemble.contracts.examples import broken
from ensemble.contracts.kinds import commands_of
from ensemble.testing.exploration import Exploration
from functions.kit.errors import ContractViolation, NotYet, PublicationRefused
from functions.kit.model import EVERY_EVENT, TIMER, Decision, Reaction, Service
from functions.kit.saga import Saga


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that holds of one reaction; `check` raises an error that says where it does not."""

    name: str
    check: Callable[[], None]

    def __str__(self) -> str:
        return self.name


def promises(root: Path) -> list[Promise]:
    """Return the promises of all services of the project in the folder `root`."""
    return list(promises_of(Exploration.of(root)))


def promises_of(explored: Exploration) -> Iterator[Promise]:
    """Yield for each reaction: it handles what it hears, refuses what is broken, publishes what is declared, answers
    what is a command."""
    for service in explored.services:
        for reaction in service.reactions:
            name = f"{service.name}-{reaction.event}"
            if reaction.event not in (TIMER, EVERY_EVENT):
                for version in explored.schemas.versions[reaction.event]:
                    heard = (explored, service, reaction, version)
                    yield Promise(f"{name}-{version}-handles-every-example", partial(handles_every_example, *heard))
                    yield Promise(f"{name}-{version}-refuses-what-is-broken", partial(refuses_what_is_broken, *heard))
            publishing = (explored, service, reaction)
            yield Promise(f"{name}-publishes-by-its-schemas", partial(publishes_by_its_schemas, *publishing))
            yield Promise(f"{name}-publishes-what-it-declares", partial(publishes_what_it_declares, *publishing))
            if reaction.event in commands_of(service, explored.services, explored.schemas):
                is_asked = is_of_a_saga(explored, reaction.event)
                answers = answers_a_saga if is_asked else answers_every_command
                yield Promise(f"{name}-answers", partial(answers, *publishing))


def handles_every_example(explored: Exploration, service: Service, reaction: Reaction, version: str) -> None:
    """Check that the reaction handles every example of a live version in every state that it can reach."""
    for name, event in explored.heard(service, reaction, version):
        for state in explored.states(service):
            try:
                reaction.react(state, event)
            except NotYet:
                continue
            except Exception as error:
                error.add_note(f"{service.name} was handed {reaction.event} {version} ({name}) in the state {state}")
                raise


def refuses_what_is_broken(explored: Exploration, service: Service, reaction: Reaction, version: str) -> None:
    """Check that the compiled reader refuses every broken example."""
    for name, fields in broken(explored.schemas.versions[reaction.event][version]).items():
        if not isinstance(fields, dict):
            continue
        try:
            explored.handed(service, reaction, explored.sent(reaction.event, version, fields))
        except ContractViolation:
            continue
        raise AssertionError(f"{service.name} reads a {reaction.event} {version} that is broken: {name}")


def publishes_by_its_schemas(explored: Exploration, service: Service, reaction: Reaction) -> None:
    """Check that whatever the reaction publishes of what its service declares satisfies the newest schema of it."""
    contracts = explored.contracts(service)
    for type, fields in explored.published(service, reaction):
        if type in service.emits:  # anything else is found by `publishes_what_it_declares`
            version = contracts.version_to_publish(type)
            try:
                contracts.check_published(explored.sent(type, version, fields))
            except PublicationRefused as error:
                file = explored.schemas.file(type, version)
                error.add_note(f"functions/{service.name}: on {reaction.event} it publishes {fields}, by {file}")
                raise


def publishes_what_it_declares(explored: Exploration, service: Service, reaction: Reaction) -> None:
    """Check that the reaction publishes all events that it declares, in some state, and no other."""
    found, declared = {type for type, _ in explored.published(service, reaction)}, {*reaction.publishes}
    where = f"functions/{service.name}/service.py: the reaction to {reaction.event}"
    assert found <= declared, f"{where} publishes {_listed(found - declared)}: declare it in `emits` or `refusals`"
    assert declared <= found, f"{where} never publishes {_listed(declared - found)}: take it out, or let it be reached"


def answers_every_command(explored: Exploration, service: Service, reaction: Reaction) -> None:
    """Check that the reaction to a command publishes something, whatever it decides in whatever state."""
    silent = [*dict.fromkeys(repr(state) for state, one in explored.decided(service, reaction) if is_silent(one))]
    assert not silent, (
        f"functions/{service.name}/domain.py: the reaction to the command {reaction.event} publishes nothing in "
        f"{len(silent)} of the states that it can find, such as {silent[0]}: say by an event why it is not done"
    )


def answers_a_saga(explored: Exploration, service: Service, reaction: Reaction) -> None:
    """Check that the reaction to a saga's command publishes something where nothing was before: a step and its undo
    have one answer between them, so whichever finds that of the other may be silent."""
    is_said = all(not is_silent(one) for state, one in explored.decided(service, reaction) if state is None)
    assert is_said, (
        f"functions/{service.name}/domain.py: the reaction to {reaction.event} publishes nothing where the row is new: "
        "the saga that asks would wait for ever. Answer it, and leave in the state that it was told"
    )


def is_of_a_saga(explored: Exploration, event: str) -> bool:
    """Whether a saga publishes the event."""
    publisher = explored.schemas.publishers[event]
    return any(isinstance(one, Saga) and one.name == publisher for one in explored.services)


def is_silent(decision: Decision) -> bool:
    """Whether nothing is said, now or once an effect has its outcome."""
    return decision.effect is None and not decision.publications


def _listed(events: set[str]) -> str:
    return ", ".join(sorted(events))
