"""Rebuilds analytics as the command does, and says how much memory that took: a process for `replay_many`."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from rich.console import Console

from ensemble.command_line.replay.rebuild import rebuild_at
from tests.shop.operations.replayed import stage_at

FASTEST = 1e6


def main(url: str, assembly: str, root: str) -> None:
    stage = stage_at(url, Path(assembly), Path(root))
    clock = (time.monotonic, lambda seconds: time.sleep(min(seconds, 0.01)))
    put = 0
    try:
        put = rebuild_at(Console(quiet=True), stage, "analytics", FASTEST, clock).put
    except KeyboardInterrupt:
        put = stage.cursor("rebuild", "analytics").progress.put
        raise
    finally:
        print(f"{put:,} put, {most_memory() // 1024} MB at most")


def most_memory() -> int:
    """Return how many kB this process held at most.

    Not by getrusage: its figure is no less than what the process had that started this one (getrusage(2), proc(5)).
    """
    (found,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
