"""The workflow file of CI: each of its commands is run here, by `make test`, or by `make deploy-check`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infrastructure.runtime import PYTHON
from tests.conftest import ROOT
from tests.toolkit.command_line.conftest import Command as Ensemble
from tests.toolkit.command_line.stage.fake_aws import FakeAccount
from tests.toolkit.deploy_check.called import commands_of_the_check, options

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"

RECORDER = f"""#!{sys.executable}
import json, pathlib, sys
name, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with open(pathlib.Path(sys.argv[0]).parent.parent / "log", "a") as log:
    print(json.dumps([name, *arguments]), file=log)
if "--json" in arguments:
    print(pathlib.Path("given.json").read_text())
"""
"""Stands for a program: notes how it was called, and answers with a plan where one is asked for."""

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is on GitHub's runners, and not here")


def jobs() -> dict[str, Any]:
    return dict(yaml.safe_load(WORKFLOW.read_text())["jobs"])


def steps(job: str) -> list[dict[str, Any]]:
    return list(jobs()[job]["steps"])


@pytest.fixture
def ensemble_on_aws(
    ensemble: Ensemble, in_lending: Path, account: FakeAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Ensemble:
    """Return a function that runs `ensemble` on the fixture's project, with an account in which its dev is deployed."""
    monkeypatch.setattr("ensemble.command_line.stage.smoke.Account", lambda *_, **__: account)
    monkeypatch.setattr("ensemble.command_line.stage.smoke.now", account.laptop.now)
    monkeypatch.setattr("ensemble.command_line.stage.plan.Account", lambda *_, **__: account)
    monkeypatch.setattr("ensemble.command_line.check.deployed.record", lambda root, stage, _: root / f"{stage}.json")
    return ensemble


@pytest.fixture
def calls(ensemble_on_aws: Ensemble, tmp_path: Path) -> list[list[str]]:
    """Run the commands of all jobs as a runner does, and return how they call the programs of the project."""
    for program in ("bin/make", ".venv/bin/ensemble", "node_modules/.bin/cdk"):
        (tmp_path / program).parent.mkdir(parents=True)
        (tmp_path / program).write_text(RECORDER)
        (tmp_path / program).chmod(0o755)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "-", "--allow-empty"],
        cwd=tmp_path,
        check=True,
    )
    for job in jobs():
        (tmp_path / "given.json").write_text(ensemble_on_aws("plan", "--stage", "prod", "--json").output)
        for step in steps(job):
            if "run" in step:
                run(step["run"], tmp_path)
    logs = [*tmp_path.glob("log"), *tmp_path.glob("*/log")]
    return [json.loads(line) for log in logs for line in log.read_text().splitlines()]


def run(script: str, folder: Path) -> None:
    """Run a script as GitHub does (GitHub Docs, "Workflow syntax", defaults.run.shell: `bash -e`)."""
    path = f"{folder / 'bin'}:/usr/bin:/bin:{Path(shutil.which('jq') or '').parent}"
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


def test_what_the_workflow_makes_is_the_tests_the_check_on_the_emulator_or_made_by_them(calls: list[list[str]]) -> None:
    prerequisites = dict(re.findall(r"^([\w-]+): (.*?)(?: ##.*)?$", (ROOT / "ensemble" / "Makefile").read_text(), re.M))
    run = re.findall(r"^(?:exec )?make (.*)$", (ROOT / ".ci" / "run").read_text(), re.M)
    in_ci = {word for words in run for word in words.split() if not word.startswith("-")}
    made = {target for call in calls if call[0] == "make" for target in call[1:]}

    assert made
    assert made <= {*in_ci, "deploy-check", *prerequisites["deploy-check"].split()}


def test_the_cdk_is_called_as_the_check_on_the_emulator_calls_it(calls: list[list[str]], lending: Path) -> None:
    known = commands_of_the_check()
    called = [call[1:] for call in calls if call[0] == "cdk"]

    assert {command for command, *_ in called} == {"diff", "deploy"}
    for command, *rest in called:
        assert command in known, command
        for option in options(rest):
            stage = option.removeprefix("-c stage=")
            assert option in known[command] or (lending / "cdk.out" / f"assembly-{stage}").exists(), option


def test_ensemble_does_what_the_workflow_calls_it_for(calls: list[list[str]], ensemble_on_aws: Ensemble) -> None:
    called = [call[1:] for call in calls if call[0] == "ensemble"]

    assert {command for command, *_ in called} == {"plan", "demo", "deployed"}
    for arguments in called:
        outcome = ensemble_on_aws(*arguments)
        assert outcome.status == 0, (arguments, outcome.output, outcome.errors)


def test_dev_is_deployed_by_its_plan_and_tried_before_prod(calls: list[list[str]]) -> None:
    needs = {name: job["needs"] for name, job in jobs().items() if "needs" in job}
    of_dev = [step["run"] for step in steps("dev") if "run" in step]

    assert needs == {"dev": "check", "prod": "dev"}
    assert [re.findall(r"ensemble (\w+)", script) for script in of_dev] == [[], ["plan"], ["demo"]]
    assert ["cdk", "deploy", "-c", "stage=prod", "prod/*"] in calls


def test_a_run_that_waits_for_the_approval_of_prod_keeps_no_further_one_from_dev() -> None:
    whole = yaml.safe_load(WORKFLOW.read_text())["concurrency"]["group"]
    groups = {name: job["concurrency"]["group"] for name, job in jobs().items() if "concurrency" in job}

    assert "github.event_name == 'pull_request' && github.ref || github.run_id" in whole
    assert groups == {"check": "check-${{ github.ref }}", "dev": "deploy-dev", "prod": "deploy-prod"}


def test_it_runs_the_python_of_the_functions_so_that_their_bytecode_is_made() -> None:
    versions = {
        step["with"]["python-version"] for job in jobs() for step in steps(job) if "python-version" in str(step)
    }

    assert versions == {PYTHON}


def test_nobody_holds_a_key_and_each_job_may_no_more_than_it_needs() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())

    assert workflow["permissions"] == {}
    assert "secrets." not in WORKFLOW.read_text()
    for job in jobs().values():
        needs_aws = any("configure-aws-credentials" in step.get("uses", "") for step in job["steps"])
        assert job["permissions"] == {"contents": "read", **({"id-token": "write"} if needs_aws else {})}
        assert ("environment" in job, "AWS_ROLE" in job.get("if", "")) == (needs_aws, needs_aws)


def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it() -> None:
    used = re.findall(r"uses: (.*)", WORKFLOW.read_text())

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []
