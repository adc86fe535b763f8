"""The simulator runs what is a service's, and nothing else of the stacks."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import Runs, runs_of
from ensemble.simulator.application import Application
from ensemble.simulator.beside import carriers_beside
from ensemble.simulator.topology import Topology, read_topology
from tests.conftest import NAMES

SEEDS = range(36)


@pytest.fixture(scope="module")
def beside(application: Application, assembly_beside: Path) -> Runs:
    return runs_of(application, assembly_beside, "core")


def names(topology: Topology) -> dict[str, Any]:
    """Return what there is in a topology, by name."""
    return {
        "queues": topology.queues,
        "functions": sorted(topology.functions),
        "mappings": sorted((one.source, one.function) for one in topology.mappings.values()),
        "rules": sorted((one.bus, one.name, one.target) for rules in topology.rules.values() for one in rules),
        "tables": topology.tables,
        "archived": topology.archived,
        "dead letters": topology.dead_letters,
    }


def test_ordinary_resources_beside_the_services_are_not_simulated(assembly_beside: Path, topology: Topology) -> None:
    assert names(read_topology(assembly_beside)) == names(topology)


def test_what_carries_events_beside_the_services_is_named_as_not_simulated(
    assembly_beside: Path, environment: Path
) -> None:
    stack = NAMES.stack("beside")
    named = {re.sub(r"[0-9A-F]{8}$", "", one) for one in carriers_beside(assembly_beside)}

    assert {f"pipe {stack}-Pipe", f"schedule {stack}-Schedule", f"rule {stack}-ToTopic"} <= named
    assert carriers_beside(environment) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_runs_the_same_with_ordinary_resources_beside_the_services(seed: int, beside: Runs, core: Runs) -> None:
    outcome = beside(seed, recorded=True)

    assert outcome.violations == []
    assert outcome.trace == core(seed, recorded=True).trace


@pytest.mark.parametrize(
    "target",
    [
        {"Id": "log", "Arn": "arn:aws:logs:eu-west-1:000000000000:log-group:all"},
        {"Id": "foreign", "Arn": {"Fn::ImportValue": "elsewhere"}},
    ],
)
def test_of_a_services_rule_with_two_targets_the_services_is_simulated(
    target: dict[str, Any], environment: Path, topology: Topology, tmp_path: Path
) -> None:
    copy = tmp_path / "assembly-dev"
    shutil.copytree(environment, copy)
    for file in copy.glob("*.template.json"):
        template = json.loads(file.read_text())
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Events::Rule":
                resource["Properties"]["Targets"].append(target)
        file.write_text(json.dumps(template))

    assert names(read_topology(copy)) == names(topology)
