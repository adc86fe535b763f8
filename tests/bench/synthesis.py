"""Seconds that `python app.py` takes, as it is and with the CDK's defaults, which it switches off."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.handlers import PROJECT
from tests.bench.report import Figure, Spread, ratios, seconds

SECTION = "synth"
ROUNDS = 3
SECONDS_AT_MOST = 4

AS_IT_IS = ("app.py",)
WITH_DEFAULTS = (
    "-c",
    "import os, runpy, aws_cdk, infrastructure.environment as environment\n"
    "environment.new_app = lambda: aws_cdk.App(outdir=os.environ['CDK_OUTDIR'])\n"
    "runpy.run_path('app.py')\n",
)


def measure() -> Iterator[Figure]:
    """Time both environments' synthesis, on the clock: most of it goes on in the CDK's own process."""
    _timed(AS_IT_IS)  # fills caches
    rounds = [(_timed(WITH_DEFAULTS), _timed(AS_IT_IS)) for _ in range(ROUNDS)]
    defaults, ours = [before for before, _ in rounds], [after for _, after in rounds]
    yield Figure(SECTION, "both environments, s", Spread.of(ours), at_most=SECONDS_AT_MOST)
    yield Figure(SECTION, "against CDK's defaults", ratios(ours, defaults), seconds(defaults), seconds(ours))


def synthesize(outdir: Path, arguments: tuple[str, ...] = AS_IT_IS) -> None:
    """Synthesize the project into a folder. Raises CalledProcessError."""
    environment = os.environ | {"CDK_OUTDIR": str(outdir)}
    subprocess.run((sys.executable, *arguments), cwd=PROJECT, env=environment, check=True)


def _timed(arguments: tuple[str, ...]) -> float:
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        synthesize(Path(folder) / "cdk.out", arguments)
        return time.perf_counter() - started
