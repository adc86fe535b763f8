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
from ensemble.deploy_check.processes import process_group

CLI = Path("node_modules", ".bin", "cdk")

LAST_LINES = 40
LONGEST_SECONDS = 300
"""A command that takes longer waits for something that does not come."""


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
        shown = " ".join(("cdk", *arguments))
        output = self._folder / "cdk.log"
        with process_group(command, folder=self._folder, variables=self._variables, output=output) as process:
            try:
                status = process.wait(LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                raise DeployCheckFailed(f"{shown} has not ended after {LONGEST_SECONDS} s:\n{_last(output)}") from None
        if status != expected:
            raise DeployCheckFailed(f"{shown} ended with status {status}, not {expected}:\n{_last(output)}")
        print(f"  {shown}  ({time.monotonic() - began:.1f} s)", flush=True, file=sys.stdout)
        return output.read_text(encoding="utf-8")


def _last(output: Path) -> str:
    return "\n".join(output.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])
