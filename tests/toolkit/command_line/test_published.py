"""What git knows as published is compared with what is there now."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ensemble.command_line.check.published import published_of, rewritten, unpublished
from ensemble.command_line.errors import UsageRefused
from ensemble.contracts.schemas import Schemas
from ensemble.project.deployed import at_commit, record, recorded
from functions.kit.model import Decision, Service, on, unchanged

WHO = {f"GIT_{who}_{what}": "somebody@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

FOLDER = "schemas/office/LetterPosted"


def keep(state: object, event: object) -> Decision:
    return unchanged(state)


READER = Service("reader", "letter_id", dict, (on("LetterPosted", keep, reads=()),))


def git(root: Path, *arguments: str) -> str:
    run = subprocess.run(
        ["git", "-C", str(root), *arguments], env={**os.environ, **WHO}, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def write(root: Path, file: str, content: object) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def commit(root: Path) -> str:
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "More")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one published version, and a lifecycle."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    write(tmp_path, f"{FOLDER}/1.0.json", {"a": 1})
    write(tmp_path, f"{FOLDER}/lifecycle.json", {"1.0": {"deprecated": "2026-01-01"}})
    commit(tmp_path)
    return tmp_path


def test_what_is_as_it_was_published_is_no_finding_nor_is_what_is_new(project: Path) -> None:
    write(project, f"{FOLDER}/1.1.json", {"b": 1})

    assert not list(rewritten(project, at_commit(project, "HEAD"), (READER,)))
    commit(project)
    assert not list(rewritten(project, at_commit(project, "HEAD~1"), (READER,)))


def test_an_edited_file_is_found_with_whom_it_harms_and_how_to_get_it_back(project: Path) -> None:
    write(project, f"{FOLDER}/1.0.json", {"a": 2})

    (message,) = map(str, rewritten(project, at_commit(project, "HEAD"), (READER,)))

    assert message.startswith(f"{FOLDER}/1.0.json: it was edited since HEAD")
    assert "Harmed: reader" in message
    assert f"Fix: git checkout HEAD -- {FOLDER}/1.0.json" in message
    assert "such as 1.1.json" in message


def test_a_file_that_is_gone_is_found(project: Path) -> None:
    (project / FOLDER / "1.0.json").unlink()

    (message,) = map(str, rewritten(project, at_commit(project, "HEAD"), (READER,)))

    assert message.startswith(f"{FOLDER}/1.0.json: it is gone since HEAD")


def test_a_folder_that_was_renamed_is_one_finding(project: Path) -> None:
    write(project, f"{FOLDER}/1.1.json", {"b": 1})
    commit(project)
    (project / "schemas" / "office").rename(project / "schemas" / "ofice")

    (message,) = map(str, rewritten(project, at_commit(project, "HEAD"), (READER,)))

    assert message.startswith("schemas/ofice/: LetterPosted ")
    assert "Fix: move it back to schemas/office/" in message


def test_an_end_that_says_something_else_than_before_is_found(project: Path) -> None:
    write(project, f"{FOLDER}/lifecycle.json", {"1.0": {"deprecated": "2025-01-01", "retired": "2026-01-01"}})

    (message,) = map(str, rewritten(project, at_commit(project, "HEAD"), (READER,)))

    assert message.startswith(f"{FOLDER}/lifecycle.json: 1.0 was deprecated on 2026-01-01")


def test_an_end_may_be_added(project: Path) -> None:
    ends = {"1.0": {"deprecated": "2026-01-01", "retired": "2026-09-01"}}
    write(project, f"{FOLDER}/lifecycle.json", ends)

    assert not list(rewritten(project, at_commit(project, "HEAD"), (READER,)))


def test_an_upcaster_may_be_mended(project: Path) -> None:
    write(project, f"{FOLDER}/upcast_to_2.py", "wrong")
    commit(project)
    write(project, f"{FOLDER}/upcast_to_2.py", "right")

    assert not list(rewritten(project, at_commit(project, "HEAD"), (READER,)))


def test_a_project_in_a_folder_of_a_repository_is_compared_too(project: Path) -> None:
    write(project / "inner", f"{FOLDER}/1.0.json", {"a": 1})
    commit(project)
    write(project / "inner", f"{FOLDER}/1.0.json", {"a": 2})

    (message,) = map(str, rewritten(project / "inner", at_commit(project / "inner", "HEAD"), (READER,)))

    assert message.startswith(f"{FOLDER}/1.0.json: it was edited")


def test_a_commit_that_git_does_not_know_is_refused(project: Path) -> None:
    with pytest.raises(UsageRefused, match="git knows no commit 'nowhere'"):
        published_of(project, "nowhere")


def test_what_was_only_committed_is_not_published(project: Path) -> None:
    assert published_of(project, None) == ()


def test_what_is_deployed_counts_whatever_git_has(project: Path) -> None:
    record(project, "dev")
    write(project, f"{FOLDER}/1.0.json", {"a": 2})
    commit(project)

    (deployed,) = published_of(project, None)
    (message,) = map(str, rewritten(project, deployed, (READER,)))

    assert message.startswith(f"{FOLDER}/1.0.json: it was edited since it was deployed to dev")
    assert f"Fix: git log --patch -- {FOLDER}/1.0.json" in message


def test_a_schema_that_is_only_laid_out_anew_is_as_it_was_published(project: Path) -> None:
    record(project, "dev")
    (project / FOLDER / "1.0.json").write_text('{\r\n  "a": 1\r\n}\r\n')

    assert not list(rewritten(project, recorded(project)[0], (READER,)))


def test_a_later_deployment_forgets_nothing_of_an_earlier_one(project: Path) -> None:
    record(project, "dev")
    (project / FOLDER / "1.0.json").rename(project / FOLDER / "1.1.json")
    record(project, "dev")

    (message,) = map(str, rewritten(project, recorded(project)[0], (READER,)))

    assert message.startswith(f"{FOLDER}/1.0.json: it is gone since it was deployed to dev")


def test_each_stage_is_held_to_what_is_deployed_there(project: Path) -> None:
    record(project, "dev")
    write(project, f"{FOLDER}/1.1.json", {"b": 1})
    record(project, "prod")

    assert [len(one.content) for one in recorded(project)] == [2, 3]


def test_a_commit_without_schemas_published_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)

    assert at_commit(tmp_path, "HEAD").content == {}


def test_a_version_is_new_when_its_file_was_not_published(project: Path) -> None:
    schemas = Schemas({"LetterPosted": "office"}, {"LetterPosted": {"1.0": {}, "1.1": {}}}, {}, {})

    assert unpublished([at_commit(project, "HEAD")], schemas) == {("LetterPosted", "1.1")}


def test_examples_may_change_and_a_field_of_that_name_may_not(project: Path) -> None:
    schema = {"examples": [1], "properties": {"examples": {"type": "string", "examples": ["a"]}}}
    write(project, f"{FOLDER}/1.0.json", schema)
    record(project, "dev")

    write(project, f"{FOLDER}/1.0.json", {"properties": {"examples": {"type": "string"}}})
    assert not list(rewritten(project, recorded(project)[0], (READER,)))

    write(project, f"{FOLDER}/1.0.json", {"properties": {}})
    assert list(rewritten(project, recorded(project)[0], (READER,)))
