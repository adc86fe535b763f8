"""What the pages of the console are told of one stage, and where they are told it from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ensemble.choreography.graph import Graph
from ensemble.command_line.console.drawn import Drawn, drawn_of
from ensemble.command_line.console.facts import StageFacts
from ensemble.command_line.console.rules import StageRules
from ensemble.command_line.console.source import StageSource
from ensemble.command_line.errors import CommandFailed, UsageRefused
from ensemble.command_line.project import root_of_project
from ensemble.command_line.stage.account import Account, aws_answers, deployed_in
from ensemble.command_line.stage.place import Place
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.trace.declared import Declared
from ensemble.console.progress import Json
from ensemble.console.server import Refused
from infrastructure.naming import Names

SECONDS_BETWEEN_LOOKS_AT_AWS = 10.0
"""How often queues, mappings and alarms of a deployed stage are looked at while a page is open: two calls of SQS for
each queue are billed (docs/console.md says what that comes to)."""


@dataclass(frozen=True, slots=True)
class StageLookedAt:
    """A stage and the project that it is of. `names`: those in AWS. `fixed`: what of a snapshot never changes."""

    root: Path
    assembly: Path
    place: Place
    account: Account
    names: Names
    drawn: Drawn
    source: StageSource
    fixed: Json

    @property
    def declared(self) -> Declared:
        """What the project declares."""
        return self.drawn.declared

    @property
    def graph(self) -> Graph:
        """Who hears what."""
        return self.drawn.graph


def look_at(console: Console, place: Place, *, may_operate: bool = False) -> StageLookedAt:
    """Return a stage, ready to be looked at; `may_operate`: the pages may change it. Raises CommandFailed."""
    root = root_of_project()
    assembly = place.assembly(console, root)
    return stage_of(root, place, assembly, place.account(assembly), may_operate=may_operate)


def stage_of(root: Path, place: Place, assembly: Path, account: Account, *, may_operate: bool = False) -> StageLookedAt:
    """Return the stage of an assembly, as it is in an account. Raises CommandFailed."""
    with aws_answers():
        number = None if place.is_laptop else deployed_in(assembly, account.client)
    drawn, names = drawn_of(root, assembly, place.stage, number), names_in(assembly)
    fixed = drawn.fixed | {
        "place": "laptop" if place.is_laptop else "aws",
        "can": {"operate": place.is_laptop or may_operate, "laptop": place.is_laptop},
    }
    seconds_apart = 0.0 if place.is_laptop else SECONDS_BETWEEN_LOOKS_AT_AWS
    facts = StageFacts(drawn.declared, account, names, seconds_apart)
    rules = StageRules(drawn.graph, drawn.declared, account, names, seconds_apart)
    source = StageSource(drawn.declared, account, facts, rules, place.now)
    return StageLookedAt(root, assembly, place, account, names, drawn, source, fixed)


@contextmanager
def answered() -> Iterator[None]:
    """Tell a page in one line what AWS answers instead, or a running `ensemble up`. Raises Refused."""
    try:
        with aws_answers():
            yield
    except UsageRefused as refusal:
        raise Refused(str(refusal)) from refusal
    except CommandFailed as failure:
        raise Refused(str(failure), 502) from failure
