"""A stage has one dashboard, which finds everything of the stage by its names, and knows no service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from functions.kit.model import Service
from tests.conftest import NAMES, ROOT
from tests.docs import documented_lines as documented
from tests.toolkit.infrastructure.templates import Template


@pytest.fixture
def dashboard(dev: dict[str, Template]) -> dict[str, Any]:
    """The body of the dashboard."""
    body: dict[str, Any] = json.loads(dev["platform"].the("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Sub"])
    return body


def searches(dashboard: dict[str, Any]) -> Iterator[str]:
    """Yield the search expressions of its graphs."""
    for widget in dashboard["widgets"]:
        for (metric,) in widget["properties"].get("metrics", []):
            yield metric["expression"]


def test_a_stage_has_one_and_no_service_has_another(dev: dict[str, Template], services: tuple[Service, ...]) -> None:
    assert dev["platform"].the("AWS::CloudWatch::Dashboard")["DashboardName"] == NAMES.beginning
    assert [dev[one.name].of_type("AWS::CloudWatch::Dashboard") for one in services] == [{} for _ in services]


def test_it_names_the_stage_and_no_service(dashboard: dict[str, Any], services: tuple[Service, ...]) -> None:
    said = json.dumps(dashboard)

    assert [one.name for one in services if re.search(rf"\\b{one.name}\\b", said)] == []
    for search in searches(dashboard):
        words = all(f"={word}" in search for word in NAMES.beginning.split("-"))
        assert words or f'{{"{NAMES.beginning}",service}}' in search


def test_it_shows_lag_failures_dead_letters_breakers_and_workflows(dashboard: dict[str, Any]) -> None:
    shown = {re.findall(r'MetricName="(\w+)"', search)[0] for search in searches(dashboard)}

    of_aws = {"ApproximateAgeOfOldestMessage", "NumberOfMessagesDeleted", "ApproximateNumberOfMessagesVisible"}
    of_kit = {"EventPostponed", "BreakerOpened", "WorkflowDue", "WorkflowInTime", "WorkflowLate"}
    assert shown == of_aws | of_kit | {"Errors", "Throttles", "Duration"}
    assert of_kit <= documented.metrics()


def test_it_leads_to_the_runbook(dashboard: dict[str, Any]) -> None:
    (runbook,) = re.findall(r"`(docs/[^`]+)`", dashboard["widgets"][0]["properties"]["markdown"])

    assert (ROOT / runbook).exists()
