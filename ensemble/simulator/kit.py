"""The kits that functions run by: the working tree's, or another version's out of the bundle, loaded beside it.

Services are deployed one at a time, so a fleet has bundles of several versions. A function whose bundle holds what the
working tree holds runs from the working tree, where it can be changed and is fast. Any other runs from its bundle,
made by the kit's public entries alone, so that this simulator need not know how an older kit works inside.

What another kit imports only while it runs would be the working tree's; the kit imports nothing so late.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from ensemble.laptop.bundled import own_modules
from ensemble.simulator.topology import FunctionSpec


class Kit:
    """One set of the modules that a bundle holds, with those of its kit that a lane joins to its world.

    `bundle`: the folder they are loaded from; None for the working tree's own, which are loaded already.
    """

    def __init__(self, bundle: Path | None = None) -> None:
        self._bundle = bundle
        self._modules: dict[str, ModuleType] = {}
        self._is_entered = False
        self._own: dict[type, type | None] = {}
        self.clock = self.module("functions.kit.clock")
        self.clients = self.module("functions.kit.clients")
        self.telemetry = self.module("functions.kit.telemetry")

    def module(self, name: str) -> Any:
        """Return one of its modules. Raises ModuleNotFoundError."""
        with self.entered():
            return importlib.import_module(name)

    def fresh(self, name: str) -> Any:
        """Load one of its modules anew, whether or not it is loaded already: a function's own."""
        with self.entered():
            spec = importlib.util.find_spec(name)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let imports mean its own modules until the block ends."""
        if self._bundle is None or self._is_entered:
            yield
            return
        self._is_entered = True
        outside = _taken_out(self._names)  # which also keeps the libraries of the bundle from being found
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self._bundle))
        try:
            yield
        finally:
            self._is_entered = False
            sys.path.remove(str(self._bundle))
            self._modules = _taken_out(self._names)
            sys.modules.update(outside)

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names at the top of what the bundle holds, without the libraries: these are this environment's."""
        return own_modules(self._bundle) if self._bundle else frozenset()

    def handler(self, function: FunctionSpec, adapters: Any) -> Any:
        """Return the handler of a function as its own kit makes it, given the adapters of its effects."""
        with self.entered(), patch.dict(os.environ, function.variables):
            if function.is_relay:
                return self.fresh("functions.kit.relay_handler").handler
            declared = vars(self.module(f"functions.{function.service}.service")).values()
            (service,) = (one for one in declared if isinstance(one, self.module("functions.kit.model").Service))
            return self.module("functions.kit.consumer").consumer(service, adapters)

    def own(self, value: Any) -> Any:
        """Return an outcome or an error of the working tree's as one of its own class of that name, if it has one."""
        kind = type(value)
        if kind not in self._own:
            self._own[kind] = self._own_of(kind)
        own = self._own[kind]
        if own is None:
            return value
        if isinstance(value, BaseException):
            return own(*value.args)
        known = (field.name for field in dataclasses.fields(own))
        return own(**{name: getattr(value, name) for name in known if hasattr(value, name)})

    def _own_of(self, kind: type) -> type | None:
        if kind.__module__.partition(".")[0] not in self._names:
            return None
        try:
            own = getattr(self.module(kind.__module__), kind.__qualname__, None)
        except ModuleNotFoundError:
            return None
        return own if own is not None and (issubclass(own, BaseException) or dataclasses.is_dataclass(own)) else None


WORKING_TREE = Kit()


class Kits:
    """The kits that the functions of a lane run by. `join` joins one to the lane's world until its block ends."""

    def __init__(self, join: Callable[[Kit], AbstractContextManager[None]]) -> None:
        self._join = join
        self._of: dict[Path, Kit] = {}
        self._joined = ExitStack()

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Join all kits, and those that are loaded before the block ends."""
        with ExitStack() as self._joined:
            for kit in dict.fromkeys((WORKING_TREE, *self._of.values())):
                self._joined.enter_context(self._join(kit))
            yield

    def of(self, function: FunctionSpec) -> Kit:
        """Return the kit that a function runs by, loaded if need be."""
        bundle = function.bundle
        if bundle not in self._of:
            self._of[bundle] = kit = WORKING_TREE if _is_as_in_the_working_tree(function) else Kit(bundle)
            if kit is not WORKING_TREE:
                self._joined.enter_context(self._join(kit))
        return self._of[bundle]


def _is_as_in_the_working_tree(function: FunctionSpec) -> bool:
    """Whether the kit and the service in a function's bundle are the working tree's, byte for byte."""
    for folder in ("kit", function.service):
        spec = importlib.util.find_spec(f"functions.{folder}")
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        bundled = _sources(function.bundle / "functions" / folder)
        if not places or _without_sagas(_sources(Path(places[0])), bundled) != bundled:
            return False
    return True


def _sources(folder: Path) -> dict[str, bytes]:
    """Return what of a folder a bundle has: a service's CDK code is not in it (infrastructure/bundle.py)."""
    paths = (path for path in folder.rglob("*.py") if path != folder / "resources.py")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _without_sagas(sources: dict[str, bytes], bundled: dict[str, bytes]) -> dict[str, bytes]:
    """Return them without the code of sagas, if the bundle has none: it is in no other than a saga's."""
    return {name: text for name, text in sources.items() if name in bundled or not name.startswith("saga/")}


def _taken_out(names: frozenset[str]) -> dict[str, ModuleType]:
    """Take the modules below these names out of the loaded ones, and return them."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in names}
