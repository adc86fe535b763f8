"""The stacks are synthesized when, and only when, something they are made from has changed."""

from __future__ import annotations

import json
import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ensemble.command_line.errors import SynthesisFailed, UsageRefused
from ensemble.command_line.synthesis import assembly_of, fingerprint
from ensemble.contracts.findings import Finding

APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
artifacts = {}
for name in ("dev",):
    stage = {"directoryName": f"assembly-{name}", "displayName": name}
    artifacts[f"assembly-{name}"] = {"type": "cdk:cloud-assembly", "properties": stage}
    (out / f"assembly-{name}").mkdir(parents=True, exist_ok=True)
    (out / f"assembly-{name}" / "manifest.json").write_text('{"artifacts": {}}')
(out / "manifest.json").write_text(json.dumps({"artifacts": {"tree": {"type": "cdk:tree"}, **artifacts}}))
with (out / "runs").open("a") as runs:
    runs.write("x")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CDK_OUTDIR", raising=False)
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "one.py").write_text("x = 1")
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def runs(project: Path) -> int:
    return len((project / "cdk.out" / "runs").read_text())


def assembly(project: Path, environment: str = "dev") -> Path:
    return assembly_of(environment, Console(file=StringIO()), project)


def test_an_unchanged_project_is_synthesized_once(project: Path) -> None:
    first, second = assembly(project), assembly(project)

    assert first == second == project / "cdk.out" / "assembly-dev"
    assert runs(project) == 1


def test_what_the_cdk_made_over_it_with_its_own_context_is_made_again(project: Path) -> None:
    manifest = assembly(project).parent / "manifest.json"
    made = json.loads(manifest.read_text())
    alice = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-dev", "displayName": "alice"}}
    manifest.write_text(json.dumps({"artifacts": {"assembly-alice": alice}}))
    os.utime(manifest, ns=(2**62, 2**62))

    assert assembly(project).name == "assembly-dev"
    assert json.loads(manifest.read_text()) == made
    assert runs(project) == 2


def test_a_changed_source_is_synthesized_again(project: Path) -> None:
    assembly(project)

    (project / "functions" / "one.py").write_text("x = 2")
    assembly(project)

    assert runs(project) == 2


def test_a_renamed_or_a_new_source_is_a_change(project: Path) -> None:
    before = fingerprint(project)

    (project / "functions" / "one.py").rename(project / "functions" / "two.py")
    renamed = fingerprint(project)
    (project / "requirements.txt").write_text("")

    assert len({before, renamed, fingerprint(project)}) == 3


def test_compiled_code_is_no_change(project: Path) -> None:
    before = fingerprint(project)

    (project / "functions" / "__pycache__").mkdir()
    (project / "functions" / "__pycache__" / "one.pyc").write_bytes(b"x")

    assert fingerprint(project) == before


def test_an_app_that_fails_is_told_in_one_line_and_tried_again(project: Path) -> None:
    assembly(project)
    (project / "app.py").write_text("raise ValueError('the service loyalty has no state')")

    for _ in range(2):
        with pytest.raises(SynthesisFailed) as failure:
            assembly(project)

    (finding,) = failure.value.findings
    assert str(finding) == (
        "app.py:1: the stacks do not synthesize: ValueError: the service loyalty has no state. "
        "Fix: correct this line; for all of it: make synth"
    )


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("x = 1\ny = (\n", "SyntaxError: '(' was never closed"),
        ("\nimport no_such\n", "ModuleNotFoundError: No module named 'no_such'"),
        ("import json\njson.loads('')\n", "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_a_source_that_fails_is_named_with_its_line_and_the_fault_without_its_module(
    project: Path, source: str, complaint: str
) -> None:
    (project / "functions" / "one.py").write_text(source)
    (project / "app.py").write_text("import functions.one")

    with pytest.raises(SynthesisFailed) as failure:
        assembly(project)

    (finding,) = failure.value.findings
    assert (finding.file, finding.problem) == ("functions/one.py:2", f"the stacks do not synthesize: {complaint}")


@pytest.mark.parametrize(
    ("sentence", "finding"),
    [
        ("cdk.json: no stage. Fix: name one", Finding("cdk.json", "no stage", "name one")),
        ("the account allows less", Finding("app.py", "the account allows less")),
    ],
)
def test_a_sentence_that_the_app_ends_with_is_a_finding_in_its_file(
    project: Path, sentence: str, finding: Finding
) -> None:
    (project / "app.py").write_text(f"raise SystemExit({sentence!r})")

    with pytest.raises(SynthesisFailed) as failure:
        assembly(project)

    assert failure.value.findings == (finding,)


def test_a_fault_in_what_is_installed_under_the_project_is_told_where_a_source_met_it(project: Path) -> None:
    installed = project / ".venv" / "installed.py"
    installed.parent.mkdir()
    installed.write_text("raise LookupError('no such thing')")
    (project / "app.py").write_text(f"import sys\nsys.path.insert(0, {str(installed.parent)!r})\nimport installed")

    with pytest.raises(SynthesisFailed, match="LookupError: no such thing") as failure:
        assembly(project)

    assert failure.value.findings[0].file == "app.py:3"


def test_going_back_after_a_failure_synthesizes_again(project: Path) -> None:
    assembly(project)
    (project / "app.py").write_text("raise SystemExit(3)")
    with pytest.raises(SynthesisFailed, match="it ended with status 3"):
        assembly(project)

    (project / "app.py").write_text(APP)
    assembly(project)

    assert runs(project) == 2


def test_an_environment_that_the_app_does_not_make_is_refused_with_those_it_makes(project: Path) -> None:
    with pytest.raises(UsageRefused, match="makes no stage 'test'; it makes dev"):
        assembly(project, "test")


def test_a_renamed_environment_is_refused_by_its_old_name_though_its_assembly_still_lies_there(project: Path) -> None:
    old = assembly(project)

    (project / "app.py").write_text(APP.replace('("dev",)', '("test",)'))

    with pytest.raises(UsageRefused, match="makes no stage 'dev'; it makes test"):
        assembly(project)
    assert old.is_dir()


def test_an_app_that_makes_nothing_any_more_makes_no_environment(project: Path) -> None:
    assembly(project)

    (project / "app.py").write_text("")

    with pytest.raises(UsageRefused, match="makes no stage 'dev'; it makes none"):
        assembly(project)


@pytest.mark.parametrize("manifest", ["manifest.json", "assembly-dev/manifest.json"])
@pytest.mark.parametrize("content", ["", '{"artifacts": [', "[]", None])
def test_a_broken_manifest_is_made_again(project: Path, manifest: str, content: str | None) -> None:
    assembly(project)
    if content is None:
        (project / "cdk.out" / manifest).unlink()
    else:
        (project / "cdk.out" / manifest).write_text(content)

    assert assembly(project).name == "assembly-dev"
    assert runs(project) == 2


def test_a_relative_output_directory_is_one_of_the_current_directory(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("CDK_OUTDIR", "out")

    assert assembly(project) == elsewhere / "out" / "assembly-dev"
    assert (elsewhere / "out" / "runs").read_text() == "x"
