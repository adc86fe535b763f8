"""The README's "Add a service", followed to the letter in a copy of the project: synthesized, and run locally."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from ensemble.command_line.run.stories import STORIES

from ensemble.command_line.run.playing import play
from ensemble.laptop import Laptop, VirtualClock
from tests.conftest import ROOT, copy_project

FILE = re.compile(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def followed(project: Path) -> list[str]:
    """Write each file that the section shows; return their paths."""
    section = (ROOT / "README.md").read_text().split("## Add a service\n")[1].split("\n## ")[0]
    files = dict(FILE.findall(section))
    for name, content in files.items():
        path = project / name
        assert not path.exists(), f"{name} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return sorted(files)


def test_the_readmes_service_synthesizes_and_runs_and_needs_nothing_outside_its_own_folders(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project", "loyalty")
    written = followed(project)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["CDK_OUTDIR"] = str(project / "cdk.out")
    for command in (["types"], ["graph", "--readme"], ["check"]):
        subprocess.run(
            [sys.executable, "-m", "ensemble", *command], cwd=project, env=environment, check=True, timeout=120
        )

    with Laptop(project / "cdk.out" / "assembly-dev", clock=VirtualClock(start="2026-01-01T00:00:00Z")) as laptop:
        seen: list[tuple[str, str]] = []
        laptop.on_event(lambda _, event: seen.append((event["source"], event["detail-type"])))
        results = play(laptop, STORIES)
        points = {item["pk"]: int(item["amount"]) for item in laptop.table_items("dev-loyalty") if "amount" in item}

    assert results.as_expected
    assert seen.count(("loyalty", "PointsAwarded")) == 2
    customer = STORIES[0].order.detail["customer_id"]
    assert points == {f"counter#points#{customer}": int(sum(result.change.money for result in results.stories))}
    assert "order -->|OrderCompleted| loyalty" in (project / "README.md").read_text()
    assert all(name.startswith(("functions/loyalty/", "schemas/loyalty/")) for name in written)
    assert len(written) == 4
