"""The adapters of a service's effects, as the application gives them to the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ensemble.simulator.application import Application
from ensemble.simulator.topology import FunctionSpec
from functions.kit.errors import EffectNotProvided
from functions.kit.reactor import Adapters


def adapters(application: Application, function: FunctionSpec, topic: Any) -> Adapters:
    """Return a service's adapters. To ask for one that is not among them raises EffectNotProvided, which says where."""
    given, where = application.effects(function, topic), type(application)
    return _Given(given, f"{function.service} in {where.__module__.replace('.', '/')}.py, {where.__name__}.effects")


class _Given(Mapping[type, Callable[[Any], Any]]):
    def __init__(self, given: Adapters, place: str) -> None:
        self._given, self._place = given, place

    def __getitem__(self, effect: type) -> Callable[[Any], Any]:
        if effect not in self._given:
            raise EffectNotProvided(f"{effect.__name__} has no adapter for {self._place}")
        return self._given[effect]

    def __iter__(self) -> Iterator[type]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __bool__(self) -> bool:
        return True  # also with none: the kit puts a mapping that knows nothing of this place where there are none
