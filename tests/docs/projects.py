"""Runs commands in a copy of the project, as somebody would who follows a guide."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(root: Path, module: str, *arguments: str) -> str:
    """Run a module in the project, whose own folders come first on the path; return what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"CDK_OUTDIR": str(root / "cdk.out"), "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=root,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
