"""Two projects with three stages each live in one account, and the context of the CDK chooses the stage to make."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run, copy_lending, start_app, synthesize
from tests.synthesizing import run_app
from tests.toolkit.infrastructure.templates import values

STAGES = ("dev", "prod", "alice")
NAME = ("Name", "TopicName", "LogGroupName")
"""What ends the property that gives a resource its name."""

OF_OTHERS = ("EventBusName", "MetricName", "SchemaName")
"""Properties that end so and name something else, or something within what the stage has of its own."""


def app_of(project: Path, outdir: Path, *, by: Run = run_app, **context: Any) -> subprocess.CompletedProcess[str]:
    """Run app.py as the CDK CLI does, with the context of its `-c` and of cdk.json."""
    environment = {"HOME": os.environ["HOME"], "PATH": "", "CDK_OUTDIR": str(outdir)}
    environment["CDK_CONTEXT_JSON"] = json.dumps(context)
    return by(project, environment)


@pytest.fixture(scope="module")
def projects(lending: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The projects, by their prefixes, synthesized: dev and prod together, alice by the context."""
    folder = tmp_path_factory.mktemp("projects")
    museum = copy_lending(folder / "museum")
    app = museum / "app.py"
    app.write_text(app.read_text().replace('prefix="lending"', 'prefix="museum"'))
    synthesize(museum, museum / "cdk.out")
    made = {"lending": shutil.copytree(lending, folder / "lending"), "museum": museum}
    for project in made.values():
        assert app_of(project, project / "alice.out", stage="alice").returncode == 0
    return made


def stage_of(project: Path, stage: str) -> Path:
    return project / ("alice.out" if stage == "alice" else "cdk.out") / f"assembly-{stage}"


def stacks_of(stage: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the manifest's properties of each stack, and its template."""
    for artifact in json.loads((stage / "manifest.json").read_text())["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            yield artifact["properties"], json.loads((stage / artifact["properties"]["templateFile"]).read_text())


def names_of(stage: Path) -> set[str]:
    """Return all that a stage calls its own in the account: stacks, resources, and where its secrets are."""
    names = set()
    for properties, template in stacks_of(stage):
        names.add(properties["stackName"])
        for resource in template["Resources"].values():
            given = {key: value for key, value in resource.get("Properties", {}).items() if key.endswith(NAME)}
            own = {
                key: value for key, value in given.items() if key not in ("EventBusName", "MetricName", "SchemaName")
            }
            names |= {f"{resource['Type']} {json.dumps(value)}" for value in own.values() if not is_of_another(value)}
            variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
            names |= {str(value) for key, value in variables.items() if key.startswith("SECRET_")}
    return names


def is_of_another(value: Any) -> bool:
    """Whether a name is that of another resource in the stack."""
    return isinstance(value, dict) and ("Ref" in value or "Fn::GetAtt" in value)


def test_no_name_of_a_stage_is_a_name_of_another_or_of_another_projects(projects: dict[str, Path]) -> None:
    names = {
        (prefix, stage): names_of(stage_of(project, stage)) for prefix, project in projects.items() for stage in STAGES
    }

    together = [name for of_one in names.values() for name in of_one]
    assert len(names) == 6
    assert all(len(of_one) > 50 for of_one in names.values())
    assert len(set(together)) == len(together)
    for (prefix, stage), of_one in names.items():
        assert [name for name in of_one if not re.search(rf"\b{prefix}-{stage}\b", name)] == []


def test_the_context_makes_the_stage_that_it_names_and_no_other(projects: dict[str, Path], tmp_path: Path) -> None:
    context = json.loads((projects["lending"] / "cdk.json").read_text())["context"]

    assert app_of(projects["lending"], tmp_path, **context).returncode == 0

    assert [path.name for path in tmp_path.glob("assembly-*")] == ["assembly-dev"]


def test_prod_is_made_when_the_context_names_it(projects: dict[str, Path], tmp_path: Path) -> None:
    assert app_of(projects["lending"], tmp_path, stage="prod").returncode == 0

    assert [path.name for path in tmp_path.glob("assembly-*")] == ["assembly-prod"]


def test_a_stage_that_nobody_declared_has_the_arguments_of_dev(projects: dict[str, Path]) -> None:
    templates = {
        stage: json.dumps([template for _, template in stacks_of(stage_of(projects["lending"], stage))])
        for stage in ("dev", "alice")
    }

    assert templates["alice"].replace("alice", "dev") == templates["dev"]


@pytest.mark.parametrize(
    ("context", "complaint"),
    [
        (
            "Alice_X",
            "a stage cannot be called 'Alice_X': take a letter and up to 19 more letters and digits",
        ),
        ("Prod", "a stage cannot be called 'Prod'"),
        (7, 'cdk.json: the context "stage" is 7: put the name of a stage there'),
    ],
)
def test_a_stage_that_cannot_be_is_refused_in_one_line_that_names_it(
    projects: dict[str, Path], tmp_path: Path, context: Any, complaint: str
) -> None:
    run = app_of(projects["lending"], tmp_path, by=start_app, stage=context)

    assert run.returncode == 1
    assert run.stderr.startswith(complaint)
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "manifest.json").exists()


def test_a_protected_stage_has_its_account_and_refuses_its_deletion(projects: dict[str, Path]) -> None:
    manifest = json.loads((stage_of(projects["lending"], "prod") / "manifest.json").read_text())["artifacts"].values()
    stacks = [artifact for artifact in manifest if artifact["type"] == "aws:cloudformation:stack"]

    assert {artifact["environment"] for artifact in stacks} == {"aws://111111111111/eu-central-1"}
    assert all(artifact["properties"]["terminationProtection"] for artifact in stacks)
    assert all("role-111111111111-eu-central-1" in artifact["properties"]["assumeRoleArn"] for artifact in stacks)


def test_any_account_may_have_the_other_stages_and_they_can_be_deleted(projects: dict[str, Path]) -> None:
    for stage in ("dev", "alice"):
        artifacts = json.loads((stage_of(projects["lending"], stage) / "manifest.json").read_text())["artifacts"]
        stacks = [artifact for artifact in artifacts.values() if artifact["type"] == "aws:cloudformation:stack"]

        assert {artifact["environment"] for artifact in stacks} == {"aws://unknown-account/unknown-region"}
        assert not any(artifact["properties"].get("terminationProtection") for artifact in stacks)


def test_the_account_is_in_the_manifest_and_in_the_place_of_the_bundles_and_nowhere_else(
    projects: dict[str, Path],
) -> None:
    for _, template in stacks_of(stage_of(projects["lending"], "prod")):
        places = [path for path, value in values(template) if "111111111111" in str(value)]
        assert [path for path in places if not path.endswith(".Code.S3Bucket")] == []
