"""Services are deployed one at a time: the last version runs beside today's in one fleet, and all promises hold."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ensemble.command_line.simulate.simulating import simulation
from ensemble.command_line.synthesis import names_in
from ensemble.scenario import Story
from ensemble.scenario.sandboxes import Settings
from ensemble.simulator.topology import read_topology
from infrastructure.services import discover
from scenarios.shop.carrier_sandbox import CarrierSandbox
from scenarios.shop.scenario import SCENARIO
from tests.conftest import ROOT
from tests.shop.mixed.fleet import ENVIRONMENT, mixed, synthesize_last_version
from tests.shop.stories.conftest import laptop_on, play

SERVICES = sorted(service.name for service in discover(ROOT))
HALVES = {"one half": SERVICES[::2], "the other half": SERVICES[1::2]}

ACCEPTED = "tok_visa"
"""A card that each version accepts, as any other that its sandbox does not name."""

SEEDS = {"core": 50, "full": 5}
"""Schedules by lane, for each half of the services."""

Fleet = Callable[[list[str]], Path]


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_last_version(tmp_path_factory.mktemp("last_version"))


@pytest.fixture(scope="module")
def fleet(assembly: Path, older: Path, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Return a function that makes the fleet in which these services are the last version's."""
    made: dict[str, Path] = {}

    def make(services: list[str]) -> Path:
        name = " ".join(services)
        if name not in made:
            made[name] = mixed(assembly, older, services, tmp_path_factory.mktemp("fleet") / "cdk.out")
        return made[name]

    return make


def bundle_of(service: str, assembly: Path) -> Path:
    """Return the bundle that the service has in the fleet."""
    name = names_in(assembly / ENVIRONMENT).consumer(service)
    return read_topology(assembly / ENVIRONMENT).functions[name].bundle


def has_the_sandbox_for(story: Story, assembly: Path) -> bool:
    """Whether the payment provider in the fleet knows the token of the story: an older one may not know an outage."""
    payment = bundle_of("payment", assembly)
    token = str(story.commands[0].fields["payment_token"])
    known = (payment / "functions" / "payment" / "sandbox.py").read_text()
    return token == ACCEPTED or f'"{token}"' in known


class Unasked(CarrierSandbox):
    """A carrier that no service of the fleet knows of."""

    @property
    def settings(self) -> Settings:
        return {}


def asks_the_carrier(assembly: Path) -> bool:
    """Whether the shipping service in the fleet has a client, and no carrier in its own memory."""
    shipping = bundle_of("shipping", assembly)
    return (shipping / "functions" / "shipping" / "settings.py").exists()


def without_parcels(story: Story) -> Story:
    """Return the story as the carrier's sandbox meets it when nobody asks it."""
    return dataclasses.replace(story, measures={name: by for name, by in story.measures.items() if name != "parcels"})


@pytest.mark.parametrize("half", HALVES)
def test_all_stories_end_as_expected_with_the_last_versions_kit_in_half_of_the_services(
    fleet: Fleet, half: str
) -> None:
    assembly = fleet(HALVES[half])
    known = (story for story in SCENARIO.stories if has_the_sandbox_for(story, assembly))
    stories = tuple(story if asks_the_carrier(assembly) else without_parcels(story) for story in known)
    with laptop_on(assembly, CarrierSandbox if asks_the_carrier(assembly) else Unasked) as laptop:
        results = play(laptop, dataclasses.replace(SCENARIO, stories=stories))

        assert {result.story.name: result.faults for result in results.stories if result.faults} == {}
        assert len(results.stories) == len(stories) >= 6
        assert results.balances
        assert results.dead_letters == {}


@pytest.mark.parametrize("lane", SEEDS)
@pytest.mark.parametrize("half", HALVES)
def test_no_schedule_breaks_a_promise_with_the_last_versions_kit_in_half_of_the_services(
    fleet: Fleet, half: str, lane: str
) -> None:
    run = simulation(fleet(HALVES[half]) / ENVIRONMENT, lane)

    assert [(seed, violations) for seed in range(SEEDS[lane]) if (violations := run(seed).violations)] == []


def test_half_of_the_bundles_in_the_fleet_are_the_last_versions(fleet: Fleet, assembly: Path) -> None:
    functions = read_topology(assembly / ENVIRONMENT).functions.values()
    today = {one.service: one.bundle.name for one in functions}

    for services in HALVES.values():
        mine = read_topology(fleet(services) / ENVIRONMENT).functions.values()
        assert {one.service for one in mine if one.bundle.name != today[one.service]} == {*services}


@pytest.mark.parametrize("lane", SEEDS)
def test_an_older_kit_that_loses_events_is_found_so_its_code_is_what_runs(
    fleet: Fleet, tmp_path: Path, lane: str
) -> None:
    copy = tmp_path / "cdk.out"
    shutil.copytree(fleet(SERVICES[::2]), copy)
    bundles = {
        one.bundle for one in read_topology(copy / ENVIRONMENT).functions.values() if one.service in SERVICES[::2]
    }
    for bundle in bundles:
        shutil.rmtree(bundle / "functions" / "kit" / "__pycache__", ignore_errors=True)  # there only once it ran
        with (bundle / "functions" / "kit" / "relay.py").open("a") as relay:
            relay.write('\nRelay.handle = lambda self, event: {"batchItemFailures": []}\n')

    assert any(simulation(copy / ENVIRONMENT, lane)(seed).violations for seed in range(3))
