"""Advice on names: an event reads as a fact, `ParcelSent`, and a command as a request, `SendParcel`.

Whether a message is one or the other does not follow from its name (`Graph.kind_of`), so no name is ever refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ensemble.choreography.graph import Graph
from ensemble.contracts.findings import Finding

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")

_NOUNS = "Bed Breed Creed Deed Feed Greed Need Red Reed Seed Shed Speed Weed"
_NO_PARTICIPLES = frozenset(_NOUNS.split())
"""Nouns that end as regular participles do."""

_IRREGULAR = """
Become Begun Bent Bet Bid Bound Bought Broken Brought Built Burnt Cast Caught Chosen Cut Dealt Done Drawn Driven
Dropped Fallen Fed Felt Forbidden Forgotten Forgiven Found Frozen Given Gone Grown Heard Held Hidden Hit Kept
Known Laid Learnt Led Left Lent Let Lost Made Meant Met Overdrawn Overridden Overtaken Paid Put Read Rebuilt
Resent Reset Rewritten Risen Run Said Seen Sent Set Shown Shut Sold Sought Spent Split Spoken Spread Stolen
Stood Struck Taken Taught Thought Thrown Told Torn Undergone Understood Undone Upheld Withdrawn Withheld Won
Worn Written
"""
IRREGULAR = frozenset(_IRREGULAR.split())
"""Past participles that do not end in -ed."""


def advice(graph: Graph, accepted: Collection[str]) -> Iterator[Finding]:
    """Yield advice for each name that readers may take for something else, but for those that are accepted."""
    for event, publisher in sorted(graph.schemas.publishers.items()):
        hint = None if event in accepted else _hint(event, graph.kind_of(event))
        if hint is not None:
            yield Finding(
                f"schemas/{publisher}/{event}/",
                hint,
                f'rename it, or keep it: accepted-names = ["{event}"] under [tool.ensemble] in pyproject.toml',
            )


def _hint(name: str, kind: str) -> str | None:
    words = _WORD.findall(name)
    if kind == "event" and not any(map(_is_participle, words[1:])):
        return f"{name} is an event, and its name is no noun with a past participle, such as RoomBooked"
    if kind == "command" and words and _is_participle(words[-1]):
        return (
            f"{name} is a command, since it comes from outside or its schema says so, and its name reads as an event. "
            f'If it is one, let its schema say "x-kind": "event"'
        )
    return None


def _is_participle(word: str) -> bool:
    return word in IRREGULAR or (word.endswith("ed") and word not in _NO_PARTICIPLES)
