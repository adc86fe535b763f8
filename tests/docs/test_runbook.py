"""The runbook has a section for each kind of alarm, each alarm leads to its own, and what is to be typed exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session

from tests.conftest import ROOT
from tests.toolkit.infrastructure.templates import templates

TEXT = (ROOT / "docs" / "runbook.md").read_text()
SECTIONS = dict(re.findall(r"^## ([\w-]+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
KINDS = set(re.findall(r'\((?:owner|service), "(\w+)"\)', (ROOT / "infrastructure" / "alarms.py").read_text()))

OF_THE_CLI = {"output", "query", "enabled"}
"""Options that the AWS CLI has of its own; a flag is an option too."""


def test_each_kind_of_alarm_has_its_section_and_each_section_is_of_one() -> None:
    assert len(KINDS) > 6
    assert set(SECTIONS) == KINDS


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_says_what_it_means_what_to_look_at_what_then_and_when_it_is_over(section: str) -> None:
    parts = re.findall(r"^\*\*(It means|Look at|Then|It is over)\*\*", SECTIONS[section], re.MULTILINE)

    assert parts == ["It means", "Look at", "Then", "It is over"]


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_each_alarm_ends_with_its_section(assembly: Path, stage: str) -> None:
    alarms = [one for template in templates(assembly, stage).values() for one in alarms_of(template)]

    assert alarms
    for alarm in alarms:
        kind = alarm["AlarmName"].rpartition("-")[2]
        assert alarm["AlarmDescription"].endswith(f" docs/runbook.md#{kind}")
        assert kind in KINDS


def alarms_of(template: Any) -> list[dict[str, Any]]:
    return list(template.of_type("AWS::CloudWatch::Alarm").values())


def commands() -> list[list[str]]:
    """Return the words of each command of the AWS CLI: in consoles, in their substitutions, and in the text."""
    text = TEXT.replace("\\\n", " ")
    found = re.findall(r"^\$ (?:queue=\$\()?(aws [^\n]*?)\)?$", text, re.MULTILINE)
    found += re.findall(r"`(aws [^`\n]+)`", text)
    return [shlex.split(re.sub(r"\$\(date[^)]*\)", "1", one)) for one in found]


def test_each_command_of_the_aws_cli_and_each_of_its_options_exists() -> None:
    assert len(commands()) > 12
    for _, service, operation, *words in commands():
        model = get_session().get_service_model(service if service != "deploy" else "codedeploy")
        names = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in names, (service, operation)
        shape = model.operation_model(names[operation]).input_shape
        options = {xform_name(name, "-") for name in (shape.members if shape else ())}
        assert {word[2:] for word in words if word.startswith("--")} - options - OF_THE_CLI == set(), operation
