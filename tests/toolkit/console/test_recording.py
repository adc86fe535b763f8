"""The file of a recording: what is written is read again, and what is no such file is refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.console import recording
from ensemble.console.feed import Feed
from ensemble.console.recorder import Recorder
from ensemble.console.recording import NoRecording, Tape, read_recording
from tests.toolkit.console.events import CHOREOGRAPHY, workflow

FIXED = {"stage": "dev", "graph": {"spine": []}}


def document(workflow: str, seconds: float = 9, **rest: Any) -> dict[str, Any]:
    """Return a document of a workflow that has one event."""
    standing = {"state": "running", "shown": "running", "undone": False, "ended_by": [], "why": [], "rows": []}
    event = {"event_id": f"{workflow}-0", "at": "1970-01-01T00:00:00.000Z", "stored": True, "heard": []}
    return {"now": f"1970-01-01T00:00:{seconds:06.3f}Z", "asked": workflow, **standing, "events": [event], **rest}


def recorded(file: Path, *keys: str, told: Any = document) -> Path:
    """Record workflows of four events each, which happen one after the other."""
    tape = Tape(file, FIXED, "some tickets")
    recorder = Recorder(Feed(CHOREOGRAPHY), tape, told)
    for number, key in enumerate(keys):
        recorder.turn(workflow(key, at=10.0 * number), [f"workflow-{key}"], 10.0 * number + 5)
    tape.close([{"kind": "fault", "at": 1_000.0, "who": "desk", "text": "a crash", "workflow": ""}])
    return file


def test_what_is_written_is_read_again_with_a_batch_for_each_event_at_its_instant(tmp_path: Path) -> None:
    found = read_recording(recorded(tmp_path / "file", "a", "b"))

    happened = [(batch["now"], event["id"]) for batch in found.batches for event in batch["events"]]
    assert happened == [
        (1_000.0 * (10 * number + n), f"{key}-{n}") for number, key in enumerate("ab") for n in range(4)
    ]
    assert (found.begin, found.end) == (0.0, found.batches[-1]["now"])
    assert [note["text"] for note in found.notes] == ["a crash"]


def test_a_recording_may_change_nothing_and_says_what_it_is_of(tmp_path: Path) -> None:
    fixed = read_recording(recorded(tmp_path / "file", "a")).fixed

    assert (fixed["place"], fixed["recorded"], fixed["stage"]) == ("recording", "some tickets", "dev")
    assert fixed["can"] == {"operate": False, "laptop": False}


def test_a_workflow_is_found_by_its_id_and_by_its_key(tmp_path: Path) -> None:
    found = read_recording(recorded(tmp_path / "file", "a"))

    by_id, by_key = found.told("workflow-a", found.end), found.told("a", found.end)

    assert by_id is not None
    assert by_id | {"asked": "a"} == by_key
    assert found.told("unknown", found.end) is None


def test_a_document_that_says_the_same_as_the_one_before_is_not_written_again(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "file", FIXED, "a ticket")
    documents = iter([document("w", 1), document("w", 2), document("w", 3, state="done")])
    recorder = Recorder(Feed(CHOREOGRAPHY), tape, lambda _: next(documents))

    for second in (1, 2, 3):
        recorder.turn([], ["w"], second)
    tape.close()

    lines = [json.loads(line) for line in (tmp_path / "file").read_text().splitlines()]
    assert [line["document"]["now"][-7:] for line in lines if "document" in line] == ["01.000Z", "03.000Z"]


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    file = recorded(tmp_path / "file", "a")
    file.write_text(file.read_text().replace('"version":1', '"version":0', 1))

    with pytest.raises(
        NoRecording, match=r"has version 0 of the format, and this toolkit reads version 1: record it anew"
    ):
        read_recording(file)


def test_a_file_that_was_cut_off_is_refused_with_the_line(tmp_path: Path) -> None:
    file = recorded(tmp_path / "file", "a")
    text = file.read_text().rstrip()
    file.write_text(text[:-30])

    with pytest.raises(NoRecording, match=rf"is broken at line {len(text.splitlines())}: JSONDecodeError"):
        read_recording(file)


@pytest.mark.parametrize("line", ['{"batch": {}}', "[]", '{"document": 1}', '"text"'])
def test_a_line_that_is_no_part_of_a_recording_is_refused(tmp_path: Path, line: str) -> None:
    file = recorded(tmp_path / "file", "a")
    first, *others = file.read_text().splitlines()
    file.write_text("\n".join([first, line, *others]))

    with pytest.raises(NoRecording, match="is broken at line 2"):
        read_recording(file)


@pytest.mark.parametrize("text", ["", "{}", "some text", "[1]", '{"format": "another"}'])
def test_any_other_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file"
    file.write_text(text)

    with pytest.raises(NoRecording, match="is no recording of ensemble"):
        read_recording(file)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoRecording, match=r"cannot be read: .*No such file"):
        read_recording(tmp_path / "nowhere")


def test_a_recording_in_which_nothing_happened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoRecording, match="nothing happened while it was recorded"):
        read_recording(recorded(tmp_path / "file"))


def test_a_file_has_no_more_than_so_many_bytes_and_is_whole_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 5_000)

    file = recorded(tmp_path / "file", *"abcdefgh")

    assert file.stat().st_size < 5_500
    assert 0 < len(read_recording(file).batches) < 32
