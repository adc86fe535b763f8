"""A function whose bundle holds another kit runs from its bundle, beside the working tree's and apart from it."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ensemble.simulator.kit import WORKING_TREE, Kit, Kits
from ensemble.simulator.topology import FunctionSpec, Topology
from functions.kit import clock
from functions.kit.errors import NotYet
from functions.kit.model import Index


@pytest.fixture
def function(topology: Topology, tmp_path: Path) -> FunctionSpec:
    """A consumer whose bundle holds another kit than the working tree's."""
    function = next(one for one in topology.functions.values() if not one.is_relay)
    bundle = tmp_path / "bundle"
    shutil.copytree(function.bundle, bundle, ignore=shutil.ignore_patterns("__pycache__"))
    with (bundle / "functions" / "kit" / "clock.py").open("a") as clock:
        clock.write("\nOLDER = True\n")
    return replace(function, bundle=bundle)


def kits() -> Kits:
    return Kits(lambda kit: kit.entered())


def test_a_bundle_that_holds_what_the_working_tree_holds_runs_by_the_working_trees_kit(topology: Topology) -> None:
    found = kits()

    assert {found.of(function) for function in topology.functions.values()} == {WORKING_TREE}


@pytest.mark.parametrize("part", ["kit", "service"])
def test_a_bundle_with_another_kit_or_another_service_is_loaded_once_and_beside(
    topology: Topology, function: FunctionSpec, part: str
) -> None:
    if part == "service":
        today = topology.functions[function.name].bundle
        shutil.copytree(today, function.bundle, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        with (function.bundle / "functions" / function.service / "domain.py").open("a") as domain:
            domain.write("\nOLDER = True\n")
    found = kits()

    assert found.of(function) is found.of(function)
    assert found.of(function) is not WORKING_TREE


def test_another_kit_leaves_the_loaded_modules_and_the_path_as_they_were(function: FunctionSpec) -> None:
    modules, path = dict(sys.modules), list(sys.path)

    kit = Kit(function.bundle)

    assert kit.clock.OLDER
    assert kit.clock is not clock
    assert not hasattr(clock, "OLDER")
    assert sys.modules["functions.kit.clock"] is clock
    assert {name: module for name, module in sys.modules.items() if name.startswith("functions")} == {
        name: module for name, module in modules.items() if name.startswith("functions")
    }
    assert sys.path == path


def test_another_kits_modules_are_the_same_ones_each_time(function: FunctionSpec) -> None:
    kit = Kit(function.bundle)

    assert kit.module("functions.kit.clock") is kit.clock
    assert kit.module("functions.kit.consumer").Reactor is kit.module("functions.kit.reactor").Reactor


def test_another_kits_module_that_is_imported_inside_it_is_still_its_own_afterwards(function: FunctionSpec) -> None:
    kit = Kit(function.bundle)

    with kit.entered():
        inside = kit.module("functions.kit.consumer")

    assert kit.module("functions.kit.consumer") is inside


def test_what_crosses_to_another_kit_becomes_its_own_class_of_that_name(function: FunctionSpec) -> None:
    kit = Kit(function.bundle)
    errors, model = kit.module("functions.kit.errors"), kit.module("functions.kit.model")

    error, index = kit.own(NotYet("soon")), kit.own(Index("one", "two"))

    assert type(error) is errors.NotYet
    assert not isinstance(error, NotYet)
    assert str(error) == "soon"
    assert type(index) is model.Index
    assert dataclasses.astuple(index) == ("one", "two")


def test_what_another_kit_has_no_class_for_crosses_as_it_is(function: FunctionSpec) -> None:
    kit = Kit(function.bundle)
    fault = OSError("no answer")

    assert kit.own(fault) is fault
    assert kit.own("text") == "text"
    assert kit.own(None) is None


def test_the_working_tree_crosses_to_itself_unchanged() -> None:
    fault = NotYet("soon")

    assert WORKING_TREE.own(fault) is fault


def test_a_kit_is_joined_while_the_block_lasts_also_one_that_is_loaded_in_it(function: FunctionSpec) -> None:
    joined: list[Kit] = []

    @contextmanager
    def join(kit: Kit) -> Iterator[None]:
        joined.append(kit)
        yield
        joined.remove(kit)

    found = Kits(join)

    with found.joined():
        assert joined == [WORKING_TREE]
        other = found.of(function)
        assert joined == [WORKING_TREE, other]
    assert joined == []
    with found.joined():
        assert set(joined) == {WORKING_TREE, other}
