"""A workflow is written down once, and offered again under ids of its own."""

from __future__ import annotations

import json
import re

import pytest

from ensemble.limits.load import Load, Service
from ensemble.limits.measuring import Stage
from ensemble.limits.recording import text_of
from ensemble.simulator.application import Application
from ensemble.simulator.topology import Topology

DERIVED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f-]{18,}")


def test_each_service_is_sent_what_the_workflow_brings_it(stage: Stage) -> None:
    sent = {
        name: [json.loads(one.body)["detail-type"] for one in each.messages] for name, each in stage.services.items()
    }

    assert sent["shelf"] == ["LoanRequested"]
    assert "LoanGranted" in sent["journal"]


def test_another_workflow_has_no_id_of_the_recorded_one(shelf: Service) -> None:
    (message,) = shelf.messages
    first, second = (text_of(message.body, number) for number in (1, 2))

    assert json.loads(first)["detail"].keys() == json.loads(second)["detail"].keys()
    assert json.loads(first)["detail"]["loan_id"] != json.loads(second)["detail"]["loan_id"]
    assert DERIVED.findall(first)
    assert not {*DERIVED.findall(first)} & {*DERIVED.findall(second)}


def test_every_offered_workflow_is_handled_as_one_of_its_own(shelf: Service) -> None:
    load = Load(shelf, 20)
    load.offer(10.0, 2.0)

    rows = [key for key in load.account.table_of("shelf").items if key.startswith("loan_id#")]
    assert len(rows) == 20


def test_a_counter_never_runs_dry(shelf: Service) -> None:
    load = Load(shelf, 20)
    load.offer(10.0, 2.0)

    assert not [event for event in load.account.buses.accepted if event.type == "CopiesRefused"]


def test_an_unknown_story_is_refused(application: Application, topology: Topology) -> None:
    with pytest.raises(KeyError):
        Stage(application, topology, "no such story")
