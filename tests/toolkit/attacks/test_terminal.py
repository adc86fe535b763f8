"""What somebody puts on the bus, on its way to the terminal of whoever looks for it."""

from __future__ import annotations

import json

import pytest

from scenarios.lending.scenario import loan
from tests.toolkit.command_line.trace.conftest import Library, library, running

__all__ = ["library", "running"]

HOSTILE = "\x1b]8;;https://evil.example\x07\x1b[2J[bold]x[/nope]\r\n\u202e\u200b\U000e0041<script>\x9b"
"""An escape sequence of each sort, markup of the terminal's library, a line end, what turns the text or is not seen."""

UNSEEN = "\x1b\x07\x9b\r\u202e\u200b\U000e0041"


def send_hostile_events(library: Library) -> None:
    """Put events whose every text is hostile: a command, one with an id, one of a stranger, one in a workflow."""
    fields = dict(loan("l-hostile", 1).fields)
    library.put("RequestLoan", "desk", fields | {"event_id": HOSTILE})
    library.put("RequestLoan", "desk", fields | {"loan_id": HOSTILE})
    library.put("RequestLoan", "desk", fields | {"undeclared": HOSTILE, HOSTILE: HOSTILE})
    library.put(HOSTILE, HOSTILE[:20], fields | {"correlation_id": "w-hostile", "said": HOSTILE})
    library.laptop.run_for(30)


COMMANDS = [
    ("trace", "l-hostile"),
    ("trace", "w-hostile"),
    ("trace", HOSTILE),
    ("logs", "l-hostile"),
    ("logs", HOSTILE),
    ("workflows",),
    ("workflows", "--status", HOSTILE),
    ("row", HOSTILE, "l-hostile"),
    ("row", "shelf", HOSTILE),
    ("send", HOSTILE),
    ("send", "RequestLoan", f"loan_id={HOSTILE}"),
    ("send", "RequestLoan", f"{HOSTILE}=1"),
]


def test_no_command_sends_an_escape_sequence_to_the_terminal_whatever_was_on_the_bus(library: Library) -> None:
    send_hostile_events(library)

    for arguments in COMMANDS:
        outcome = library.ensemble(*arguments, "--port", str(library.port))

        printed = outcome.output + outcome.errors
        assert printed, arguments
        assert not set(UNSEEN) & set(printed), arguments


def test_what_is_asked_for_and_is_no_text_is_refused(library: Library) -> None:
    refused = library.trace("half a character: \udc80")

    assert refused.status == 2
    assert "say what finds a row, or a workflow's id: 1 to 2048 bytes" in refused.errors


@pytest.mark.parametrize("command", [("trace", "w-hostile"), ("workflows",), ("logs", "l-hostile")])
def test_a_program_reads_hostile_texts_in_ascii(library: Library, command: tuple[str, ...]) -> None:
    send_hostile_events(library)

    output = library.ensemble(*command, "--json", "--port", str(library.port)).output

    assert json.loads(output)["stage"] == "dev"
    assert output.isascii()
    assert not set(UNSEEN) & set(output)
