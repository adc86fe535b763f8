"""Runs the CDK CLI that `make deploy-tools` installs, on an assembly and against the emulator."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path

from ensemble.deploy_check.errors import DeployCheckFailed

CLI = Path("node_modules", ".bin", "cdk")

LAST_LINES = 40


class Cdk:
    """The CLI, for one assembly. `variables`: what lets it speak to the emulator alone."""

    def __init__(self, root: Path, assembly: Path, variables: Mapping[str, str], folder: Path) -> None:
        self._cli, self._assembly, self._folder = root / CLI, assembly, folder
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
        path = os.pathsep.join((sysconfig.get_path("scripts"), inherited.get("PATH", os.defpath)))
        self._variables = {
            **inherited,
            **variables,
            "PATH": path,
            "HOME": str(folder),
            "CDK_DISABLE_CLI_TELEMETRY": "1",
        }
        self._variables["CI"] = "true"  # what is under way goes to the standard output
        if not self._cli.exists():
            raise DeployCheckFailed(f"{CLI} is not there. Fix: make deploy-tools")

    def run(self, *arguments: str, expected: int = 0) -> str:
        """Run it to its end, and return what it printed. Raises DeployCheckFailed with its last lines."""
        began = time.monotonic()
        command = (str(self._cli), *arguments, "--app", str(self._assembly), "--no-notices", "--no-color")
        run = subprocess.run(
            command, cwd=self._folder, env=self._variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        shown = " ".join(("cdk", *arguments))
        if run.returncode != expected:
            last = "\n".join(run.stdout.splitlines()[-LAST_LINES:])
            raise DeployCheckFailed(f"{shown} ended with status {run.returncode}, not {expected}:\n{last}")
        print(f"  {shown}  ({time.monotonic() - began:.1f} s)", flush=True, file=sys.stdout)
        return run.stdout
