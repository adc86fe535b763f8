"""Files that somebody else made: recordings, schemas of a pull request, stored events; and names in git."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from ensemble.console import recording
from ensemble.console.recording import NoRecording, read_recording
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.profile import SchemaMisdeclared
from ensemble.project.deployed import at_commit
from ensemble.project.errors import GitFailed
from ensemble.project.git import git
from functions.kit.store import WHOLE_BYTES, unpacked
from tests.toolkit.command_line.conftest import Command
from tests.toolkit.contracts.migration import file_with

HEAD = {"format": "ensemble recording", "version": 1}
FIXED = {"stage": "dev", "recorded": "a day", "graph": {}}
BATCH = {"batch": {"now": 1.0, "lines": [], "events": []}}


def recorded(folder: Path, *lines: Any, **fixed: Any) -> Path:
    """Write a recording as anybody can."""
    file = folder / "recording"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join([json.dumps(HEAD | {"fixed": FIXED | fixed}), *texts]))
    return file


def test_a_recording_that_says_it_may_operate_may_not(tmp_path: Path) -> None:
    file = recorded(tmp_path, BATCH, place="laptop", can={"operate": True, "laptop": True})

    fixed = read_recording(file).fixed

    assert (fixed["place"], fixed["can"]) == ("recording", {"operate": False, "laptop": False})


def test_a_recording_without_end_is_read_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_READ", 1_000)

    with pytest.raises(NoRecording, match="has over 1,000 bytes, which no recording of ensemble has"):
        read_recording(Path("/dev/zero"))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"batch": {"now": ' + "[" * 100_000])
def test_a_recording_nested_without_end_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(NoRecording, match="is broken at line 3: RecursionError"):
        read_recording(recorded(tmp_path, BATCH, text))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_recording_at_no_instant_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(NoRecording, match=f"{number} is not JSON"):
        read_recording(recorded(tmp_path, f'{{"batch": {{"now": {number}, "lines": []}}}}'))


@pytest.mark.parametrize("head", [HEAD, HEAD | {"fixed": 1}, HEAD | {"fixed": {"stage": ["<script>"]}}])
def test_a_recording_that_does_not_say_what_of_is_refused(tmp_path: Path, head: Any) -> None:
    file = tmp_path / "recording"
    file.write_text(json.dumps(head))

    with pytest.raises(NoRecording, match="does not say what it was recorded of"):
        read_recording(file)


def test_a_stored_event_that_becomes_longer_than_any_event_is_not_read() -> None:
    bomb = zlib.compress(bytes(100 * WHOLE_BYTES))

    assert len(bomb) < 400_000
    with pytest.raises(zlib.error, match="what is stored is not whole, or is over 4000000 bytes long"):
        unpacked(bomb)


REVISIONS = ["--all", "--output=pwned", "--git-dir", "-h", "--upload-pack=touch pwned", "HEAD --output=pwned", "\n", ""]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_that_is_an_option_of_git_is_no_commit(tmp_path: Path, revision: str) -> None:
    git(tmp_path, "init", "--quiet")

    with pytest.raises(GitFailed):
        at_commit(tmp_path, revision)
    assert [file.name for file in tmp_path.iterdir()] == [".git"]


def placed(folder: Path, name: str, schema: Any = None) -> Path:
    """Write a schema file of this name, and return the folder of schemas."""
    file = folder / "schemas" / "depot" / "ParcelSent" / name
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(schema or file_with({"type": "string"})))
    return folder / "schemas"


def test_a_file_whose_name_forges_a_line_of_cis_log_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ensemble: Command, in_lending: Path
) -> None:
    forged = placed(tmp_path, "1.0\n::set-output name=approved::yes\x1b[2K.json")
    monkeypatch.setattr("ensemble.command_line.project.load_schemas", lambda _: load_schemas(forged))

    found = ensemble("check")

    assert found.status == 1
    assert "it is neither a schema nor what may lie beside one" in found.output
    assert not [line for line in found.output.splitlines() if line.startswith("::")]
    assert "\x1b" not in found.output


ELSEWHERE = [
    "file:///etc/passwd",
    "https://evil.example/schema.json",
    "//evil.example/x",
    "/etc/passwd",
    "#",
    "../x.json",
]


@pytest.mark.parametrize("reference", ELSEWHERE)
def test_a_reference_out_of_its_file_is_refused_and_not_followed(tmp_path: Path, reference: str) -> None:
    with pytest.raises(SchemaMisdeclared, match="leads out of the file, or to all of it"):
        load_schemas(placed(tmp_path, "1.0.json", file_with({"$ref": reference})))


SLOW = ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*a){12}$", "^(a?){30}a{30}$", "^(a*)*b$"]


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_a_text_could_hold_up_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(SchemaMisdeclared, match="so that a text could be tried in very many ways"):
        load_schemas(placed(tmp_path, "1.0.json", file_with({"type": "string", "pattern": pattern})))
