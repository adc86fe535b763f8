"""The file of `up --state`: what a laptop holds comes back from it, and no other file is taken for one."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.state_file import StateFile
from ensemble.laptop import Laptop, VirtualClock
from tests.toolkit.laptop.assemblies import table
from tests.toolkit.laptop.small import entry
from tests.toolkit.laptop.test_state import assembly, stored


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "state.json"


def saved(path: Path, file: Path, *, events: int = 1) -> list[dict[str, Any]]:
    """Save what a laptop holds after some events, and return its rows."""
    with Laptop(path, VirtualClock()) as laptop:
        laptop.put_events([entry() for _ in range(events)])
        laptop.run_until_idle()
        StateFile(file, "dev").save(laptop)
        return laptop.table_items("rows")


def test_what_is_saved_comes_back_and_is_said(tmp_path: Path, file: Path) -> None:
    path = stored(tmp_path / "1")
    rows = saved(path, file, events=2)

    with Laptop(path, VirtualClock()) as laptop:
        kept = StateFile(file, "dev")
        text = kept.give_to(laptop)

        assert not kept.is_empty
        assert text == "2 rows and counters, 0 messages"
        assert laptop.table_items("rows") == rows


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_file_that_is_not_there_or_has_nothing_in_it_is_an_empty_state(file: Path, content: str | None) -> None:
    file.parent.mkdir()
    if content is not None:
        file.write_text(content)

    assert StateFile(file, "dev").is_empty


def test_only_its_owner_reads_it_and_nothing_else_is_left_beside_it(tmp_path: Path, file: Path) -> None:
    saved(stored(tmp_path / "1"), file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]


def test_it_is_written_only_when_something_changed(tmp_path: Path, file: Path) -> None:
    with Laptop(stored(tmp_path / "1"), VirtualClock()) as laptop:
        kept = StateFile(file, "dev")
        kept.save(laptop)
        file.unlink()
        kept.save(laptop)
        assert not file.exists()

        laptop.put_events([entry()])
        kept.save(laptop)
        assert file.exists()


def test_the_clock_is_as_far_ahead_as_it_was(tmp_path: Path, file: Path) -> None:
    clock = VirtualClock("2200-01-01T00:00:00Z")
    with Laptop(stored(tmp_path / "1"), clock) as laptop:
        StateFile(file, "dev").save(laptop)

    assert StateFile(file, "dev").seconds_ahead > 100 * 365 * 86_400


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"format": "another"}, r"it is no state of `ensemble up`\. Fix: give another file"),
        ({"version": 2}, r"it has the format 2, and this toolkit reads 1\. Fix: delete it, or"),
        ({"environment": "prod"}, r"it is of the stage prod, not dev\. Fix: give another file, or --environment"),
    ],
)
def test_what_is_of_another_format_or_environment_is_refused(
    tmp_path: Path, file: Path, changes: dict[str, Any], complaint: str
) -> None:
    saved(stored(tmp_path / "1"), file)
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    with pytest.raises(UsageRefused, match=complaint):
        StateFile(file, "dev")


@pytest.mark.parametrize("content", ["{", "[]", '"text"', "\x00"])
def test_what_is_no_state_at_all_is_refused(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)

    with pytest.raises(UsageRefused, match=r"--state .*state\.json: it .* Fix: give another file"):
        StateFile(file, "dev")


def test_another_projects_state_is_refused_and_the_laptop_stays_empty(tmp_path: Path, file: Path) -> None:
    saved(stored(tmp_path / "1"), file)

    with Laptop(assembly(tmp_path / "2", {}, Others=table(TableName="others")), VirtualClock()) as laptop:
        with pytest.raises(UsageRefused, match=r"it is another project's, which has rows\. Fix: give another file"):
            StateFile(file, "dev").give_to(laptop)

        assert laptop.table_items("others") == []


def test_what_has_no_place_any_more_is_said(tmp_path: Path, file: Path) -> None:
    path = stored(tmp_path / "1")
    with Laptop(path, VirtualClock()) as laptop:
        laptop.queue("loan-queue-dlq").send("one")
        StateFile(file, "dev").save(laptop)

    with Laptop(assembly(tmp_path / "2", {}, Rows=table(TableName="rows")), VirtualClock()) as laptop:
        text = StateFile(file, "dev").give_to(laptop)

    assert text.endswith("; lost, as these stacks have no place for it: 1 message of the queue loan-queue-dlq")
