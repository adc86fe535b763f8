"""The CDK CLI is run on the copy, with the emulator's variables and none of the person's; a failure shows its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.deploy_check import cdk as module
from ensemble.deploy_check.cdk import CLI, Cdk
from ensemble.deploy_check.errors import DeployCheckFailed


def cdk(root: Path, program: str) -> Cdk:
    """Return the CLI, with a program in its place."""
    (root / CLI).parent.mkdir(parents=True)
    (root / CLI).write_text(f"#!/bin/sh\n{program}\n")
    (root / CLI).chmod(0o755)
    return Cdk(root, root / "assembly", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, root)


def test_it_works_on_the_copy_that_it_is_given(tmp_path: Path) -> None:
    printed = cdk(tmp_path, 'echo "$@"').run("deploy", "dev/*")

    assert printed.split() == ["deploy", "dev/*", "--app", str(tmp_path / "assembly"), "--no-notices", "--no-color"]


def test_what_the_person_has_set_for_aws_does_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "222222222222")

    printed = cdk(tmp_path, "env").run("diff")

    assert "AWS_PROFILE" not in printed
    assert "222222222222" not in printed
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:1" in printed


def test_a_failure_shows_the_command_its_status_and_its_last_lines(tmp_path: Path) -> None:
    failing = cdk(tmp_path, "echo the stack is broken >&2; exit 3")

    with pytest.raises(DeployCheckFailed, match=r"(?s)cdk deploy ended with status 3, not 0:\nthe stack is broken"):
        failing.run("deploy")


def test_without_the_cli_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DeployCheckFailed, match="Fix: make deploy-tools"):
        Cdk(tmp_path, tmp_path, {}, tmp_path)


def test_one_that_does_not_end_is_ended_and_shows_its_last_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.3)
    waiting = cdk(tmp_path, "echo waiting for a stack; exec tail -f /dev/null")

    with pytest.raises(DeployCheckFailed, match=r"(?s)cdk deploy has not ended after 0.3 s:\nwaiting for a stack"):
        waiting.run("deploy")
