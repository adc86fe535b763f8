"""Looks for the first seed that violates an invariant, by itself in a process, run as a module."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ensemble.command_line.simulate.simulating import simulation


def hunt(assembly: Path, seeds: int) -> dict[str, object]:
    """Return the first seed that breaks something, what it breaks, and how many seeds were tried."""
    runs = simulation(assembly, "core")
    for seed in range(seeds):
        outcome = runs(seed)
        if outcome.violations:
            return {"seed": seed, "violation": outcome.violations[0], "tried": seed + 1}
    return {"seed": None, "violation": "", "tried": seeds}


if __name__ == "__main__":
    print(json.dumps(hunt(Path(sys.argv[1]), int(sys.argv[2]))))
