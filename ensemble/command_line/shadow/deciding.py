"""What a service's code decides on an event and a state, as JSON: every way that it can go, and nothing is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from ensemble.contracts.outcomes import values
from ensemble.testing.exploration import LONGEST_CHAIN, Exploration
from functions.kit.contracts import selection
from functions.kit.envelope import completed, encoded
from functions.kit.errors import ContractViolation, EnsembleError
from functions.kit.model import EXTERNAL_ID, TIMER, Decision, Event, Reaction, Service, unchanged
from functions.kit.states import plain, reader

Json = dict[str, Any]

NO_ROW: Json = {"state": None, "version": 1}


class Deciding:
    """The code of one service in the project of an exploration."""

    def __init__(self, exploration: Exploration, service: Service) -> None:
        self._service = service
        self._contracts = exploration.contracts(service)
        self._reactions = {one.event: one for one in service.reactions}
        state: Any = service.state
        self._read = reader(state, service.name)

    def decide(self, before: Json, body: Json, event_id: str, at: str) -> Json:
        """Return what it decides: the new state with its timer, what is published and moved, the decision when a
        counter is short, the effect with the decision on each outcome; or what it raises.

        `before`: the stored state and its version.
        """
        try:
            state = self._state(before)
            event, reaction = self._event(body, event_id, at)
            if reaction.event == TIMER and self._service.due_at(state) is None:
                return self._told(reaction, unchanged(state), event)
            return self._told(reaction, reaction.react(state, event), event)
        except Exception as fault:  # whatever the service's code raises is its decision
            return {"raises": _raised(fault)}

    def stored(self, state: Any, before: Json) -> Json:
        """Return a state as a row has it, given what it had before."""
        if state is None:
            return NO_ROW
        kept = before["state"] if before["version"] == self._service.state_version else None
        return {"state": {**(kept or {}), **state}, "version": self._service.state_version}

    def _state(self, before: Json) -> Any:
        if before["state"] is None:
            return None
        return self._read(self._service.upcast(before["state"], before["version"]))

    def _event(self, body: Json, event_id: str, at: str) -> tuple[Event, Reaction]:
        """Return the event as the reaction is handed it. Raises ContractViolation."""
        if body.get("type") == TIMER:
            return Event(event_id, TIMER, at, "", body["fields"]), self._reactions[TIMER]
        type = body["detail-type"]
        if type not in self._reactions:
            raise ContractViolation(f"{self._service.name} does not react to {type}")
        reaction = self._reactions[type]
        detail = completed(body, self._contracts.newest_version(type), self._contracts.doors)
        received = self._contracts.received(body["source"], detail)
        handed = selection(reaction.reads)(received)
        who = (received["event_id"], type, received["timestamp"], received["correlation_id"])
        return Event(*who, handed, received.get(EXTERNAL_ID)), reaction

    def _told(self, reaction: Reaction, decision: Decision, event: Event, effects: int = 0) -> Json:
        state = None if decision.state is None else plain(decision.state)
        told: Json = {
            "state": state,
            "timer": self._service.due_at(decision.state),
            "publishes": [{"type": one.type, "fields": without_null(one.fields)} for one in decision.publications],
        }
        for name in ("takes", "gives", "totals"):
            if amounts := getattr(decision, name):
                told[name] = {item: plain(amount) for item, amount in amounts.items()}
        if decision.otherwise is not None:
            told["otherwise"] = self._told(reaction, decision.otherwise, event)
        if decision.effect is not None and decision.then is not None and effects < LONGEST_CHAIN:
            told["effect"] = _effect(decision.effect)
            told["then"] = {
                encoded(plain(outcome)): self._after(reaction, decision, event, outcome, effects)
                for outcome in values(reaction.effects[type(decision.effect)])
            }
        return told

    def _after(self, reaction: Reaction, decision: Decision, event: Event, outcome: Any, effects: int) -> Json:
        assert decision.then is not None
        try:
            return self._told(reaction, decision.then(decision.state, event, outcome), event, effects + 1)
        except Exception as fault:  # as above
            return {"raises": _raised(fault)}


def ways(decision: Json) -> Iterator[Json]:
    """Yield what can be committed in the end, of a decision and what follows from it."""
    if "raises" in decision:
        return
    if "then" in decision:
        for after in decision["then"].values():
            yield from ways(after)
        return
    yield decision
    if "otherwise" in decision:
        yield from ways(decision["otherwise"])


def without_null(value: Any) -> Any:
    """Return a value as it is published: null of an optional field is absence."""
    if isinstance(value, Mapping):
        return {name: without_null(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [without_null(one) for one in value]
    return value


def _raised(fault: Exception) -> str:
    """Return what was raised; what is no fault of the kit's may say anything, also what is sensitive."""
    return f"{type(fault).__name__}: {fault}" if isinstance(fault, EnsembleError) else type(fault).__name__


def _effect(effect: Any) -> Json:
    if not is_dataclass(effect):
        return {"kind": type(effect).__name__, "fields": {}}
    return {
        "kind": type(effect).__name__,
        "fields": {one.name: plain(getattr(effect, one.name)) for one in fields(effect)},
    }
