"""Lets the reactions of services meet what afflicts single events, whichever lane they run in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ensemble.simulator.world import World
from functions.kit.model import Decision, Event, Reaction, Service


class Afflicted:
    """The services by name, with reactions that first meet what the world, as it is then, has in store for an event."""

    def __init__(self, services: Mapping[str, Service], world: Callable[[], World]) -> None:
        self._services, self._world = services, world
        self._made: dict[str, Service] = {}

    def __getitem__(self, name: str) -> Service:
        if name not in self._made:
            service = self._services[name]
            reactions = tuple(self._meeting(one, name) for one in service.reactions)
            self._made[name] = dataclasses.replace(service, reactions=reactions)
        return self._made[name]

    def _meeting(self, reaction: Reaction, service: str) -> Reaction:
        react = reaction.react

        def meet(state: Any, event: Event) -> Decision:
            self._world().meet(service, event.event_id)
            return react(state, event)

        return dataclasses.replace(reaction, react=meet)
