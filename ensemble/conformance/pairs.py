"""`python -m ensemble.conformance.pairs`: asks ministack and us whether patterns at random match events at random."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from ensemble.aws.patterns import InvalidEventPattern, compile_pattern
from ensemble.conformance.areas.patterns import ENVELOPE
from ensemble.conformance.questions import World, error_of
from ensemble.conformance.worlds import ministack

Pair = tuple[dict[str, Any], dict[str, Any]]
"""A pattern of a detail, and a detail."""

Match = bool | str
"""Whether an event matches; else the code of the error that the pattern is."""

NAMES = ("a", "b", "c")
SCALARS: tuple[Any, ...] = (
    "",
    "a",
    "ab",
    "abc",
    "b",
    "A",
    "Ab",
    "a*b",
    "ß",
    "10.0.0.7",
    0,
    1,
    -1,
    2.5,
    300,
    True,
    False,
    None,
)


def pairs(number: int, seed: int) -> Iterator[Pair]:
    """Yield so many pairs, the same ones for a seed; the names and values are few, so that many match."""
    chance = Random(seed)
    for _ in range(number):
        yield _fields(chance, 0), _object(chance, 0)


def _object(chance: Random, depth: int) -> dict[str, Any]:
    return {name: _value(chance, depth) for name in NAMES if chance.random() < 0.8}


def _value(chance: Random, depth: int) -> Any:
    kind = chance.random()
    if depth < 2 and kind < 0.2:
        return _object(chance, depth + 1)
    if depth < 2 and kind < 0.4:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(1, 4))]
    return chance.choice(SCALARS)


def _fields(chance: Random, depth: int) -> dict[str, Any]:
    names = chance.sample(NAMES, chance.choice([1, 1, 2, 3]))
    fields = {name: _field(chance, depth) for name in names}
    if depth == 0 and chance.random() < 0.15:
        fields["$or"] = [{name: _tests(chance)} for name in chance.sample(NAMES, 2)]
    return fields


def _field(chance: Random, depth: int) -> Any:
    return _fields(chance, depth + 1) if depth < 2 and chance.random() < 0.2 else _tests(chance)


def _tests(chance: Random) -> list[Any]:
    return [_test(chance) for _ in range(chance.choice([1, 1, 2, 3]))]


def _test(chance: Random) -> Any:
    text = chance.choice(["a", "ab", "b", "A", "c"])
    low, high = sorted(chance.sample([-1, 0, 1, 2.5, 300], 2))
    return chance.choice(
        (
            *(chance.choice(SCALARS),) * 4,
            {"prefix": text},
            {"suffix": text},
            {"equals-ignore-case": text},
            {"wildcard": chance.choice(["a*", "*b", "a*c", "*"])},
            {"anything-but": chance.choice([text, [text, "abc"], 1, [0, 1], {"prefix": text}, {"suffix": text}])},
            {"numeric": chance.choice([["=", low], [">", low], ["<=", high], [">=", low, "<", high]])},
            {"exists": chance.random() < 0.5},
            {"cidr": "10.0.0.0/24"},
        )
    )


def ours(pattern: dict[str, Any], detail: dict[str, Any]) -> Match:
    """Return what we say."""
    try:
        return compile_pattern({"detail": pattern}).matches({**ENVELOPE, "detail": detail})
    except InvalidEventPattern:
        return "InvalidEventPatternException"


def by(world: World) -> Callable[[dict[str, Any], dict[str, Any]], Match]:
    """Return what a world says, by TestEventPattern."""

    def asked(pattern: dict[str, Any], detail: dict[str, Any]) -> Match:
        given = {
            "EventPattern": json.dumps({"detail": pattern}),
            "Event": json.dumps({**ENVELOPE, "detail": detail}),
        }
        found: list[bool] = []
        error = error_of(lambda: found.append(world.events.test_event_pattern(**given)["Result"]))
        return found[0] if found else error

    return asked


def main() -> int:
    """Ask, print who says what of how many and where they differ, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ensemble.conformance.pairs", description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    said, differing = Counter[Match](), list[str]()
    with ministack(Path.cwd()) as opened, opened({}) as world:
        theirs = by(world)
        for pattern, detail in pairs(given.pairs, given.seed):
            we, they = ours(pattern, detail), theirs(pattern, detail)
            said[we] += 1
            if we != they:
                differing.append(f"we {we}, ministack {they}: {json.dumps(pattern)} on {json.dumps(detail)}")
    print("\n".join(differing[:50]))
    print(f"{given.pairs:,} pairs, {dict(said)} by us; {len(differing)} differ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
