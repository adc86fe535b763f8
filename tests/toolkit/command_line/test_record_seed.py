"""`ensemble simulate --seed N --record FILE`: what can be seen of a schedule, as of any instant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import application, simulation
from ensemble.console.as_of import as_of
from ensemble.console.recording import Recording, read_recording
from ensemble.simulator.chance import Chance
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.workload import secrets_of
from tests.toolkit.command_line.conftest import Command
from tests.toolkit.command_line.recorded import recorded_seed

SEED = 3


@pytest.fixture(scope="module")
def file(lending: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a seed of the lending project."""
    return recorded_seed(lending, SEED, tmp_path_factory.mktemp("recorded") / "seed.jsonl")


@pytest.fixture
def outcome(in_lending: Path) -> Outcome:
    return simulation(in_lending, "core")(SEED, recorded=True)


def instants(recording: Recording) -> Iterator[float]:
    """Yield instants at and between what happened."""
    moments = [recording.begin, *(batch["now"] for batch in recording.batches)]
    for one, other in pairwise(moments):
        yield from (one, (one + other) / 2)


def read_last(documents: list[dict[str, Any]], now: str) -> dict[str, Any]:
    """Return the document that was read last."""
    return next((one for one in reversed(documents) if one["now"] <= now), {"rows": [], "events": []})


def test_all_workflows_of_the_schedule_and_how_they_end_are_in_it(file: Path, outcome: Outcome) -> None:
    recording = read_recording(file)

    events = {event["id"] for batch in recording.batches for event in batch["events"]}
    assert len(events) > 5
    assert events == {event["event_id"] for ones in recording.documents.values() for event in ones[-1]["events"]}
    assert {ones[-1]["shown"] for ones in recording.documents.values()} <= {"done", "cancelled"}
    assert recording.fixed["recorded"] == f"seed {SEED}, core lane"


def test_nothing_later_than_the_instant_is_shown(file: Path) -> None:
    recording = read_recording(file)
    looked = 0

    for workflow, documents in recording.documents.items():
        for instant in instants(recording):
            told = as_of(documents, instant)
            if told is None:
                continue
            looked += 1
            now = told["now"]
            published = {event["event_id"] for event in told["events"]}
            assert all(part["begin"] <= part["end"] <= now for part in told["waterfall"]), workflow
            last = read_last(documents, now)
            known = {event["event_id"] for event in last["events"]}
            assert told["rows"] == last["rows"], workflow
            assert {
                one for event in told["events"] for step in event["heard"] for one in step["published"]
            } <= published
            assert all(event["at"] <= now for event in told["events"] if event["event_id"] not in known), workflow
    assert looked > 50


def test_the_faults_that_struck_are_told_at_their_instants(file: Path, outcome: Outcome) -> None:
    notes = read_recording(file).notes

    assert len(notes) > 3
    assert {note["kind"] for note in notes} == {"fault"}
    assert all(note["text"] for note in notes)
    assert sum(outcome.faults.values()) > 3


def test_no_sensitive_value_is_in_it(file: Path) -> None:
    app = application()
    secrets = secrets_of(app.workload(Chance(SEED)), app.schemas)
    text = file.read_text()

    assert len(secrets) > 1
    assert not [secret for secret in secrets if secret in text]


def test_all_services_do_the_same_as_without_a_recording(in_lending: Path) -> None:
    run = simulation(in_lending, "core")

    def judged(outcome: Outcome) -> tuple[Any, ...]:
        return outcome.violations, outcome.events

    for seed in range(6):
        alone, watched = run(seed), run(seed, watched=lambda account: lambda: None)

        assert judged(watched) == judged(alone), seed


def test_the_verdict_is_printed_as_ever_and_then_how_the_recording_is_opened(
    ensemble: Command, in_lending: Path, tmp_path: Path
) -> None:
    alone = ensemble("simulate", "--seed", "1")
    recorded = ensemble("simulate", "--seed", "1", "--record", str(tmp_path / "one.jsonl"))

    assert recorded.status == alone.status == 0
    assert (
        recorded.output
        == f"{alone.output}Recorded in {tmp_path}/one.jsonl: ensemble console --recording {tmp_path}/one.jsonl\n"
    )


def test_a_file_that_cannot_be_written_is_refused(ensemble: Command, in_lending: Path) -> None:
    outcome = ensemble("simulate", "--seed", "1", "--record", "/nowhere/one.jsonl")

    assert outcome.status == 1
    assert "/nowhere/one.jsonl cannot be written" in outcome.errors


def test_what_is_no_recording_is_not_opened(ensemble: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("{}")

    outcome = ensemble("console", "--recording", str(tmp_path / "file"))
    beside = ensemble("console", "--recording", str(tmp_path / "file"), "--stage", "prod")

    assert (outcome.status, beside.status) == (1, 2)
    assert "is no recording of ensemble" in outcome.errors.replace("\n", " ")
    assert "--stage means nothing with --recording" in beside.errors
