"""`ensemble row`: one row of a service on a running laptop."""

from __future__ import annotations

import json

from tests.toolkit.command_line.trace.conftest import Library


def test_a_row_is_printed_whole_without_what_is_sensitive(library: Library) -> None:
    library.ask_for("loan-one", correlation_id="web-1")
    library.laptop.run_for(30)

    outcome = library.row("loan", "loan-one")

    head, asked, granted, *state = outcome.output.splitlines()
    assert outcome.status == 0
    assert head == "loan  loan_id#loan-one  version 4, 2 events handled, of the workflow web-1"
    assert "  state: status, loan_id, reader, deposit, deadline  (queue " in asked
    assert "  state.status: requested -> granted  (queue " in granted
    assert json.loads("\n".join(state)) == {
        "status": "granted",
        "loan_id": "loan-one",
        "reader": "(sensitive)",
        "deposit": {"minor_units": 500, "currency": "EUR"},
        "deadline": json.loads("\n".join(state))["deadline"],
    }


def test_programs_get_the_same_document_as_of_a_trace(library: Library) -> None:
    library.ask_for("loan-two")
    library.laptop.run_for(30)

    document = json.loads(library.row("shelf", "loan-two", "--json").output)

    (row,) = document["rows"]
    assert document["stage"] == "dev"
    assert row in library.json("loan-two")["rows"]


def test_where_there_is_no_row_that_is_said_and_fails(library: Library) -> None:
    outcome = library.row("mail", "loan-none")

    assert (outcome.status, outcome.output) == (1, "✗ mail has no row that loan-none finds in dev\n")


def test_a_service_without_rows_and_a_key_that_is_none_are_refused(library: Library) -> None:
    store, key = library.row("journal", "loan-1"), library.row("loan", "a b")

    assert (store.status, key.status) == (2, 2)
    assert "there is no service 'journal' with rows. There are: courier, figures, loan, mail, shelf" in store.errors
    assert "'a b' finds no row: what does is 1 to 128 letters, digits and ._:-" in key.errors
