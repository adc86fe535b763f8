"""What keeps a project from starting is told in one line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ensemble.command_line.errors import CheckFailed, StartingFailed
from ensemble.command_line.run.running import running_laptop
from ensemble.laptop import VirtualClock
from tests.toolkit.laptop.assemblies import function, queue, template, write_assembly


def start(monkeypatch: pytest.MonkeyPatch, assembly: Path) -> None:
    monkeypatch.setattr("ensemble.command_line.run.running.assembly_of", lambda *_: assembly)
    monkeypatch.setattr("ensemble.command_line.run.running.logs_of", lambda _root: assembly / "logs")
    with running_laptop(Console(file=StringIO()), "dev", VirtualClock()):
        pass


def test_stacks_that_the_local_aws_does_not_run_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stacks = {"stack": template(One=queue(QueueName="q"), Other=queue(QueueName="q"))}

    with pytest.raises(StartingFailed, match=r"does not run these stacks: two resources want to be the queue 'q'"):
        start(monkeypatch, write_assembly(tmp_path, stacks))


def test_a_template_that_cannot_be_read_is_told_with_what_to_delete(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assembly = write_assembly(tmp_path, {"stack": template(Queue=queue())})
    (assembly / "stack.template.json").write_text("{")

    with pytest.raises(StartingFailed, match=rf"stack\.template\.json is not JSON: .*: delete {tmp_path}, and it is"):
        start(monkeypatch, assembly)


def broken(directory: Path, handler: str) -> Path:
    """Write an assembly with a function that does not load."""
    stacks = {"stack": template(Broken=function("dev-broken", handler))}
    source = {"functions/broken/handler.py": "import no_such_module\n"}
    return write_assembly(directory, stacks, {"dev-broken": source})


def test_a_function_of_a_service_that_does_not_load_is_a_finding_at_its_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assembly = broken(tmp_path, "functions.broken.handler.handler")
    monkeypatch.setattr("ensemble.command_line.run.running.root_of_project", lambda: tmp_path / "asset.dev-broken")

    with pytest.raises(CheckFailed) as refused:
        start(monkeypatch, assembly)

    (finding,) = refused.value.findings
    assert finding.file == "functions/broken/handler.py:1"
    assert finding.problem.startswith("dev-broken does not load: ModuleNotFoundError: ")
    assert finding.fix == "correct this line"


def test_any_other_function_that_does_not_load_is_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    start(monkeypatch, broken(tmp_path, "functions.broken.handler.report"))
