"""Seconds that `python app.py` takes, as it is and with the CDK's defaults, which it switches off.

Measured on this project; on the lending library, when this one has no service.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.report import Figure, Spread, ratios, seconds
from tests.conftest import ROOT, copy_lending

SECTION = "synth"
ROUNDS = 3
SECONDS_AT_MOST = 4

AS_IT_IS = ("app.py",)
WITH_DEFAULTS = (
    "-c",
    "import os, runpy, aws_cdk, infrastructure.stage as stage\n"
    "stage.new_app = lambda: aws_cdk.App(outdir=os.environ['CDK_OUTDIR'])\n"
    "runpy.run_path('app.py')\n",
)


def measure() -> Iterator[Figure]:
    """Time all stages' synthesis, on the clock: most of it goes on in the CDK's own process."""
    with TemporaryDirectory() as folder:
        has_services = any((ROOT / "functions").glob("*/service.py"))
        project = ROOT if has_services else copy_lending(Path(folder) / "project")
        _timed(project, AS_IT_IS)  # fills caches
        rounds = [(_timed(project, WITH_DEFAULTS), _timed(project, AS_IT_IS)) for _ in range(ROUNDS)]
    defaults, ours = [before for before, _ in rounds], [after for _, after in rounds]
    yield Figure(SECTION, "all stages, s", Spread.of(ours), at_most=SECONDS_AT_MOST)
    yield Figure(SECTION, "against CDK's defaults", ratios(ours, defaults), seconds(defaults), seconds(ours))


def _timed(project: Path, arguments: tuple[str, ...]) -> float:
    """Return the seconds that a synthesis into a new folder takes. Raises CalledProcessError."""
    with TemporaryDirectory() as folder:
        environment = os.environ | {"CDK_OUTDIR": str(Path(folder) / "cdk.out")}
        started = time.perf_counter()
        subprocess.run((sys.executable, *arguments), cwd=project, env=environment, check=True)
        return time.perf_counter() - started
