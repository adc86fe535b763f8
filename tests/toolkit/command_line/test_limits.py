"""`ensemble limits`: what it tells, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.limits import limits as command
from ensemble.command_line.parser import outcome as run
from ensemble.limits.figures import Figures
from ensemble.limits.limits import Effort, Measured
from ensemble.limits.search import Found
from ensemble.limits.sweeping import Swept

USAGE = 2


@pytest.fixture(autouse=True)
def assembly(in_lending: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library; its services are not loaded: what is measured of them stands here."""
    monkeypatch.setattr(command, "measured", _measured)
    return in_lending


def _measured(_make: Any, _assembly: Path, _story: str | None, names: list[str], effort: Effort, _jobs: Any) -> Any:
    for name in sorted(names, reverse=True):
        swept = Swept(effort.rows, 90.0, 10.0, 0) if name == "loan" else None
        yield Measured(name, Figures({}, {}, 0.0, 0.02, {}), Found(7.0, None, None), "", None, swept)


def test_limits_are_told_the_lowest_first_with_what_they_are_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["limits", "--environment", "dev", "--rows", "900"]) == 0

    told = capsys.readouterr().out
    lines = [line.strip() for line in told.splitlines() if "(one takes" in line]
    assert '"granted"' in told
    assert lines[0].startswith("33  courier: messages in flight")
    assert "over 1,000  loan: workers" in told
    assert "900 timers of loan due in one minute: all handled 90 s after the tick (10 a second)" in told
    assert "the last one sent after 10 s" in told


def test_the_document_has_the_same_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["limits", "--environment", "dev", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["story"] == "granted"
    assert document["timers"] == [
        {"service": "loan", "rows": 90_000, "handled_in_seconds": 90.0, "sent_in_seconds": 10.0, "not_handled": 0}
    ]
    assert {
        "where": "loan",
        "limit": "workers",
        "takes": "20 ms of workers",
        "workflows_a_second": None,
        "because": "",
    } in (document["limits"])


def test_an_unknown_story_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["limits", "--environment", "dev", "--story", "nobody"]) == USAGE

    assert "the scenario has no story 'nobody'" in capsys.readouterr().err
