"""The guide "Add a service to the shop", followed to the letter in a copy of the project, and run."""

from __future__ import annotations

from pathlib import Path

from ensemble.command_line.run.look import names_of
from scenarios.shop.scenario import SCENARIO
from tests.conftest import ROOT, copy_project
from tests.docs.blocks import files_of, write
from tests.docs.projects import run
from tests.shop.stories.conftest import laptop_on, play

GUIDE = ROOT / "docs" / "guides" / "add-a-service.md"


def test_the_service_of_the_guide_synthesizes_and_runs_and_needs_nothing_outside_its_own_folders(
    tmp_path: Path,
) -> None:
    project = copy_project(tmp_path / "project", "loyalty")
    written = files_of(GUIDE.read_text())
    write(written, project)
    for command in (["types"], ["graph", "--readme"], ["check"]):
        run(project, "ensemble", *command)

    with laptop_on(project / "cdk.out") as laptop:
        seen: list[tuple[str, str]] = []
        laptop.on_event(lambda _, event: seen.append((event["source"], event["detail-type"])))
        results = play(laptop, SCENARIO)
        points = [
            int(item["amount"]) for item in laptop.table_items(names_of(laptop).table("loyalty")) if "amount" in item
        ]

    completed = sum(story.end == ("OrderCompleted",) for story in SCENARIO.stories)
    assert results.as_expected
    assert seen.count(("loyalty", "PointsAwarded")) == completed > 1
    assert points == [int(results.after["money EUR"] - results.before["money EUR"])]
    assert "order -->|OrderCompleted| loyalty" in (project / "README.md").read_text()
    assert all(name.startswith(("functions/loyalty/", "schemas/loyalty/")) for name in written)
    assert len(written) == 4
