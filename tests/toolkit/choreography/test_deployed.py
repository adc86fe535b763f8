"""Rules, queues and mappings as deployed are compared with the templates: what fails on the way, what differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.account import Account
from ensemble.choreography.deployed import (
    Delivery,
    Deployed,
    DeployedQueue,
    DeployedRule,
    differences,
    faults,
    name_in,
)
from ensemble.choreography.graph import Graph, read_graph
from ensemble.command_line.project import read_schemas
from infrastructure.services import discover
from tests.conftest import LENDING, NAMES

RULE, QUEUE = f"{NAMES.beginning}-shelf-LoanRequested", f"{NAMES.beginning}-shelf-events"
REQUESTED = Delivery("loan", "LoanRequested", "shelf", QUEUE)
ELSEWHERE = "arn:aws:{}:eu-central-1:111122223333:{}"


@pytest.fixture(scope="module")
def graph(lending: Path) -> Graph:
    services = discover(LENDING)
    return read_graph(lending / "cdk.out" / "assembly-dev", services, read_schemas(LENDING, services))


@pytest.fixture
def deployed(graph: Graph) -> Deployed:
    """As the templates have it, in another account."""
    rules = {
        one.name: DeployedRule(
            ELSEWHERE.format("events", f"rule/{NAMES.bus}/{one.name}"),
            True,
            dict(one.pattern),
            frozenset(map(name_in, one.targets)),
        )
        for one in graph.rules
        if one.bus == NAMES.bus
    }
    queues = {name: queue(name) for one in rules.values() for name in one.targets}
    return Deployed(rules, queues, dict.fromkeys(queues, True))


def queue(name: str, **conditions: Any) -> DeployedQueue:
    arn = ELSEWHERE.format("sqs", name)
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return DeployedQueue(arn, [{**statement, "Resource": arn, "Condition": conditions}])


def changed(deployed: Deployed, **changes: Any) -> Deployed:
    return replace(deployed, rules={**deployed.rules, RULE: replace(deployed.rules[RULE], **changes)})


def words(graph: Graph, deployed: Deployed) -> list[str]:
    return [fault.word for _, fault in faults(graph, NAMES.bus, [REQUESTED], deployed)]


def differing(graph: Graph, deployed: Deployed) -> list[str]:
    return list(differences(graph, NAMES.bus, NAMES.beginning, deployed))


def test_patterns_are_compared_for_the_account_that_the_stage_is_deployed_in(lending: Path, deployed: Deployed) -> None:
    services = discover(LENDING)
    assembly, schemas = lending / "cdk.out" / "assembly-dev", read_schemas(LENDING, services)
    there = read_graph(assembly, services, schemas, Account("111122223333", "eu-central-1"))
    patterns = {one.name: dict(one.pattern) for one in there.rules if one.bus == NAMES.bus}
    rules = {name: replace(one, pattern=patterns[name]) for name, one in deployed.rules.items()}

    assert patterns[RULE]["account"] == ["111122223333"]
    assert words(there, replace(deployed, rules=rules)) == []
    assert differing(there, replace(deployed, rules=rules)) == []
    assert differing(there, deployed)


def test_what_is_deployed_as_the_templates_have_it_has_no_fault_in_another_account_too(
    graph: Graph, deployed: Deployed
) -> None:
    assert words(graph, deployed) == []
    assert differing(graph, deployed) == []


def test_a_rule_that_is_off_has_a_fault_and_does_not_differ(graph: Graph, deployed: Deployed) -> None:
    off = changed(deployed, is_enabled=False)

    assert words(graph, off) == ["rule off"]
    assert differing(graph, off) == []


def test_a_rule_that_is_not_there_is_named(graph: Graph, deployed: Deployed) -> None:
    without = replace(deployed, rules={name: one for name, one in deployed.rules.items() if name != RULE})

    assert words(graph, without) == ["no rule"]
    assert differing(graph, without) == [f"{RULE} is not deployed"]


def test_a_rule_that_is_there_alone_is_named_and_one_of_somebody_else_is_not(graph: Graph, deployed: Deployed) -> None:
    names = (f"{NAMES.beginning}-shelf-LoanForgotten", "Events-Archive-of-all")
    more = replace(deployed, rules={**deployed.rules, **dict.fromkeys(names, deployed.rules[RULE])})

    assert differing(graph, more) == [f"{names[0]} is deployed, and is not here"]


def test_a_pattern_that_does_not_match_the_event_is_a_fault(graph: Graph, deployed: Deployed) -> None:
    deaf = changed(deployed, pattern={"source": ["loans"]})

    assert words(graph, deaf) == ["no match"]
    assert differing(graph, deaf) == [f"{RULE} is deployed with another pattern"]


def test_another_pattern_that_matches_the_event_only_differs(graph: Graph, deployed: Deployed) -> None:
    wider = changed(deployed, pattern={"source": ["loan"]})

    assert words(graph, wider) == []
    assert differing(graph, wider) == [f"{RULE} is deployed with another pattern"]


def test_a_rule_that_leads_elsewhere_is_named_with_where(graph: Graph, deployed: Deployed) -> None:
    astray = changed(deployed, targets=frozenset({"another"}))

    assert words(graph, astray) == ["no target"]
    assert differing(graph, astray) == [f"{RULE} leads to another there"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (queue(QUEUE, ArnEquals={"aws:SourceArn": ELSEWHERE.format("events", f"rule/{NAMES.bus}/{RULE}")}), []),
        (queue(QUEUE, ArnEquals={"aws:SourceArn": ELSEWHERE.format("events", "rule/another")}), ["denied"]),
        (DeployedQueue(ELSEWHERE.format("sqs", QUEUE), []), ["denied"]),
        (queue(QUEUE, NumericLessThan={"aws:MultiFactorAuthAge": "9"}), []),
    ],
    ids=["this rule", "another rule", "nobody", "a condition that is not known"],
)
def test_a_queue_whose_policy_does_not_let_the_rule_send_is_a_fault(
    policy: DeployedQueue, expected: list[str], graph: Graph, deployed: Deployed
) -> None:
    assert words(graph, replace(deployed, queues={**deployed.queues, QUEUE: policy})) == expected


@pytest.mark.parametrize("polled", [{QUEUE: False}, {}], ids=["off", "not there"])
def test_a_queue_that_nobody_polls_is_a_fault(polled: dict[str, bool], graph: Graph, deployed: Deployed) -> None:
    assert words(graph, replace(deployed, polled=polled)) == ["not read"]
