"""Processes that a deploy-check starts: each in a group of its own, which ends as one, however the block ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SECONDS_TO_END = 5.0
SECONDS_TO_VANISH = 0.5
"""What the system takes to remove processes that were killed."""


@contextmanager
def process_group(
    command: Sequence[str], *, folder: Path, variables: Mapping[str, str], output: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends, in `folder` and with no other variables; what it prints is in `output`."""
    with output.open("wb") as printed:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it has started: politely, then for good; return when none is left."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(SECONDS_TO_END)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    until = time.monotonic() + SECONDS_TO_VANISH
    while _is_left(process.pid) and time.monotonic() < until:
        time.sleep(0.01)


def _is_left(group: int) -> bool:
    """Whether a process of the group is still there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
