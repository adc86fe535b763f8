"""Which files changed, how that is said, and whether a service declares the same as before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from ensemble.command_line.run.changes import Changes, in_words
from ensemble.command_line.run.declarations import same_declaration
from functions.kit.model import Decision, Service, on, publish


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in ("functions/loan/domain.py", "functions/kit/model.py", "schemas/loan/LoanGranted/1.0.json", "app.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("one")
    return tmp_path


def test_a_file_that_changed_came_or_went_is_named_once(root: Path) -> None:
    changes = Changes(root)

    (root / "functions/loan/domain.py").write_text("two")
    (root / "functions/loan/new.py").write_text("one")
    (root / "app.py").unlink()

    assert changes.new() == ["app.py", "functions/loan/domain.py", "functions/loan/new.py"]
    assert changes.new() == []


def test_what_a_browser_runs_is_none_of_the_files_that_stacks_are_made_from(root: Path) -> None:
    changes = Changes(root)

    for path in ("ensemble/console/page/main.js", "ensemble/console/page/parts/list.js", "ensemble/console/page.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("one")

    assert changes.new() == ["ensemble/console/page.py"]


def test_the_file_of_local_settings_counts_too(root: Path) -> None:
    changes = Changes(root)

    (root / "settings.local.toml").write_text("[loan]")

    assert changes.new() == ["settings.local.toml"]


def test_compiled_code_and_the_same_content_saved_again_are_no_change(root: Path) -> None:
    changes = Changes(root)

    (root / "functions/loan/domain.py").write_text("one")
    (root / "functions/loan/__pycache__").mkdir()
    (root / "functions/loan/__pycache__/domain.pyc").write_text("x")

    assert changes.new() == []


def test_files_of_a_service_are_named_after_it() -> None:
    paths = ["functions/loan/service.py", "app.py", "functions/loan/domain.py", "functions/kit/model.py"]

    assert in_words(paths) == "loan: service.py, domain.py; app.py; functions/kit/model.py"


@dataclass(frozen=True)
class State:
    status: str


@dataclass(frozen=True)
class WiderState:
    status: str
    reason: str = ""


WiderState.__qualname__ = State.__qualname__


def react(state: State | None, event: object) -> Decision:
    return Decision(State("new"), publish("LoanGranted"))


def other(state: State | None, event: object) -> Decision:
    return Decision(State("old"), publish("LoanGranted"))


other.__qualname__ = react.__qualname__


def modules(state: type = State, reaction: object = react, **changes: object) -> dict[str, ModuleType]:
    """Return the modules of a function of a service that is declared so."""
    module = ModuleType("functions.loan.service")
    arguments = {"reads": ("loan_id",), "emits": ("LoanGranted",)} | changes
    row = on("RequestLoan", reaction, **arguments)  # type: ignore[arg-type]
    vars(module)["LOAN"] = Service(name="loan", key="loan_id", state=state, reactions=(row,))
    return {module.__name__: module}


def test_a_service_whose_functions_do_something_else_declares_the_same() -> None:
    assert same_declaration(modules(), modules(reaction=other), "loan")


@pytest.mark.parametrize(
    "changed",
    [
        modules(reads=("loan_id", "branch?")),
        modules(emits=("LoanGranted", "LoanRefused")),
        modules(irreversible="it is"),
        modules(state=WiderState),
        {},
    ],
)
def test_a_service_that_reads_emits_or_stores_otherwise_does_not(changed: dict[str, ModuleType]) -> None:
    assert not same_declaration(modules(), changed, "loan")
