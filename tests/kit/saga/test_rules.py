"""Each line of a rule that a saga keeps is needed: taken out, some course of some table shows it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

import functions.kit.saga

KIT = Path(functions.kit.saga.__file__).parent
PROGRESS, REACTIONS = "progress", "reactions"
RELOADED = ("functions.kit.saga", "tests.kit.saga.tables", "tests.kit.saga.world", "tests.kit.saga.test_courses")


@dataclass(frozen=True)
class Without:
    """A line of `functions/kit/saga` that is taken out: the text `before` becomes `after`."""

    module: str
    before: str
    after: str = ""


RULES = {
    "an answer again, or too late, changes nothing": Without(
        REACTIONS,
        'if progress is None or progress.steps.get(one.name) != "sent":',
        "if progress is None:",
    ),
    "an undo's answer again changes nothing": Without(
        REACTIONS,
        'if progress is None or progress.steps.get(one.name) != "undoing":',
        "if progress is None:",
    ),
    "a stage is undone before the one ahead of it": Without(
        PROGRESS,
        '            if self._waits(stage):\n                return\n        self._status = "undone"',
        '        self._status = "undone"',
    ),
    "what is done is undone by an undo": Without(
        PROGRESS,
        'self._steps[step.name] = "undoing" if step.undo else "undone"',
        'self._steps[step.name] = "undone"',
    ),
    "an answer while it goes back is undone too": Without(
        PROGRESS,
        '        if self._status == "undoing":\n            self.go_back()\n            return\n',
    ),
    "a step that may be late is undone before it answers": Without(
        PROGRESS,
        ' or (self.stands(step, "sent") and step.within is not None)',
    ),
    "a step that may not be late is undone after it answers": Without(
        PROGRESS,
        '(self.stands(step, "sent") and step.within is not None)',
        'self.stands(step, "sent")',
    ),
    "a late refusal answers the undo": Without(
        REACTIONS,
        "progress.steps.get(one.name) not in UNANSWERED",
        'progress.steps.get(one.name) != "sent"',
    ),
    "what is refused is not waited for": Without(
        PROGRESS,
        '"undone" if self.stands(step, "undoing") else "refused"',
        '"undoing" if self.stands(step, "undoing") else "refused"',
    ),
    "a cancellation before the beginning leaves a tombstone": Without(
        REACTIONS,
        "if progress is not None:  # it has begun",
        "if progress is not None and progress.steps:  # it has begun",
    ),
    "a cancellation waits for the pivot's answer": Without(
        REACTIONS,
        '    elif table.pivot is not None and turn.stands(table.pivot, "sent"):\n'
        "        turn.remember_cancellation(passed)\n",
    ),
    "a cancellation after the pivot is too late": Without(
        REACTIONS,
        "    if turn.is_past_the_pivot:\n        turn.say_too_late(passed)\n    elif",
        "    if",
    ),
    "a cancellation that waited is told that it is too late": Without(
        PROGRESS,
        "            self.say_too_late(self._asked)\n",
    ),
    "the next stage waits for all steps of this one": Without(
        PROGRESS,
        "if not self._waits(self._stage_of(step)):",
        "if True:",
    ),
    "a step whose condition does not hold is skipped": Without(
        PROGRESS,
        'self._steps[step.name] = "skipped"\n            return',
        'self._steps[step.name] = "skipped"',
    ),
    "at its end a row forgets what it knew": Without(
        PROGRESS,
        "known={} if is_over else self._known",
        "known=self._known",
    ),
    "who decides is told that it counts": Without(
        PROGRESS,
        "        if step.accepts:\n",
        "        if False:\n",
    ),
    "who decides too late is told": Without(
        REACTIONS,
        "    if not one.rejects:\n",
        "    if True:\n",
    ),
}


@pytest.fixture(params=[*RULES, ""])
def courses(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tests of courses over a saga kit that is imported anew, without the line of a rule; "": with all of them."""
    monkeypatch.setattr(functions.kit, "saga", functions.kit.saga)
    for name in [name for name in sys.modules if name.startswith(RELOADED)]:
        monkeypatch.delitem(sys.modules, name)
    if request.param:
        take_out(RULES[request.param], monkeypatch)
    return importlib.import_module("tests.kit.saga.test_courses")


def take_out(rule: Without, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rule's module be imported without its line, which stands there once."""
    read = SourceFileLoader.get_data

    def get_data(self: SourceFileLoader, path: str) -> bytes:
        content = read(self, path)
        if Path(path) != KIT / f"{rule.module}.py":
            return content
        assert content.decode().count(rule.before) == 1, rule.before
        return content.decode().replace(rule.before, rule.after).encode()

    monkeypatch.setattr(SourceFileLoader, "get_data", get_data)
    monkeypatch.setattr(SourceFileLoader, "path_stats", not_cached)


def not_cached(self: SourceFileLoader, path: str) -> dict[str, int]:
    """Say nothing of a source: then no bytecode of it is read or written (importlib.abc, "SourceLoader")."""
    raise OSError(path)


def shown(tests: ModuleType) -> Iterator[str]:
    """Yield what the courses of the tables show: what must not be, and what is said otherwise than declared."""
    for table in tests.TABLES.values():
        walks = [tests.Courses(table, tests.FIELDS | sizes) for sizes in tests.SIZES]
        for walk in walks:
            ends = walk.ends("RepairAsked", "WithdrawalAsked")
            yield from filter(None, (tests.wrong(table.table, world) for world in ends))
            yield from walk.unanswered
        for reaction in table.reactions:
            if set().union(*(walk.said[reaction.event] for walk in walks)) != set(reaction.publishes):
                yield f"{reaction.event} publishes otherwise than it declares"


def test_a_rule_that_is_taken_out_is_seen_in_some_course_and_nothing_else_is(
    courses: ModuleType, request: pytest.FixtureRequest
) -> None:
    is_whole = request.node.callspec.params["courses"] == ""

    assert (next(shown(courses), "") == "") == is_whole
