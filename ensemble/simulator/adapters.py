"""The adapters of a service's effects, as the application gives them to the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ensemble.simulator.application import Application
from ensemble.simulator.kit import WORKING_TREE, Kit
from ensemble.simulator.topology import FunctionSpec
from functions.kit.errors import EffectNotProvided
from functions.kit.reactor import Adapters


def adapters(application: Application, function: FunctionSpec, topic: Any, kit: Kit = WORKING_TREE) -> Adapters:
    """Return a service's adapters. To ask for one that is not among them raises EffectNotProvided, which says where.

    `kit`: the one that the function runs by. Another than the working tree's has classes of its own, under the same
    names: its effects are known by their names, and what an adapter returns or raises is made its own.
    """
    given, where = application.effects(function, topic), type(application)
    place = f"{function.service} in {where.__module__.replace('.', '/')}.py, {where.__name__}.effects"
    return _Given(given, place) if kit is WORKING_TREE else _GivenToAnother(given, place, kit)


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


class _GivenToAnother(_Given):
    def __init__(self, given: Adapters, place: str, kit: Kit) -> None:
        super().__init__(given, place)
        self._kit = kit
        self._by_name = {_name(effect): effect for effect in given}

    def __getitem__(self, effect: type) -> Callable[[Any], Any]:
        adapter = super().__getitem__(self._by_name.get(_name(effect), effect))

        def perform(asked: Any) -> Any:
            try:
                return self._kit.own(adapter(asked))
            except Exception as error:
                raise self._kit.own(error) from error

        return perform


def _name(effect: type) -> str:
    return f"{effect.__module__}.{effect.__qualname__}"
