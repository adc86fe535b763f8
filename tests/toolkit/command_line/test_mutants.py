"""`ensemble simulate --mutants`: which guards it takes out, and what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ensemble.command_line.parser import outcome as run
from ensemble.command_line.simulate import mutants
from ensemble.simulator.mutation import Mutant, Verdict


def guarded(*, judges_business: bool) -> Any:
    guards = (Mutant("a lock on the door"), Mutant("a second lock"))
    return SimpleNamespace(mutants=guards, judges_business=judges_business)


@pytest.fixture(autouse=True)
def hunted(monkeypatch: pytest.MonkeyPatch, in_lending: Path) -> None:
    """Give the application two guards; a seed breaks without the first, and without the other none does."""
    monkeypatch.setattr(mutants, "application", lambda: guarded(judges_business=True))

    def hunt(mutants: Sequence[Mutant], **_: Any) -> Verdict:
        is_found = mutants[0].guard == "a lock on the door"
        return Verdict(("+".join(one.guard for one in mutants),), 7 if is_found else None, "it is open", 8)

    monkeypatch.setattr(mutants, "hunt", hunt)
    monkeypatch.setattr(mutants, "assembly_of", lambda *_: Path("nowhere"))


def test_the_guards_are_those_of_the_application(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--mutants", "door"]) == 0

    head, found, verdict = capsys.readouterr().out.splitlines()
    assert head == "The first seed that breaks without each guard, as one should:"
    assert found == "a lock on the door: seed 7: it is open"
    assert verdict == "Every verdict is as expected."


def test_a_guard_without_which_nothing_breaks_is_not_as_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--mutants", "lock"]) == 1

    assert "a second lock: nothing in 8 seeds  <- NOT AS EXPECTED" in capsys.readouterr().out


def test_a_text_that_is_in_no_guards_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--mutants", "window"]) == 2

    told = capsys.readouterr()
    assert told.err == "ensemble: no guard has 'window' in its name; --mutants \"\" takes out each\n"
    assert not told.out


def test_without_a_judge_of_the_business_a_guard_may_be_found_or_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutants, "application", lambda: guarded(judges_business=False))

    assert run(["simulate", "--mutants", "lock"]) == 0

    printed = capsys.readouterr().out
    assert "a lock on the door: seed 7: it is open\n" in printed
    assert "a second lock: nothing in 8 seeds (no scenario judges the business)\n" in printed
