"""The domain of the toolkit's own tests is a project that everything holds of."""

from __future__ import annotations

import hmac
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ensemble.choreography.gate import refuse_what_breaks
from ensemble.contracts import views
from ensemble.contracts.loading import load_schemas
from ensemble.laptop import Laptop, VirtualClock
from infrastructure.services import discover
from scenarios.lending.scenario import SCENARIO, SIGNING_KEY
from tests import conftest
from tests.conftest import LENDING, NAMES, OWN, copy_lending, copy_project


def test_the_lending_domain_passes_the_gate_and_its_views_are_those_of_its_schemas(lending: Path) -> None:
    services, schemas = discover(LENDING), load_schemas(LENDING / "schemas")

    refuse_what_breaks(lending / "cdk.out", services, schemas, date(2026, 11, 27))

    assert views.outdated(LENDING, services, schemas) == []


def test_the_lending_domain_has_its_own_stages_whatever_those_of_the_project_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project(tmp_path / "project")
    (project / "app.py").write_text("another")
    monkeypatch.setattr(conftest, "ROOT", project)

    assert 'prefix="lending"' in (copy_lending(tmp_path / "lending") / "app.py").read_text()


def test_mypy_finds_nothing_in_the_lending_domain(lending: Path) -> None:
    own = [argument for name in OWN if (lending / name).exists() for argument in ("-p", name)]
    run = subprocess.run([sys.executable, "-m", "mypy", *own], cwd=lending, capture_output=True, text=True)

    assert run.stdout.startswith("Success"), run.stdout


def test_a_loan_is_granted_and_the_reader_gets_a_letter(lending: Path) -> None:
    clock, settings = VirtualClock(start="2026-01-01T00:00:00Z"), SCENARIO.settings
    with Laptop(lending / "cdk.out" / "assembly-dev", clock, settings=settings) as laptop:
        seen: list[str] = []
        laptop.on_event(lambda _, event: seen.append(event["detail-type"]))
        copies = {"receipt_id": "r-1", "title": "Emma", "copies": 1}
        loan = {
            "loan_id": "l-1",
            "reader": {"name": "Ada", "email": "ada@example.com"},
            "books": [{"title": "Emma", "copies": 1}],
            "place": {"town": "Berlin", "street": "Chausseestr. 1"},
        }
        for type, source, detail in (("AddCopies", "bindery", copies), ("RequestLoan", "desk", loan)):
            entry = {
                "EventBusName": NAMES.bus,
                "Source": source,
                "DetailType": type,
                "Detail": json.dumps(detail),
            }
            laptop.put_events([entry])
            laptop.run_until(laptop.engine.is_idle, 60)
        (letter,) = laptop.topic_messages(NAMES.topic("mail", "reader"))

    copies_come, loan_goes = (
        ["AddCopies", "CopiesAdded"],
        ["RequestLoan", "LoanRequested", "CopiesReserved", "CopiesSent"],
    )
    assert seen == [*copies_come, *loan_goes, "LoanGranted"]
    assert letter.attributes["sender"]["StringValue"] == "library@example.com"
    assert (
        letter.attributes["signature"]["StringValue"]
        == hmac.digest(SIGNING_KEY.encode(), letter.message.encode(), "sha256").hex()
    )
