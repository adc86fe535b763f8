"""No role of a stage has a permission that nothing uses, and no call of a full run is refused."""

from __future__ import annotations

import pytest
from rich.console import Console

from ensemble.command_line.permissions.granted import used
from ensemble.command_line.permissions.running import run_everything
from tests.conftest import ROOT

SEEDS = 100
"""The rarest call comes by the fiftieth: a message to the customer meets an outage for long enough. That no call is
refused is judged in every schedule, of every campaign."""


def test_of_all_permissions_of_prod_each_is_used_and_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    ran = run_everything(Console(quiet=True), "prod", SEEDS)

    assert ran.refused == {}
    found = used([role for role in ran.roles if not role.has_others], ran.calls)
    assert len(found) > 100
    assert [one.grant for one in found if not one.times] == []
