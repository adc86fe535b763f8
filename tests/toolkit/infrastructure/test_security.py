"""cdk-nag looks at the stacks, and finds what is acknowledged and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ensemble.command_line.check import nag
from ensemble.command_line.check.nag import REPORT
from ensemble.command_line.errors import UsageRefused
from infrastructure.security import ACKNOWLEDGED, CONTEXT
from tests.conftest import ROOT, copy_lending
from tests.synthesizing import ensemble_command
from tests.toolkit.infrastructure.canaries import with_canary
from tests.toolkit.infrastructure.templates import Template

UNACKNOWLEDGED = """
import runpy
from infrastructure import security
security.ACKNOWLEDGED = ()
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lending project with all that its stages may have, synthesized by nobody yet."""
    project = with_front_door(with_canary(copy_lending(tmp_path_factory.mktemp("security") / "project")))
    app = project / "app.py"
    assert "customer_keys=True," in app.read_text()
    app.write_text(app.read_text().replace("customer_keys=True,", "customer_keys=True, audit_days=400,"))
    return project


def with_front_door(project: Path) -> Path:
    """Let the stages of a project take the commands of `desk` by a front door."""
    app = project / "app.py"
    text = app.read_text().replace(
        "from infrastructure.stage", "from infrastructure.door import FrontDoor, Rate\nfrom infrastructure.stage"
    )
    door = 'front_door=FrontDoor(publishers={"desk": Rate(1, 1)}),'
    app.write_text(text.replace("Configuration(\n", f"Configuration(\n        {door}\n"))
    return project


def run(project: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "CDK_OUTDIR": "cdk.out", **environment}
    return subprocess.run(
        [sys.executable, *command], cwd=project, env=given, capture_output=True, text=True, check=False
    )


def ensemble(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ensemble_command(*arguments)
    return subprocess.run(
        command, cwd=project, env={**os.environ, "CDK_OUTDIR": "cdk.out"}, capture_output=True, text=True
    )


def findings(report: Path) -> set[tuple[str, str]]:
    """What cdk-nag found: the rule, and the resource's path in its stack."""
    return {
        (violation["ruleName"], construct["constructPath"].split("/", 2)[2])
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def test_what_cdk_nag_finds_is_what_is_acknowledged_and_each_acknowledgement_is_needed(project: Path) -> None:
    refused = run(project, "-c", UNACKNOWLEDGED, CDK_CONTEXT_JSON=json.dumps({CONTEXT: True}))
    found = findings(project / "cdk.out" / REPORT)

    assert refused.returncode != 0
    assert all(one.reason for one in ACKNOWLEDGED)
    patterns = {(one.rule, pattern) for one in ACKNOWLEDGED for pattern in one.where}
    meant = {
        (rule, pattern): {path for found_rule, path in found if found_rule == rule and fnmatchcase(path, pattern)}
        for rule, pattern in patterns
    }
    assert [row for row, paths in meant.items() if not paths] == []
    assert found == {(rule, path) for (rule, _), paths in meant.items() for path in paths}


def resources_of_the_guide() -> str:
    """The CDK code of a service that the guide shows: a bucket, a grant, and what cdk-nag finds in them."""
    guide = (ROOT / "docs" / "guides" / "write-a-service.md").read_text()
    (block,) = [one for one in re.findall(r"```text\n(.*?)```", guide, re.DOTALL) if "def add(" in one]
    return str(block)


def test_with_what_is_acknowledged_the_check_passes_and_a_teams_own_construct_is_seen(project: Path) -> None:
    (project / "functions/shelf/resources.py").write_text(resources_of_the_guide())
    passed = ensemble(project, "check", "--cdk-nag")
    assert passed.returncode == 0, passed.stdout

    app = project / "app.py"
    own = "from aws_cdk import Stack, aws_sqs\naws_sqs.Queue(Stack(app, 'own'), 'Own')\n\napp.synth()\n"
    app.write_text(app.read_text().replace("\napp.synth()\n", f"\n{own}"))
    refused = ensemble(project, "check", "--cdk-nag", "--json")

    assert refused.returncode == 1
    seen = json.loads(refused.stdout)["findings"]
    assert {one["file"] for one in seen} == {"own/Own/Resource"}
    assert "AwsSolutions-SQS4" in "".join(one["message"] for one in seen)


def permit(project: Path, permissions: str) -> None:
    """Give the lending project's shelf these permissions."""
    service = project / "functions" / "shelf" / "service.py"
    text = service.read_text()
    assert "    state=" in text
    text = text.replace("    state=", f"    permissions=({permissions}),\n    state=", 1)
    service.write_text(text.replace("\n\nfrom", "\n\nfrom functions.kit.needs import Permission\nfrom", 1))


def test_a_star_in_a_services_own_permission_is_found_unless_the_permission_says_why(tmp_path: Path) -> None:
    project = copy_lending(tmp_path / "project")
    stars = '("s3:Get*",), ("arn:${AWS::Partition}:s3:::${Stage}-shelves/*", "*"), "the reader chooses the key"'
    unsaid = '("sns:*",), ("arn:aws:sns:eu-west-1:111111111111:news",)'
    permit(project, f"Permission({stars}), Permission({unsaid}),")

    refused = ensemble(project, "check", "--cdk-nag", "--json")

    (found,) = json.loads(refused.stdout)["findings"]  # once, though both stages have it
    assert found["file"] == "dev/shelf/Consumer/Role"
    assert "AwsSolutions-IAM5[Action::sns:*]" in found["message"]
    assert 'why="..."' in found["fix"]


def test_without_cdk_nag_the_command_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nag, "find_spec", lambda name: None)

    with pytest.raises(UsageRefused, match="cdk-nag is not installed here"):
        nag.refuse_what_cdk_nag_finds(Console(), tmp_path)


def refused_without_tls(template: Template, policies: str, targets: str) -> set[str]:
    """The logical ids of what has a policy that denies all it is asked without TLS."""
    return {
        str(target["Ref"])
        for policy in template.of_type(policies).values()
        for target in _listed(policy[targets])
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("type", "policies", "targets"),
    [
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
    ],
)
def test_nothing_is_read_or_written_without_tls(
    dev: dict[str, Template], type: str, policies: str, targets: str
) -> None:
    protected = {(stack, id) for stack, one in dev.items() for id in refused_without_tls(one, policies, targets)}

    assert protected == {(stack, id) for stack, one in dev.items() for id in one.of_type(type)}


def test_no_queue_or_topic_has_two_policies_of_which_one_would_be_lost(dev: dict[str, Template]) -> None:
    for template in dev.values():
        for policies, targets in (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SNS::TopicPolicy", "Topics")):
            ids = [str(one["Ref"]) for policy in template.of_type(policies).values() for one in policy[targets]]

            assert len(ids) == len(set(ids))


def test_alarms_still_reach_their_topic_which_has_no_default_policy_any_more(dev: dict[str, Template]) -> None:
    allowed, _ = dev["platform"].the("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]

    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Action"] == "sns:Publish"
    (alarms,) = allowed["Condition"]["ArnLike"]["aws:SourceArn"]
    assert alarms["Fn::Sub"].endswith(":cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*")
