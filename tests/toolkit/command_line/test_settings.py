"""The project's settings: what `[tool.ensemble]` may say, and that anything else is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.settings import Settings, read_settings


def written(directory: Path, text: str) -> Path:
    (directory / "pyproject.toml").write_text(text)
    return directory


def test_names_are_accepted_one_by_one(tmp_path: Path) -> None:
    root = written(tmp_path, '[tool.ensemble]\naccepted-names = ["OrderInTransit", "InvoiceDue"]\n')

    assert read_settings(root) == Settings(frozenset({"OrderInTransit", "InvoiceDue"}))


def test_a_project_without_settings_has_none(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == read_settings(written(tmp_path, "[project]\nname = 'x'\n")) == Settings()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[tool.ensemble]\naccepted_names = []\n", "has no key 'accepted_names'; it has accepted-names"),
        ('[tool.ensemble]\naccepted-names = "One"\n', "is a list of names"),
        ("[tool.ensemble]\naccepted-names = [1]\n", "is a list of names"),
        ("[tool.ensemble\n", "pyproject.toml is not TOML"),
    ],
)
def test_what_it_does_not_know_is_an_error_that_says_what_it_does(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(UsageRefused, match=named):
        read_settings(written(tmp_path, text))
