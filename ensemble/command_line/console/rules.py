"""Reads the rules, targets, policies and mappings that lead to the services of a stage, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from ensemble.choreography.deployed import Delivery, Deployed, DeployedQueue, DeployedRule, differences, faults, name_in
from ensemble.choreography.graph import Graph
from ensemble.command_line.console.facts import polled_queues
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.trace.declared import Declared
from ensemble.console.edges import edge
from infrastructure.naming import Names

SECONDS_BETWEEN_TARGETS = 60.0
"""How often targets and policies are read: one call for each rule and queue, of which those of SQS are billed."""


class StageRules:
    """`seconds_apart`: so long holds what was read. Instants and spans are in seconds."""

    def __init__(self, graph: Graph, declared: Declared, account: Account, names: Names, seconds_apart: float) -> None:
        self._graph, self._names, self._seconds_apart = graph, names, seconds_apart
        self._events, self._sqs, self._lambda = (account.client(one) for one in ("events", "sqs", "lambda"))
        self._url = cache(lambda queue: self._sqs.get_queue_url(QueueName=queue)["QueueUrl"])
        self._deliveries = [
            Delivery(one.source, one.event, one.service, one.queue) for one in declared.hearings if one.queue
        ]
        self._read_at = self._targets_at = float("-inf")
        self._known: Mapping[str, Any] = {}
        self._targets: dict[str, frozenset[str]] = {}
        self._queues: dict[str, DeployedQueue] = {}

    def read(self, now: float) -> Mapping[str, Any]:
        """Return the faults by edge, and in words what differs from the project. Raises CommandFailed."""
        if abs(now - self._read_at) >= self._seconds_apart:
            with aws_answers():
                deployed = self._deployed(now)
            found = faults(self._graph, self._names.bus, self._deliveries, deployed)
            differs = differences(self._graph, self._names.bus, self._names.beginning, deployed)
            named = {edge(one.source, one.event, one.service): list(fault) for one, fault in found}
            self._known, self._read_at = {"faults": named, "differs": list(differs)}, now
        return self._known

    def _deployed(self, now: float) -> Deployed:
        pages = self._events.get_paginator("list_rules").paginate(EventBusName=self._names.bus)
        listed = {one["Name"]: one for page in pages for one in page["Rules"] if "EventPattern" in one}
        if abs(now - self._targets_at) >= SECONDS_BETWEEN_TARGETS or listed.keys() != self._targets.keys():
            self._targets = {name: self._targets_of(name) for name in listed}
            self._queues = {name: self._queue(name) for name in {one.queue for one in self._deliveries}}
            self._targets_at = now
        rules = {
            name: DeployedRule(
                one["Arn"], one["State"] != "DISABLED", json.loads(one["EventPattern"]), self._targets[name]
            )
            for name, one in listed.items()
        }
        return Deployed(rules, self._queues, polled_queues(self._lambda))

    def _targets_of(self, rule: str) -> frozenset[str]:
        paginator = self._events.get_paginator("list_targets_by_rule")
        pages = paginator.paginate(Rule=rule, EventBusName=self._names.bus)
        return frozenset(name_in(one["Arn"]) for page in pages for one in page["Targets"])

    def _queue(self, name: str) -> DeployedQueue:
        told = self._sqs.get_queue_attributes(QueueUrl=self._url(name), AttributeNames=["QueueArn", "Policy"])
        attributes = told["Attributes"]
        statements = json.loads(attributes.get("Policy", "{}")).get("Statement", [])
        return DeployedQueue(attributes["QueueArn"], statements if isinstance(statements, list) else [statements])
