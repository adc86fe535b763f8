"""Which change of a stored state may go out: what is in the rows is read, and nothing of it is lost.

A field that is new and has a default is fine. Whatever else changes what lies in a row is another version of the state,
and `upcast_state` leads to it: it is run on states as the recorded shape lets them be.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ensemble.contracts.findings import Finding
from ensemble.contracts.profile import Json
from ensemble.contracts.states.examples import states_of
from ensemble.contracts.states.marks import lost_marks
from ensemble.contracts.states.reading import misread_before, misreads, unlike
from ensemble.contracts.states.shape import shape_of
from ensemble.contracts.states.tables import recorded_table
from functions.kit.model import Service
from functions.kit.saga import Saga
from functions.kit.states import reader

Recorded = Mapping[str, Any]
"""What is recorded of one service: what its table keeps (`table`), the event field by which each event finds its row
(`keys`), the shape of each version of its state that may be in a row (`states`), and of a saga each table by which
a row may be under way (`sagas`): none where it was drained."""

ROWS, EVENTS = "rows", "events"


def file_of(service: str) -> str:
    """Return the path in the project by which a service is recorded."""
    return f"functions/{service}/service.py"


def contract_of(service: Service) -> dict[str, Any]:
    """Return what of a service must be kept as long as its rows are there."""
    if service.stores_events:
        return {"table": EVENTS}
    keys = {reaction.event: service.key_of(reaction) for reaction in service.subscriptions}
    conducted = {"sagas": [recorded_table(service).as_json()]} if isinstance(service, Saga) else {}
    return {"table": ROWS, "keys": keys, "states": {str(service.state_version): shape_of(service.state)}, **conducted}


def broken_states(recorded: Mapping[str, Mapping[str, Recorded]], services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each change of a service that its rows would not bear; `recorded`: by stage, the services by their file."""
    present = {file_of(service.name): service for service in services}
    for file in sorted({file for of_stage in recorded.values() for file in of_stage}):
        new = [one for one in services if all(file_of(one.name) not in of_stage for of_stage in recorded.values())]
        for before, stages in alike(recorded, file):
            found = list(
                _broken(present[file], before, stages) if file in present else _gone(file, new, before, stages)
            )
            if found:
                yield from found
                break  # what another stage has beside it has the same cause


def alike(recorded: Mapping[str, Mapping[str, Recorded]], file: str) -> list[tuple[Recorded, list[str]]]:
    """Return what is recorded of a service, each with the stages where it is."""
    found: list[tuple[Recorded, list[str]]] = []
    for stage, services in recorded.items():
        known = next((stages for before, stages in found if before == services.get(file)), None)
        if known is not None:
            known.append(stage)
        elif file in services:
            found.append((services[file], [stage]))
    return found


def _broken(service: Service, before: Recorded, stages: Sequence[str]) -> Iterator[Finding]:
    if before["table"] != (EVENTS if service.stores_events else ROWS):
        yield Finding(
            file_of(service.name),
            f"its table in {_listed(stages)} keeps {before['table']}, and it does so no more: it would get another "
            f"table, and what is in this one would be lost. {_harmed(service.name, stages)}",
            "take the change back, and let a new service beside it do what is new",
        )
    elif not service.stores_events:
        yield from _other_keys(service, before, stages)
        yield from _unread(service, before, stages) or _unmarked(service, before, stages)


def _listed(stages: Sequence[str]) -> str:
    return " and ".join(stages)


def _harmed(service: str, stages: Sequence[str]) -> str:
    return f"Harmed: the workflows that {service} has under way in {_listed(stages)}"


def _gone(file: str, new: Sequence[Service], before: Recorded, stages: Sequence[str]) -> Iterator[Finding]:
    if before.get("sagas") == []:  # it was drained
        return
    name = file.split("/")[1]
    renamed = f"if it is {new[0].name} now, call it {name} again" if len(new) == 1 else "bring it back under its name"
    yield Finding(
        file,
        f"the service {name} is deployed to {_listed(stages)}, and it is gone: its table and its queues are called "
        f"after it, so its rows, the ids of what it handled and the events that wait would be lost. "
        f"{_harmed(name, stages)}",
        f"{renamed}. To give it up: when nothing of it is under way any more destroy its stack, then delete its entry "
        f"in {' and '.join(f'deployed/{stage}.json' for stage in stages)}",
    )


def _other_keys(service: Service, before: Recorded, stages: Sequence[str]) -> Iterator[Finding]:
    """Yield the first event that finds its row by another field than before."""
    keys = {reaction.event: service.key_of(reaction) for reaction in service.subscriptions}
    for event, old in before["keys"].items():
        if keys.get(event, old) != old:
            yield Finding(
                file_of(service.name),
                f"{event} finds its row by {keys[event]}, and the rows in {_listed(stages)} are found by {old}: it "
                "would know nothing of them, begin new ones and handle again what they have handled. "
                f"{_harmed(service.name, stages)}",
                f"take the change back, the key is {old}. Where it must be {keys[event]}, make a new service beside "
                "this one, and let this one go when nothing of it is under way any more",
            )
            return


def _unmarked(service: Service, before: Recorded, stages: Sequence[str]) -> Iterator[Finding]:
    """Yield what the state has lost of its marks."""
    now = shape_of(service.state)
    lost = dict.fromkeys(path for shape in before["states"].values() for path in lost_marks(shape, now))
    if lost:
        yield Finding(
            _module_of(service),
            f"{', '.join(lost)} of {service.state.__name__} has lost the mark of what is sensitive, which is recorded "
            f"in {_listed(stages)}: `ensemble forget` would leave it. Harmed: whom it is about",
            "write Sensitive[...] around its type again",
        )


def _unread(service: Service, before: Recorded, stages: Sequence[str]) -> list[Finding]:
    """Return the first reason why a state that may be in a row is not read; nothing where all are."""
    for written, shape in sorted((int(version), shape) for version, shape in before["states"].items()):
        problem, fix = _of_version(service, written, shape, stages)
        if problem:
            return [Finding(_module_of(service), f"{problem}. {_harmed(service.name, stages)}", fix)]
    return []


def _module_of(service: Service) -> str:
    """Return the file in which the service's state is."""
    return f"{service.state.__module__.replace('.', '/')}.py"


def _of_version(service: Service, written: int, shape: Json, stages: Sequence[str]) -> tuple[str, str]:
    newest, state = service.state_version, service.state.__name__
    if written > newest:
        return (
            f"{state} is of version {newest}, and rows of version {written} may be there, which wait for newer code",
            f"keep `upcast_state` of {service.name} with its step {written}, whose number is the version's",
        )
    if written == newest:
        return unlike(shape, shape_of(service.state), state), (
            "give what is new a default and take the rest back, or make it another version of the state: "
            f"upcast_state={{{newest + 1}: ...}} of {service.name}, a function that returns the stored fields in their "
            "new shape"
        )
    missing = [step for step in range(written + 1, newest + 1) if step not in service.upcast_state]
    if missing:
        return (
            f"rows of version {written} may be there, and upcast_state of {service.name} has no step {missing[0]}",
            f"put the step back until this has ended well: ensemble backfill {service.name} --stage {stages[0]}",
        )
    return misfit(service, written, shape), (
        f"let upcast_state of {service.name} return a new dict with what {state} has, as it is stored, from whatever "
        f"version {written} wrote"
    )


def hurried(recorded: Mapping[str, Mapping[str, Recorded]], services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each state of which the version that is deployed would misread what the present code may write: advice."""
    for service in services:
        for before, stages in alike(recorded, file_of(service.name)):
            shape = before.get("states", {}).get(str(service.state_version))
            problem = "" if shape is None else misread_before(shape_of(service.state), shape)
            if problem:
                yield Finding(
                    _module_of(service),
                    f"what is deployed to {_listed(stages)} runs beside this code for a while, and does not read all "
                    f"that {service.state.__name__} may have now: {problem}",
                    f"write nothing new before all of it is deployed, or let the older code wait: "
                    f"upcast_state={{{service.state_version + 1}: ...}} of {service.name}",
                )
                break


def misfit(service: Service, written: int, shape: Json) -> str:
    """Say which state of a version `upcast_state` makes what cannot be read of; nothing when there is none among the
    examples."""
    newest = shape_of(service.state)
    for before in states_of(shape):
        problem = _misfit(service, written, before, newest)
        if problem:
            return f"upcast_state, given {_shown(before)} of version {written}, {problem}"
    return ""


def _misfit(service: Service, written: int, before: Any, newest: Json) -> str:
    given = copy.deepcopy(before)
    try:
        made, again = service.upcast(given, written), service.upcast(copy.deepcopy(before), written)
    except Exception as error:  # whatever the service's function raises
        return f"fails with {type(error).__name__}: {error}"
    if given != before:
        return "changes what it was given"
    try:
        text, other = json.dumps(made, allow_nan=False), json.dumps(again, allow_nan=False)
    except (TypeError, ValueError) as error:
        return f"returns {_shown(made)}, which cannot be stored: {error}"
    if text != other:
        return "returns something else each time"
    stored = json.loads(text)
    if broken := misreads(newest, stored):
        return f"returns {_shown(made)}: {broken}"
    try:
        state: Any = service.state
        reader(state, service.name)(stored)
    except Exception as error:
        return f"returns {_shown(made)}, which cannot be read: {type(error).__name__}: {error}"
    return ""


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)
