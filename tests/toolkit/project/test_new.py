"""`ensemble new`: a project without the shop, made with git and the standard library, in which everything is green."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from ensemble.project.ownership import Owner, owner_of
from tests.toolkit.project.conftest import NAME, ensemble, git, new, run

Made = tuple[Path, str]


def test_it_has_the_toolkits_files_as_they_are_and_its_own(made: Made, toolkit: Path) -> None:
    project, _ = made
    files = git(project, "ls-files").splitlines()
    owned = [path for path in files if owner_of(path) is Owner.OWNED]

    assert owned == [path for path in git(toolkit, "ls-files").splitlines() if owner_of(path) is Owner.OWNED]
    assert all((project / path).read_bytes() == (toolkit / path).read_bytes() for path in owned)
    assert {path.parts[1] for path in map(Path, files) if path.parts[0] == "functions"} == {"kit", "ticket"}
    assert (project / ".ci" / "run").stat().st_mode & 0o111


def test_it_is_a_repository_with_one_commit_and_nothing_left_over(made: Made) -> None:
    assert git(made[0], "rev-list", "--count", "HEAD") == "1"
    assert git(made[0], "status", "--porcelain") == ""


def test_it_knows_which_toolkit_it_has(made: Made, toolkit: Path) -> None:
    mark = json.loads((made[0] / ".ensemble.json").read_text())

    assert mark["commit"] == git(toolkit, "rev-parse", "HEAD")
    assert mark["source"] == str(toolkit)
    assert mark["version"] == (toolkit / "ensemble" / "VERSION").read_text().strip()


def test_its_name_is_in_its_files_and_no_other(made: Made) -> None:
    project, _ = made

    assert f'prefix="{NAME}"' in (project / "app.py").read_text()
    settings = (project / "pyproject.toml").read_text()
    assert f'name = "{NAME}"' in settings
    assert "tests/fixture" not in settings
    assert json.loads((project / "package.json").read_text())["name"] == NAME
    assert (project / "README.md").read_text().startswith(f"# {NAME}\n")


def test_it_prints_what_it_did_and_what_to_type_next(made: Made) -> None:
    project, printed = made

    assert re.search(rf"Made {project}: \d+ files of the toolkit and \d+ of yours", printed)
    assert re.findall(r"^  (cd|make|\.venv/bin/ensemble) (\S+)", printed, re.MULTILINE) == [
        ("cd", f"../{NAME}"),
        ("make", "demo"),
        ("make", "test"),
        (".venv/bin/ensemble", "add"),
    ]


def test_each_make_target_that_it_names_exists(made: Made) -> None:
    project, printed = made
    targets = set(re.findall(r"^([a-z-]+) ", run(project, "make", "help").stdout, re.MULTILINE))
    named = {
        *re.findall(r"^  make (\S+)", printed, re.MULTILINE),
        *NAMED_TARGET.findall((project / "README.md").read_text()),
    }

    assert {"demo", "test", "simulate", "help"} <= named
    assert named <= targets


NAMED_TARGET = re.compile(r"(?:`|\$ )make ([a-z-]+)")


def test_it_is_checked_formatted_and_typed_as_it_is(project: Path) -> None:
    checked = ensemble(project, "check")
    linted = run(project, sys.executable, "-m", "ruff", "check", "--no-cache", ".")
    formatted = run(project, sys.executable, "-m", "ruff", "format", "--no-cache", "--check", ".")

    assert (checked.returncode, checked.stderr) == (0, "")
    assert "1 service, 3 events in 3 live versions, 1 edge: " in checked.stdout
    assert "nothing is recorded as deployed" in checked.stdout
    assert linted.returncode == 0, linted.stdout
    assert formatted.returncode == 0, formatted.stdout


def test_its_own_tests_pass(project: Path) -> None:
    done = run(project, sys.executable, "-m", "pytest", "-p", "no:xdist")

    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= 8


def test_its_story_ends_as_it_must_and_no_schedule_breaks_a_promise(project: Path) -> None:
    played = ensemble(project, "demo")
    simulated = ensemble(project, "simulate", "--seeds", "50", "--full", "2", "--jobs", "1")

    assert played.returncode == 0, played.stdout + played.stderr
    assert "✓ opened" in played.stdout
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr


def test_all_its_names_in_aws_begin_with_its_own(project: Path) -> None:
    assert run(project, sys.executable, "-P", "app.py").returncode == 0

    for template in (project / "cdk.out").glob("assembly-dev/*.template.json"):
        for resource in json.loads(template.read_text())["Resources"].values():
            names = [value for key, value in resource["Properties"].items() if key in NAMES_IN_AWS]
            assert [name for name in names if isinstance(name, str) and not name.startswith(BEGINNINGS)] == []
    manifest = json.loads((project / "cdk.out" / "assembly-dev" / "manifest.json").read_text())["artifacts"]
    stacks = {one["properties"]["stackName"] for one in manifest.values() if one["type"].endswith(":stack")}
    assert stacks == {f"{NAME}-dev-platform", f"{NAME}-dev-ticket"}


NAMES_IN_AWS = {
    *("AlarmName", "ArchiveName", "FunctionName", "LogGroupName", "Name", "QueueName", "RegistryName", "TableName"),
    *("TopicName", "BucketName", "RoleName", "ManagedPolicyName"),
}
BEGINNINGS = (f"{NAME}-dev-", f"/aws/lambda/{NAME}-dev-")


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(toolkit: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine").write_text("mine")

    done = new(toolkit, str(tmp_path / "there"))

    assert done.returncode == 1
    assert "is there and not empty: name a folder that is not there yet" in done.stderr
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["1st", "a--b", "an-extraordinarily-long-name", "under_score", "Big"])
def test_a_name_that_aws_does_not_take_is_refused_before_anything_is_made(
    toolkit: Path, tmp_path: Path, name: str
) -> None:
    done = new(toolkit, str(tmp_path / "new"), "--name", name)

    assert done.returncode == 1
    assert f"the project's prefix '{name}' cannot begin the names" in done.stderr
    assert "--name NAME" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_directory_whose_name_is_no_name_in_aws_gives_one_all_the_same(toolkit: Path, tmp_path: Path) -> None:
    done = new(toolkit, str(tmp_path / "Our Trips!"))

    assert done.returncode == 0, done.stderr
    assert 'prefix="ourtrips"' in (tmp_path / "Our Trips!" / "app.py").read_text()


def test_changes_of_the_toolkit_that_no_commit_has_are_named_and_left_out(toolkit: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(toolkit), "changed")
    (tmp_path / "changed" / "ensemble" / "__init__.py").write_text("changed = True\n")

    done = new(tmp_path / "changed", str(tmp_path / "new"))

    assert "1 changed files" in done.stdout
    assert "ensemble/__init__.py" in done.stdout
    assert "changed = True" not in (tmp_path / "new" / "ensemble" / "__init__.py").read_text()


def test_a_password_in_the_address_of_the_toolkit_is_not_written_down(toolkit: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(toolkit), "cloned")
    git(tmp_path / "cloned", "remote", "set-url", "origin", "https://ada:secret@example.com/ensemble.git")

    new(tmp_path / "cloned", str(tmp_path / "new"))

    assert json.loads((tmp_path / "new" / ".ensemble.json").read_text())["source"] == "https://example.com/ensemble.git"


def test_a_project_made_from_a_project_has_the_same_toolkit(project: Path, tmp_path: Path) -> None:
    assert new(project, str(tmp_path / "second")).returncode == 0

    assert (tmp_path / "second" / ".ensemble.json").read_text() == (project / ".ensemble.json").read_text()


def test_in_the_folder_of_a_repository_it_is_left_to_be_committed_there(toolkit: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")

    done = new(toolkit, str(tmp_path / "services" / "trips"))

    assert f"It is in the repository {tmp_path}: commit it there" in done.stdout
    assert not (tmp_path / "services" / "trips" / ".git").exists()


def test_where_git_knows_nobody_the_first_commit_is_by_ensemble(toolkit: Path, tmp_path: Path) -> None:
    nobody = {f"GIT_{who}_{what}": None for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    only_by_settings = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true"}

    done = new(toolkit, str(tmp_path / "new"), **nobody, **only_by_settings)

    assert done.returncode == 0, done.stderr
    assert git(tmp_path / "new", "log", "-1", "--format=%an") == "Ensemble"
    assert "git does not know your name" in done.stdout


def test_without_git_one_line_says_so(toolkit: Path, tmp_path: Path) -> None:
    done = new(toolkit, str(tmp_path / "new"), PATH="")

    assert done.returncode == 1
    assert done.stderr.startswith("ensemble: git does not start")
    assert not (tmp_path / "new").exists()
