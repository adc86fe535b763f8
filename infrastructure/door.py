"""The front door of a stage, as its arguments say it: who may send by it how fast, and whose tokens it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

FASTEST = 10_000
"""Requests a second that all APIs of an account take in a region, unless it asks for more (Amazon API Gateway Developer
Guide, "Amazon API Gateway quotas")."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a publisher may send: so many requests a second in the long run, and so many at once."""

    per_second: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """Who may come in. `publishers`: the rate of each publisher outside, by its name; others send on the bus alone.

    `user_pools`: the ARNs of Cognito's user pools whose tokens let a person in, to what is that person's own alone.
    """

    publishers: Mapping[str, Rate] = field(default_factory=dict)
    user_pools: Sequence[str] = ()

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong about it."""
        if not self.publishers:
            yield "a front door with no publishers lets nobody in. Fix: name one with its Rate, or leave front_door out"
        for publisher, rate in self.publishers.items():
            if not 1 <= rate.per_second <= FASTEST or not 1 <= rate.burst <= FASTEST:
                yield f"the rate of {publisher} is {rate}. Fix: take 1 to {FASTEST:,} for both numbers"
        for pool in self.user_pools:
            if not pool.startswith("arn:") or ":userpool/" not in pool:
                yield f"{pool!r} is no user pool of Cognito. Fix: write its ARN"
