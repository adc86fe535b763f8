"""The console of a stage in the machine's browser, as `make deploy-check` looks at it."""

from __future__ import annotations

import shutil

import pytest

from ensemble.deploy_check.browsing import browsed
from ensemble.deploy_check.errors import DeployCheckFailed
from tests.toolkit.console.browser import browser
from tests.toolkit.console.conftest import Library


def test_the_list_and_a_workflow_are_seen_and_a_workflow_that_is_not_there_fails(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with browser():  # skipped where there is none
        pass
    monkeypatch.setattr("ensemble.deploy_check.browsing.PATIENCE_MILLISECONDS", 30_000)
    library.ask_for("loan-browsed")

    assert "steps of loan-browsed, no error" in browsed(library.looked_at, "loan-browsed")
    monkeypatch.setattr("ensemble.deploy_check.browsing.PATIENCE_MILLISECONDS", 100)
    with pytest.raises(DeployCheckFailed, match="does not show loan-nowhere"):
        browsed(library.looked_at, "loan-nowhere")


def test_where_there_is_no_browser_it_says_that_nobody_looked(
    running: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert browsed(running.looked_at, "loan-1") == "not looked at: no browser"
