"""Where a command is done: on a stage that is deployed, or on one that runs on the laptop AWS."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ensemble.command_line.run.asking import ask
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.assembly import assembly_of_stage, region_of
from ensemble.command_line.synthesis import assembly_of


@dataclass(frozen=True, slots=True)
class Place:
    """A deployed `stage`, or a stage that runs on the laptop AWS at `endpoint`."""

    stage: str
    endpoint: str | None
    is_laptop: bool

    def now(self) -> datetime:
        """Return the time there: a running `ensemble up` may be ahead. Raises SendingFailed if none runs."""
        is_ahead = self.is_laptop and self.endpoint is not None
        return datetime.fromtimestamp(float(ask(str(self.endpoint), "now")["now"]) if is_ahead else time.time(), UTC)

    def assembly(self, console: Console, root: Path) -> Path:
        """Return the stage's assembly. Raises CommandFailed."""
        return (assembly_of if self.is_laptop else assembly_of_stage)(self.stage, console, root)

    def account(self, assembly: Path) -> Account:
        """Return the account that its APIs are asked in. Raises UsageRefused."""
        return Account(self.endpoint, region=None if self.is_laptop else region_of(assembly))
