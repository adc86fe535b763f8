"""Several stages of several projects in one account: deployed one after the other, removed in another order.

No name of one may meet another's: each plays a story while all are there, and a removal takes nothing of the others.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.synthesis import SOURCES
from ensemble.deploy_check.check import DEPLOY, Emulated, certain, play_on, prepared, remove
from ensemble.deploy_check.emulated import left_over
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.deploy_check.project import ANYWHERE, Project, Stage, synthesized
from ensemble.scenario.sandboxes import started

PREFIX = re.compile(r'\bprefix="[^"]*"')
CACHE = ".ensemble"


def check_several(
    project: Project, prefixes: Sequence[str], stages: Sequence[str], url: str, folder: Path, console: Console
) -> None:
    """Deploy each stage under each prefix, play on each, and remove them. Raises DeployCheckFailed."""
    with ExitStack() as stack:
        made: list[tuple[str, Stage]] = []
        for prefix, name in product(prefixes, stages):
            sandboxes = stack.enter_context(started(project.scenario))
            root = _under_prefix(project.root, prefix, folder / prefix / "project")
            output = folder / prefix / name / "cdk.out"
            made.append((prefix, synthesized(replace(project, root=root), name, sandboxes.settings, output)))
        place = next((stage.place for _, stage in made if stage.place != ANYWHERE), ANYWHERE)
        shown = [console, *[Console(quiet=True)] * len(made)]  # the same is stripped of all: it is printed once
        there = [
            prepared(project, replace(stage, place=place), url, folder / prefix / stage.name, where)
            for (prefix, stage), where in zip(made, shown, strict=False)
        ]
        there[0].cdk.run("bootstrap", f"aws://{place.account_id}/{place.region}")
        for one in there:
            one.cdk.run("deploy", one.stage.all_stacks, *DEPLOY)
        for one in there:
            _play_one(project, one, console)
        _remove_all(there, console)


def _under_prefix(root: Path, prefix: str, copy: Path) -> Path:
    """Return a project that is this one under another prefix: its sources are linked, its `app.py` is another one."""
    copy.mkdir(parents=True, exist_ok=True)
    for name in (*SOURCES, CACHE):
        if name != "app.py" and (root / name).exists() and not (copy / name).exists():
            (copy / name).symlink_to(root / name)
    app = (root / "app.py").read_text(encoding="utf-8")
    (copy / "app.py").write_text(PREFIX.sub(f'prefix="{prefix}"', app), encoding="utf-8")
    return copy


def _play_one(project: Project, one: Emulated, console: Console) -> None:
    """Play the first story on a stage, while all others are there."""
    calm, _ = certain(project.scenario)
    play_on(one, replace(calm, stories=calm.stories[:1]), secrets.token_hex(4), console)


def _remove_all(there: Sequence[Emulated], console: Console) -> None:
    """Remove each, the second and every other one first; what is left of the others stays as it was."""
    order = [*there[1::2], *there[::2]]
    for number, one in enumerate(order):
        others = order[number + 1 :]
        before = [left_over(other.account, other.stage.names.beginning) for other in others]
        _unprotect(one)
        remove(one, console)
        after = [left_over(other.account, other.stage.names.beginning) for other in others]
        if before != after:
            raise DeployCheckFailed(f"the removal of {one.stage.names.beginning} has changed what is of others")


def _unprotect(one: Emulated) -> None:
    """Take away the protection against deletion, as whoever means it has to."""
    client: Any = one.account.client("cloudformation")
    for stack in one.stage.stacks:
        client.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
