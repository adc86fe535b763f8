"""The verdict of a campaign: one line for a person, one JSON document for a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.command_line.simulate.coverage import Coverage
from ensemble.simulator.campaign import Tally

SHOWN = 10
"""Seeds that are named in the line."""

BUSINESS_JUDGED = "The general promises hold, and those of the scenario."
NO_BUSINESS_JUDGED = "The general promises hold; nothing of your business was judged."


@dataclass(frozen=True, slots=True)
class Campaign:
    """What was run: `asked` schedules and the tally for each lane, from the first seed on.

    `judges_business`: whether a scenario says what must hold of the business, beside what holds of any application.
    """

    environment: str
    first: int
    asked: Mapping[str, int]
    tallies: Mapping[str, Tally]
    seconds: float
    interrupted: bool
    judges_business: bool

    @property
    def schedules(self) -> int:
        """How many schedules were run."""
        return sum(tally.schedules for tally in self.tallies.values())

    @property
    def violations(self) -> list[tuple[int, str, str]]:
        """The seed, the lane and the first violation of each schedule that violated an invariant."""
        return [(seed, lane, text) for lane, tally in self.tallies.items() for seed, text in sorted(tally.failures)]

    def line(self) -> str:
        """Return the verdict as a line: how many schedules violated an invariant, and which."""
        failed, left = self.violations, sum(self.asked.values()) - self.schedules
        rest = f" Interrupted: {left:,} were not run." if self.interrupted else ""
        if not failed:
            held = BUSINESS_JUDGED if self.judges_business else NO_BUSINESS_JUDGED
            return f"0 of {self.schedules:,} schedules violated an invariant. {held}{rest}"
        seeds = ", ".join(f"{seed} ({lane})" for seed, lane, _ in failed[:SHOWN])
        more = f" and {len(failed) - SHOWN:,} more" if len(failed) > SHOWN else ""
        number = f"{len(failed):,} of {self.schedules:,} schedules violated an invariant"
        return f"VIOLATED: {number}: seed {seeds}{more}.{rest}"

    def as_json(self, reached: Coverage) -> dict[str, Any]:
        """Return the document of `--json` (docs/json.md)."""
        return {
            "verdict": "violated" if self.violations else "interrupted" if self.interrupted else "held",
            "business_judged": self.judges_business,
            "environment": self.environment,
            "seeds": {
                lane: {"first": self.first, "asked": asked, "run": self.tallies.get(lane, Tally()).schedules}
                for lane, asked in self.asked.items()
            },
            "hash": {lane: tally.hash for lane, tally in self.tallies.items()},
            "left_out": {lane: dict(sorted(tally.left_out.items())) for lane, tally in self.tallies.items()},
            "violations": [{"seed": seed, "lane": lane, "text": text} for seed, lane, text in self.violations],
            "cells": {"reactions": reached.reactions.as_json(), "faults": reached.steps.as_json()},
            "faults": {kind: {"injected": times, "steps": places} for kind, (times, places) in reached.faults.items()},
            "duration_seconds": round(self.seconds, 3),
        }
