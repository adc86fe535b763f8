"""Stages differ only in arguments; stacks know each other only by names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infrastructure.errors import ArchiveTooShort
from infrastructure.retention import row_memory_seconds
from tests.conftest import LENDING, ROOT
from tests.toolkit.infrastructure.templates import Template, values

CFN_LINT = "import sys, cfnlint.runner; sys.exit(cfnlint.runner.main())"

ARGUMENTS = {
    "DeletionPolicy",
    "DeletionProtectionEnabled",
    "MaximumConcurrency",
    "MemorySize",
    "ROW_MEMORY_SECONDS",
    "RetentionDays",
    "RetentionInDays",
    "UpdateReplacePolicy",
}


def test_prod_differs_from_dev_only_in_its_arguments(dev: dict[str, Template], prod: dict[str, Template]) -> None:
    assert dev.keys() == prod.keys()
    for stack, template in dev.items():
        renamed = json.loads(re.sub(r"\bprod([-/])", r"dev\1", json.dumps(prod[stack].content)))
        ours, theirs = dict(values(template.content)), dict(values(renamed))

        differing = {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)}

        assert {path.rpartition(".")[2] for path in differing if ".Code.S3Bucket" not in path} <= ARGUMENTS


def test_prod_keeps_its_data_and_dev_goes_without_a_trace(dev: dict[str, Template], prod: dict[str, Template]) -> None:
    for stage, deleted, replaced in ((dev, "Delete", "Delete"), (prod, "RetainExceptOnCreate", "Retain")):
        for template in stage.values():
            for resource in template.resources.values():
                if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Events::Archive"):
                    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (deleted, replaced)


def test_no_stack_exports_or_imports_anything(dev: dict[str, Template], prod: dict[str, Template]) -> None:
    for template in [*dev.values(), *prod.values()]:
        assert "Outputs" not in template.content
        assert "Fn::ImportValue" not in json.dumps(template.content)


def test_a_service_stack_waits_for_the_platform_and_for_no_other_service(assembly: Path) -> None:
    artifacts = json.loads((assembly / "assembly-dev" / "manifest.json").read_text())["artifacts"]
    stacks = {id: artifact for id, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"}

    for artifact in stacks.values():
        waits_for = {stacks[id]["displayName"] for id in artifact.get("dependencies", []) if id in stacks}
        assert waits_for == (set() if artifact["displayName"] == "dev/platform" else {"dev/platform"})


def test_every_template_satisfies_cfn_lint_to_the_last_hint(assembly: Path) -> None:
    found = sorted(str(path) for path in assembly.glob("assembly-*/*.template.json"))
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


def test_a_row_remembers_for_longer_than_any_way_can_deliver_its_events() -> None:
    day = 24 * 3600
    in_the_bucket, in_the_archive, retried, in_the_queue, in_the_dlq = 15, 7, 1, 4, 14

    longest = in_the_bucket + in_the_archive + retried + in_the_queue + in_the_dlq + in_the_queue
    assert row_memory_seconds(in_the_archive) > longest * day - 3600
    assert row_memory_seconds(in_the_archive) >= (longest + 0.9) * day


def test_an_archive_that_would_keep_events_for_ever_is_refused() -> None:
    with pytest.raises(ArchiveTooShort):
        row_memory_seconds(0)
