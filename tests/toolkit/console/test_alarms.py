"""The page of alarms: how each stands, what it looked at, and its section of the runbook."""

from __future__ import annotations

import pytest

from ensemble.console.runbook import Runbook
from tests.conftest import NAMES, ROOT
from tests.toolkit.console.conftest import Library

TEXT = """# Runbook

The examples are those of the service `mail` in
the stage `post-dev`.

## late

**It means**: [look](other.md) at `x`. <script>alert(1)</script>

```console
$ aws sqs purge-queue --queue-name post-dev-mail-events --bus post-dev-ensemble
```

| a | b |
|:--|--:|
| 1 | 2 |

### More

## never
"""


def test_a_section_is_shown_with_the_names_of_the_alarm() -> None:
    section = Runbook(TEXT).section("late", "lending-prod", "shelf")

    assert "--queue-name lending-prod-shelf-events --bus lending-prod-ensemble" in section
    assert "<strong>It means</strong>" in section
    assert "<h3>More</h3>" in section
    assert "never" not in section


def test_nothing_of_a_section_leads_away_or_runs() -> None:
    section = Runbook(TEXT).section("late", "lending-prod", "shelf")

    assert "<script" not in section
    assert "href" not in section
    assert "style=" not in section
    assert "<td>1</td>" in section


def test_what_has_no_section_is_shown_without_one() -> None:
    assert Runbook(TEXT).section("another", "lending-dev", "shelf") == ""
    assert Runbook("").section("late", "lending-dev", "shelf") == ""


def test_the_runbook_of_this_project_says_whose_names_its_examples_have() -> None:
    runbook = Runbook((ROOT / "docs" / "runbook.md").read_text())

    assert "--table-name lending-dev-shelf" in runbook.section("waiting", "lending-dev", "shelf")


def test_those_that_go_off_come_first_and_each_says_what_it_means(library: Library) -> None:
    name, queue = NAMES.alarm("loan", "failures"), library.laptop.queue(f"{NAMES.consumer('loan')}-commands-dlq")
    queue.purge()
    library.laptop.run_for(180)
    queue.send("what failed")
    library.laptop.run_for(180)

    first, *others = library.visitor.get("alarms")["alarms"]

    assert (first["name"], first["owner"], first["kind"], first["state"]) == (name, "loan", "failures", "ALARM")
    assert 0 < library.looked_at.source.now() - first["since"] / 1_000 <= 180
    assert "DLQ" in first["description"] or "dlq" in first["description"]
    states = [one["state"] for one in (first, *others)]
    assert states == sorted(states, key=["ALARM", "OK", "INSUFFICIENT_DATA"].index)
    assert library.looked_at.source.facts()["alarms"] == states.count("ALARM")


def test_an_alarm_has_the_metric_that_it_looks_at_over_the_last_hour(library: Library) -> None:
    library.laptop.queue(f"{NAMES.consumer('loan')}-commands-dlq").send("what failed")
    library.laptop.run_for(300)

    told = library.visitor.get(f"alarms/{NAMES.alarm('loan', 'failures')}")

    (line,) = told["lines"]
    instants = [at for at, _ in line["points"]]
    assert instants == sorted(instants)
    assert line["points"][-1][1] >= 1
    assert told["threshold"] == 0
    assert told["runbook"] == ""  # a library has none


def test_an_alarm_that_there_is_not_is_not_found(library: Library) -> None:
    assert library.visitor.ask("GET", "/api/alarms/another")[0] == 404


@pytest.mark.parametrize("kind", ["late", "waiting", "timers"])
def test_every_alarm_can_be_looked_at_with_its_metrics(library: Library, kind: str) -> None:
    names = [one["name"] for one in library.visitor.get("alarms")["alarms"] if one["kind"] == kind]

    assert names
    for name in names:
        assert library.visitor.get(f"alarms/{name}")["lines"]
