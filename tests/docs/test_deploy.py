"""Each command of docs/deploy.md is one that a test or `make deploy-check` runs, or is marked as one for an account."""

from __future__ import annotations

import json
import re
import shlex

import pytest
import yaml

from tests.conftest import ROOT
from tests.docs.blocks import files_of
from tests.docs.documented_map import table_rows
from tests.toolkit.deploy_check.called import commands_of_the_check, options

GUIDE = (ROOT / "docs" / "deploy.md").read_text()
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text()

MARK = re.compile(r" +# account$")

CONSOLE = re.compile(r"^\$ (.*)$", re.MULTILINE)
LINES = CONSOLE.findall(GUIDE)

OF_ENSEMBLE = {
    (command, *sorted(re.findall(r"--[a-z-]+", rest)))
    for command, rest in re.findall(r"ensemble (\w+)(.*)", "\n".join(re.findall(r"\.venv/bin/.*", WORKFLOW)))
}
"""What the workflow's test runs: each command with its options."""


@pytest.mark.parametrize("line", [line for line in LINES if not MARK.search(line)])
def test_a_command_is_run_by_a_test_or_by_the_check_on_the_emulator(line: str) -> None:
    program, *words = shlex.split(line, comments=True)

    match program:
        case "cdk":
            unknown = {one for one in options(words[1:]) if not re.fullmatch(r"-c stage=[a-z]+", one)}
            assert unknown <= commands_of_the_check()[words[0]]
        case "ensemble":
            assert (words[0], *sorted(word for word in words if word.startswith("--"))) in OF_ENSEMBLE
        case "make":
            assert set(words) <= {"deploy-tools", "deploy-check"}
        case _:
            assert program == "export"


def test_what_needs_an_account_is_no_command_that_could_be_tried_without_one() -> None:
    marked = [shlex.split(MARK.sub("", line)) for line in LINES if MARK.search(line)]

    assert marked
    assert {words[0] for words in marked} == {"aws", "ensemble"}
    assert [words for words in marked if words[0] == "ensemble" and "--aws" not in words] == []


def test_the_variables_and_environments_are_those_of_the_workflow() -> None:
    variables = {row[0].strip("`") for row in table_rows(GUIDE)}
    environments = {job["environment"] for job in yaml.safe_load(WORKFLOW)["jobs"].values() if "environment" in job}

    assert variables == set(re.findall(r"vars\.(\w+)", WORKFLOW))
    assert environments == {"diff", "dev", "prod"}
    assert f"Make the environments {', '.join(f'`{one}`' for one in ('diff', 'dev'))} and `prod`" in GUIDE


def test_the_policies_trust_one_environment_and_allow_no_star_but_for_what_has_no_name() -> None:
    trust, may = (json.loads(content)["Statement"] for content in files_of(GUIDE).values())

    (subject,) = (one for name, one in trust[0]["Condition"]["StringEquals"].items() if name.endswith(":sub"))
    assert re.fullmatch(r"repo:[\w-]+/[\w-]+:environment:(diff|dev|prod)", subject)
    everywhere = [action for statement in may if statement["Resource"] == "*" for action in statement["Action"]]
    assert everywhere == ["cloudformation:DescribeStacks", "cloudformation:GetTemplate", "sqs:ListQueues"]
