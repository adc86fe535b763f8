"""Takes a row from its first event on through a service's code: a process of its own, so that it may be older code.

`python -m ensemble.command_line.shadow.walking SERVICE`, in the root of a project: reads a row as a line of JSON, and
writes what was decided as another.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ensemble.command_line.shadow.deciding import NO_ROW, Deciding, ways
from ensemble.testing.exploration import Exploration

Json = dict[str, Any]

MADE_UP = "some"
"""What stands for a text that a system outside would have answered (`ensemble.contracts.outcomes`)."""


def walked(deciding: Deciding, happenings: list[Json]) -> Iterator[Json]:
    """Yield for each happening the stored state before it, what is decided, and the way that was taken.

    Where a happening has its state `before`, that is taken; or else the one that the code has come to, by the way that
    published what was published.
    """
    state = NO_ROW
    for one in happenings:
        before = one.get("before", state)
        decision = deciding.decide(before, one["body"], one["event_id"], one["at"])
        way = taken(decision, one["published"])
        if way is not None:
            state = deciding.stored(way["state"], before)
        yield {"before": before, "decision": decision, "way": way}


def taken(decision: Json, published: list[Json]) -> Json | None:
    """Return the way that published these; where none did, the first one; None where it cannot go any.

    What a system outside has answered is nowhere but in what was published then.
    """
    found = list(ways(decision))
    types = [one["type"] for one in published]
    alike = [_as_published(way, published) for way in found if [one["type"] for one in way["publishes"]] == types]
    same = [way for way in alike if way["publishes"] == published]
    return next(iter([*same, *alike, *found]), None)


def _as_published(way: Json, published: list[Json]) -> Json:
    """Return a way with what was published in the place of answers that were made up."""
    answers: dict[str, Any] = {}
    for ours, theirs in zip(way["publishes"], published, strict=True):
        _compare(ours["fields"], theirs["fields"], answers)
    replaced: Json = _replaced(way, answers)
    return replaced


def _compare(ours: Any, theirs: Any, answers: dict[str, Any]) -> None:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours.keys() & theirs.keys():
            _compare(ours[name], theirs[name], answers)
    elif ours == MADE_UP != theirs:
        answers[ours] = theirs


def _replaced(value: Any, answers: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(one, answers) for name, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, answers) for one in value]
    return answers.get(value, value) if isinstance(value, str) else value


def main(name: str) -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # what the service's code prints is no answer
    exploration = Exploration.of(Path.cwd())
    deciding = Deciding(exploration, next(one for one in exploration.services if one.name == name))
    for line in sys.stdin:
        print(json.dumps(list(walked(deciding, json.loads(line)))), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
