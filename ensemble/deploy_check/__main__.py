"""`python -m ensemble.deploy_check`, in a project: takes minutes at most, needs no AWS account, and leaves nothing."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

from rich.console import Console

from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.project import root_of_project
from ensemble.command_line.stage.account import aws_answers
from ensemble.deploy_check.check import deploy_check
from ensemble.deploy_check.emulator import installed, running
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.deploy_check.project import Project
from ensemble.deploy_check.several import check_several


def main() -> int:
    """Check, print the time that it took, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make deploy-check", description=__doc__)
    parser.add_argument("--stages", default="dev", help="the stage that is deployed; with commas: one beside the other")
    parser.add_argument("--prefixes", default="", help="prefixes of several projects, with commas between them")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupted)
    console, began = Console(highlight=False, soft_wrap=True), time.monotonic()
    try:
        with aws_answers():
            _check(given.stages.split(","), [one for one in given.prefixes.split(",") if one], console)
    except (CommandFailed, DeployCheckFailed) as error:
        print(f"deploy-check: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    console.print(f"deploy-check passed in {time.monotonic() - began:.0f} s")
    return 0


def _check(stages: Sequence[str], prefixes: Sequence[str], console: Console) -> None:
    root = root_of_project()
    project = Project.read(root)
    with TemporaryDirectory(prefix="deploy-check-") as made:
        folder = Path(made)
        with running(installed(root), folder / "emulator") as url:
            if prefixes:
                check_several(project, prefixes, stages, url, folder, console)
            else:
                for stage in stages:
                    deploy_check(project, stage, url, folder, console)


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
