"""Stages differ only in arguments; stacks know each other only by names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ensemble.contracts.schemas import Schemas
from infrastructure.errors import ArchiveTooShort
from infrastructure.retention import id_memory_seconds
from tests.conftest import LENDING, NAMES, ROOT
from tests.toolkit.infrastructure.templates import Template, values

CFN_LINT = "import sys, cfnlint.runner; sys.exit(cfnlint.runner.main())"

ARGUMENTS = {
    "DeletionPolicy",
    "DeletionProtectionEnabled",
    "MaximumConcurrency",
    "MemorySize",
    "ID_MEMORY_SECONDS",
    "Mode",
    "POWERTOOLS_TRACE_DISABLED",
    "ReservedConcurrentExecutions",
    "RetentionDays",
    "RetentionInDays",
    "UpdateReplacePolicy",
}


IN_ONE_STAGE = re.compile(
    r"\.Code\.S3Bucket"  # named after account and region where the stage says them
    r"|aws:PrincipalArn\.Fn::Sub"  # so is the role that deploys
    r"|\.PolicyDocument\.Statement"  # leave to write traces, where a stage has any
    r"|^\.Subscriber"
    r"|^\.Key|\.(Kms\w+|SSESpecification|SqsManagedSseEnabled)\b"  # where a stage has keys of its own
    r"|^\.BusDeadLetters|^\.(Replay)?Bus\.Properties\.DeadLetterConfig|^\.Failures\.Properties"
)


def test_prod_differs_from_dev_only_in_its_arguments(dev: dict[str, Template], prod: dict[str, Template]) -> None:
    assert dev.keys() == prod.keys()
    for stack, template in dev.items():
        renamed = json.loads(re.sub(r"\bprod(?=[-/\"\\ '])", "dev", json.dumps(prod[stack].resources)))
        ours, theirs = dict(values(template.resources)), dict(values(renamed))

        differing = {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)}

        assert {path.rpartition(".")[2] for path in differing if not IN_ONE_STAGE.search(path)} <= ARGUMENTS


def test_prod_keeps_its_data_and_dev_goes_without_a_trace(dev: dict[str, Template], prod: dict[str, Template]) -> None:
    for stage, deleted, replaced in ((dev, "Delete", "Delete"), (prod, "RetainExceptOnCreate", "Retain")):
        for template in stage.values():
            for resource in template.resources.values():
                if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::Events::Archive"):
                    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (deleted, replaced)


def test_an_archive_that_is_kept_keeps_its_bus_which_cannot_be_deleted_before_it(prod: dict[str, Template]) -> None:
    platform = prod["platform"]
    archive = platform.the("AWS::Events::Archive")
    bus = platform.resources[str(platform.target_of(archive["SourceArn"]))]

    assert (bus["DeletionPolicy"], bus["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_no_stack_exports_or_imports_anything(dev: dict[str, Template], prod: dict[str, Template]) -> None:
    for template in [*dev.values(), *prod.values()]:
        assert not any("Export" in output for output in template.content.get("Outputs", {}).values())
        assert "Fn::ImportValue" not in json.dumps(template.content)


def test_a_service_stack_waits_for_the_platform_and_for_no_other_service(assembly: Path) -> None:
    artifacts = json.loads((assembly / "assembly-dev" / "manifest.json").read_text())["artifacts"]
    stacks = {id: artifact for id, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"}

    for artifact in stacks.values():
        waits_for = {stacks[id]["displayName"] for id in artifact.get("dependencies", []) if id in stacks}
        assert waits_for == (set() if artifact["displayName"] == "dev/platform" else {"dev/platform"})


def test_every_template_satisfies_cfn_lint_to_the_last_hint(
    dev: dict[str, Template], prod: dict[str, Template], tmp_path: Path
) -> None:
    for stage, templates in (("dev", dev), ("prod", prod)):
        for stack, template in templates.items():
            content = template.content | {"Resources": template.resources}
            (tmp_path / f"{stage}-{stack}.template.json").write_text(json.dumps(content))
    found = sorted(map(str, tmp_path.iterdir()))
    assert len(found) > 2

    run = subprocess.run(
        [sys.executable, "-c", CFN_LINT, "--include-checks", "I", "--template", *found],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stdout + run.stderr == ""
    assert run.returncode == 0


def test_no_event_is_named_in_the_infrastructure(dev: dict[str, Template]) -> None:
    events = {path.parent.name for schemas in (ROOT, LENDING) for path in (schemas / "schemas").rglob("*.json")}
    text = "\n".join(path.read_text() for path in (ROOT / "infrastructure").glob("*.py"))

    assert {event for event in events if event in text} == set()


def test_an_id_is_remembered_for_longer_than_any_way_can_deliver_its_event() -> None:
    day = 24 * 3600
    in_the_archive, retried, in_the_queue, in_the_dlq = 7, 1, 2 * 14, 14

    redriven = in_the_queue + in_the_dlq + in_the_queue
    assert id_memory_seconds(in_the_archive) >= (redriven + in_the_archive + retried + redriven + 1) * day


def test_an_archive_that_would_keep_events_for_ever_is_refused() -> None:
    with pytest.raises(ArchiveTooShort):
        id_memory_seconds(0)


def test_the_platform_says_where_the_bus_the_alarms_and_the_policies_are(
    dev: dict[str, Template], schemas: Schemas
) -> None:
    outputs = {name: output["Value"] for name, output in dev["platform"].content["Outputs"].items()}
    policies = dev["platform"].of_type("AWS::IAM::ManagedPolicy")
    publishers = {name for name in schemas.publishers.values() if name not in dev}

    assert outputs["BusName"] == NAMES.bus
    assert dev["platform"].target_of(outputs["BusArn"]) == "Bus"
    assert dev["platform"].target_of(outputs["AlarmsTopicArn"]) == "Alarms"
    assert outputs["BusConsole"]["Fn::Sub"].endswith(f"/events/home?region=${{AWS::Region}}#/eventbus/{NAMES.bus}")
    assert outputs["AlarmsConsole"]["Fn::Sub"].endswith("/cloudwatch/home?region=${AWS::Region}#alarmsV2:")
    assert {outputs[f"PublisherPolicy{name}"]["Ref"] for name in publishers} == policies.keys()
    assert {policy["ManagedPolicyName"]["Fn::Sub"] for policy in policies.values()} == {
        f"{NAMES.publisher(name)}-${{AWS::Region}}" for name in publishers
    }


def test_the_description_of_a_named_policy_names_no_command_since_it_can_never_change(
    dev: dict[str, Template], schemas: Schemas
) -> None:
    for policy in dev["platform"].of_type("AWS::IAM::ManagedPolicy").values():
        assert [command for command in schemas.publishers if command in policy["Description"]] == []


def test_alarms_of_a_protected_stage_reach_its_subscribers(dev: dict[str, Template], prod: dict[str, Template]) -> None:
    subscription = prod["platform"].the("AWS::SNS::Subscription")

    assert subscription["Protocol"] == "email"
    assert subscription["Endpoint"] == "on-call@example.com"
    assert subscription["TopicArn"] == {"Ref": "Alarms"}
    assert dev["platform"].of_type("AWS::SNS::Subscription") == {}


def test_a_function_may_not_make_the_group_of_its_log_which_would_outlive_the_stack(dev: dict[str, Template]) -> None:
    for template in dev.values():
        assert "logs:CreateLogGroup" not in json.dumps(template.content)
