"""What a laptop gives services: wrong and missing values end in one message, which has the line to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ensemble.command_line.errors import CheckFailed
from ensemble.command_line.run.needs import FILE, given_to
from ensemble.command_line.synthesis import assembly_of
from functions.kit.model import Service, on, unchanged
from functions.kit.needs import Secret
from tests.conftest import copy_lending


@dataclass(frozen=True)
class Settings:
    url: str
    key: Secret
    is_polite: bool
    seconds: float = 5.0


def service(name: str, settings: type[Any] | None) -> Service:
    heard = on("ParcelArrived", lambda state, event: unchanged(state), reads=("locker_id",))
    return Service(name=name, key="locker_id", state=dict, reactions=(heard,), settings=settings)


SERVICES = (service("locker", Settings), service("shelf", None))
OF_SCENARIO = {"locker": {"url": "http://127.0.0.1:1", "key": "of the sandbox", "is_polite": True}}


def given(root: Path, of_scenario: Mapping[str, Any], file: str = "", *, with_file: bool = True) -> Any:
    if file:
        (root / FILE).write_text(file)
    return given_to(SERVICES, of_scenario, root, with_file=with_file)


def findings(root: Path, of_scenario: Mapping[str, Any], file: str = "", *, with_file: bool = True) -> list[str]:
    with pytest.raises(CheckFailed) as caught:
        given(root, of_scenario, file, with_file=with_file)
    return [str(finding) for finding in caught.value.findings]


def test_the_file_wins_over_the_scenario_and_only_where_it_is_asked_for(tmp_path: Path) -> None:
    file = '[locker]\nkey = "of my own"\nseconds = 1\n'

    assert given(tmp_path, OF_SCENARIO, file) == {
        "locker": {"url": "http://127.0.0.1:1", "key": "of my own", "is_polite": True, "seconds": 1}
    }
    assert given(tmp_path, OF_SCENARIO, file, with_file=False) == OF_SCENARIO


def test_all_that_is_missing_is_told_at_once_with_the_lines_to_add(tmp_path: Path) -> None:
    assert findings(tmp_path, {}) == [
        f'{FILE}: the setting url of locker has no value on this laptop. Fix: below the line [locker] add url = "..."',
        f'{FILE}: the secret key of locker has no value on this laptop. Fix: below the line [locker] add key = "..."',
        f"{FILE}: the setting is_polite of locker has no value on this laptop. "
        "Fix: below the line [locker] add is_polite = true",
    ]


def test_where_the_file_is_not_read_the_line_is_one_of_the_scenario(tmp_path: Path) -> None:
    scenario = tmp_path / "scenarios" / "lockers" / "scenario.py"
    scenario.parent.mkdir(parents=True)
    scenario.touch()

    assert findings(tmp_path, {"locker": {"url": "http://127.0.0.1:1", "key": "4242"}}, with_file=False) == [
        "scenarios/lockers/scenario.py: the setting is_polite of locker has no value on this laptop. "
        'Fix: give Scenario(...) settings={"locker": {"is_polite": True}}'
    ]


@pytest.mark.parametrize(
    ("file", "finding"),
    [
        ("[looker]\nurl = '1'\n", "there is no service 'looker'. Fix: name one of locker, shelf"),
        ("[locker]\nuri = '1'\n", "locker has no setting 'uri'; it has url, key, is_polite, seconds. Fix: take it out"),
        ("[shelf]\nurl = '1'\n", "shelf has no setting 'url'; it has none. Fix: take it out, or add it to functions/"),
        (
            "[locker]\nis_polite = 'yes'\n",
            "is_polite of locker is of the type str. Fix: make it a boolean, such as true",
        ),
        ("[locker]\nseconds = '4242'\n", "seconds of locker is of the type str. Fix: make it a number, such as 5.0"),
        ("[locker]\nkey = 4242\n", 'the secret key of locker is of the type int. Fix: make it a text, such as "..."'),
        ("url = 'u'\n", "url belongs to no service. Fix: write it below the line [locker] or [shelf]"),
        ("locker = 1\n", "'locker' is no table of settings. Fix: write them below a line [locker]"),
        ("[locker]\nkey = 4242 4242\n", "it is not TOML: "),
    ],
)
def test_what_is_wrong_in_the_file_is_named_and_no_value_is_shown(tmp_path: Path, file: str, finding: str) -> None:
    (found,) = findings(tmp_path, OF_SCENARIO, file)

    assert found.startswith(f"{FILE}: ")
    assert finding in found
    assert "4242" not in found


def test_what_synthesis_refuses_are_findings_and_no_assembly_is_left(tmp_path: Path) -> None:
    project = copy_lending(tmp_path / "project")
    settings = project / "functions" / "mail" / "settings.py"
    settings.write_text(settings.read_text().replace("signing_key: Secret\n", "signing_key: Secret\n    pages: int\n"))

    with pytest.raises(CheckFailed) as caught:
        assembly_of("dev", Console(file=StringIO()), project)

    assert [str(finding) for finding in caught.value.findings] == [
        "app.py: the setting pages of mail has no value in dev. Fix: to the Configuration of dev add "
        'services={"mail": ServiceConfiguration(settings={"pages": 5})}, '
        "and import ServiceConfiguration from infrastructure.configuration"
    ]
    assert not (project / "cdk.out" / "manifest.json").exists()
