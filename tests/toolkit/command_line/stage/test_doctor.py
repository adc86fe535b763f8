"""`ensemble doctor`: a stage as it was deployed is fine; what is changed by hand is told, with what mends it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from ensemble.aws.account import Account
from ensemble.command_line.run.control import routes
from ensemble.command_line.run.up import questions
from ensemble.command_line.stage.doctor import Mending
from ensemble.command_line.stage.place import Place
from ensemble.command_line.stage.synthesized import stacks_in
from ensemble.doctor.expected import Expected, expected_in
from ensemble.doctor.kinds import Call
from ensemble.doctor.looking import Drift
from ensemble.laptop import Laptop
from tests.conftest import NAMES
from tests.toolkit.command_line.conftest import Command, Outcome

RULE = {"Name": f"{NAMES.beginning}-courier-CopiesReserved", "EventBusName": NAMES.bus}


@pytest.fixture(scope="module")
def url(lending: Path) -> Iterator[str]:
    with Laptop(lending / "cdk.out" / "assembly-dev") as laptop:
        yield laptop.serve(0, routes(questions(laptop, NAMES))).url


@pytest.fixture
def doctor(url: str, ensemble: Command, in_lending: Path) -> Any:
    def ask(*options: str) -> Outcome:
        return ensemble("doctor", "--port", str(urlsplit(url).port), *options)

    return ask


def client(service: str, url: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


def test_nothing_is_told_of_a_laptop_as_it_was_started(doctor: Any) -> None:
    outcome = doctor("--json")

    document = json.loads(outcome.output)
    assert (outcome.status, document["fine"], document["findings"]) == (0, True, [])
    assert document["looked_at"]["AWS::Events::Rule"] > 5
    assert {"type": "AWS::Lambda::Function", "property": "Code", "why": "the answer does not tell it"} in (
        document["not_known"]
    )


def test_a_rule_that_is_off_is_told_with_the_command_that_mends_it(doctor: Any, url: str) -> None:
    client("events", url).disable_rule(**RULE)

    outcome = doctor()

    client("events", url).enable_rule(**RULE)
    assert outcome.status == 1
    assert (
        f"✗ rule {RULE['Name']}: State is DISABLED, and the template says ENABLED. What it matches reaches nobody"
        in outcome.output
    )
    assert (
        f"aws --endpoint-url {url} events enable-rule --name {RULE['Name']} --event-bus-name {NAMES.bus}"
        in outcome.output
    )
    assert "1 thing is otherwise" in outcome.output


def test_a_target_that_is_gone_is_told_and_put_back_by_the_command_that_is_printed(doctor: Any, url: str) -> None:
    events, here = client("events", url), {"Rule": RULE["Name"], "EventBusName": NAMES.bus}
    ids = [one["Id"] for one in events.list_targets_by_rule(**here)["Targets"]]
    events.remove_targets(**here, Ids=ids)

    (finding,) = json.loads(doctor("--json").output)["findings"]
    words = shlex.split(finding["command"])
    said = {name: words[words.index(name) + 1] for name in ("--rule", "--event-bus-name", "--targets")}
    events.put_targets(
        Rule=said["--rule"], EventBusName=said["--event-bus-name"], Targets=json.loads(said["--targets"])
    )

    assert (finding["type"], finding["property"]) == ("AWS::Events::Rule", f"Targets.{ids[0]}")
    assert words[3:5] == ["events", "put-targets"]
    assert doctor().status == 0


def test_a_mapping_that_is_off_is_told(doctor: Any, url: str) -> None:
    functions = client("lambda", url)
    (mapping,) = functions.list_event_source_mappings(FunctionName=NAMES.consumer("courier"))["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    (finding,) = json.loads(doctor("--json").output)["findings"]

    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    assert (finding["type"], finding["property"]) == ("AWS::Lambda::EventSourceMapping", "Enabled")
    assert finding["command"].endswith(f"lambda update-event-source-mapping --uuid {mapping['UUID']} --enabled")


class TestWhatMendsADeployedStage:
    @pytest.fixture
    def one(self, lending: Path) -> Expected:
        resources = expected_in(lending / "cdk.out" / "assembly-dev", Account())
        return next(one for one in resources if one.name == RULE["Name"])

    def mending(self, lending: Path, **templates: Any) -> Mending:
        stacks = {one.name: one for one in stacks_in(lending / "cdk.out" / "assembly-dev")}
        deployed = {name: one.template for name, one in stacks.items()} | templates
        return Mending(Place("dev", None, is_laptop=False), stacks, deployed)

    def drift(self, one: Expected, mend: Call | None) -> Drift:
        return Drift(one, "rule", "State" if mend else "", "DISABLED", "ENABLED", "Nobody hears.", mend)

    def test_a_request_is_printed_as_the_aws_cli_takes_it(self, lending: Path, one: Expected) -> None:
        drift = self.drift(one, Call("events", "EnableRule", {"Name": "a", "Targets": [{"Id": "b"}], "Forced": False}))

        assert self.mending(lending).of(drift).command == (
            """aws events enable-rule --name a --targets '[{"Id": "b"}]' --no-forced"""
        )

    def test_what_is_gone_needs_a_deployment_that_reverts_drift(self, lending: Path, one: Expected) -> None:
        finding = self.mending(lending).of(self.drift(one, None))

        assert finding.command == "cdk deploy -c stage=dev dev/courier --revert-drift"
        assert finding.sentence == f"rule {RULE['Name']} is not there. Nobody hears."

    def test_what_another_tree_was_deployed_with_needs_a_plan(self, lending: Path, one: Expected) -> None:
        mending = self.mending(lending, **{one.stack: {"Resources": {}}})

        assert mending.of(self.drift(one, Call("events", "EnableRule", {}))).command == "ensemble plan --stage dev"
        assert [finding.sentence for finding in mending.of_stacks()] == [
            f"stack {one.stack} was deployed from another template than this tree's."
        ]

    def test_a_stack_that_is_not_there_is_told_once(self, lending: Path, one: Expected) -> None:
        (finding,) = self.mending(lending, **{one.stack: None}).of_stacks()

        assert finding.sentence == f"stack {one.stack} is not deployed."
        assert finding.command == "cdk deploy -c stage=dev dev/courier"
