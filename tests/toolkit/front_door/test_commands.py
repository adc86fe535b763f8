"""A command comes on the bus as it was sent, under its publisher's name, with the id that its sender gave it."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from ensemble.command_line.run.introduction import door_command_line
from ensemble.scenario import Command
from tests.toolkit.front_door.parcels import NAMES, TEXT, Post, opened, schema, schemas, synthesized

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "sender",
    ["O'Neill", '"', "\\", "\\'", "'\\'", "a\nb\tc", "ü€😀", "$context.stage", "#set($x = 1)", "</script>", " "],
)
def test_a_text_comes_as_it_was_sent(post: Post, sender: str) -> None:
    said = post.counter.post("SendParcel", {"parcel_id": "p-1", "sender": sender}, id="c-1")

    assert said.status == 202
    (event,) = post.put
    assert (event["source"], event["detail-type"]) == ("counter", "SendParcel")
    assert event["detail"] == {"event_id": "c-1", "parcel_id": "p-1", "sender": sender}


def test_the_answer_names_the_command_its_event_and_where_its_status_is(post: Post) -> None:
    said = post.counter.post("StopParcel", {"parcel_id": "p-1"}, id="c-1")

    (event,) = post.put
    assert said.content == {
        "command": "StopParcel",
        "command_id": "c-1",
        "event_id": event["id"],
        "parcel_id": "p-1",
        "status": "../status/parcel/p-1",
    }


@pytest.mark.parametrize(("sent", "comes"), [(TRACE, TRACE), (f'{TRACE}"', None), ("00-x-y-01", None)])
def test_a_trace_goes_on_if_it_is_one(post: Post, sent: str, comes: str | None) -> None:
    post.counter.post("StopParcel", {"parcel_id": "p-1"}, headers={"traceparent": sent})

    assert post.put[0]["detail"].get("traceparent") == comes


def test_headers_are_known_by_their_names_in_any_case(post: Post) -> None:
    said = post.counter.post("StopParcel", {"parcel_id": "p-1"}, id=None, headers={"idempotency-key": "c-1"})

    assert said.status == 202


def test_of_two_major_versions_the_older_one_must_say_that_it_is(tmp_path: Path) -> None:
    versions = {"1.0": schema(), "1.1": schema(), "2.0": schema(why=TEXT)}
    synthesized(tmp_path, known=schemas(StopParcel=versions))
    old, new = {"parcel_id": "p-1"}, {"parcel_id": "p-1", "why": "lost"}

    with opened(tmp_path) as post:
        statuses = [
            post.counter.post("StopParcel", body).status
            for body in (new, new | {"version": "2.0"}, old | {"version": "1.1"}, old, new | {"version": "1.0"})
        ]

        assert statuses == [202, 202, 202, 400, 400]
        assert [event["detail"].get("version") for event in post.put] == [None, "2.0", "1.1"]


def test_a_command_that_the_bus_does_not_take_is_to_be_sent_again(tmp_path: Path) -> None:
    synthesized(tmp_path, has_bus=False)

    with opened(tmp_path) as post:
        said = post.counter.post("StopParcel", {"parcel_id": "p-1"})

    words = "The bus did not take the command. Send it again with the same Idempotency-Key."
    assert said == (503, {"message": words})


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_line_that_up_prints_sends_a_command(post: Post) -> None:
    command = Command("StopParcel", "counter", {"parcel_id": "p-1"})

    line = door_command_line(command, post.address, NAMES.beginning)
    printed = subprocess.run(shlex.split(line), capture_output=True, text=True, timeout=60, check=True).stdout

    assert json.loads(printed)["status"] == "../status/parcel/p-1"
    assert post.put[0]["detail-type"] == "StopParcel"
