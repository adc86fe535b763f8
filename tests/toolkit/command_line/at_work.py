"""A process that has a project loaded and does one command of it after the other, each on what the files say by then.

What Python and the command line take to load is paid for once. Commands get what they get from a shell: no terminal.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any


class AtWork:
    """The process, in the folder of a project, until the block ends."""

    def __init__(self, project: Path) -> None:
        from tests import synthesizing  # which the process itself, in the folder of a project, does not find

        synthesizing.start()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            cwd=project,
            env={**kept, "PYTHONPATH": str(project)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> AtWork:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        assert self._process.returncode == 0

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Return what a command of `ensemble` printed, and its status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return subprocess.CompletedProcess(arguments, **json.loads(self._process.stdout.readline()))


def _synthesize_warm() -> None:
    from ensemble.command_line import synthesis

    warm = runpy.run_path(str(Path(__file__).parents[2] / "synthesizing.py"))
    warm["synthesize_so"](synthesis)


def _done(arguments: list[str]) -> dict[str, Any]:
    from ensemble.command_line.main import run
    from ensemble.command_line.project import forget_modules

    forget_modules()
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            run(arguments)
        except SystemExit as ended:
            return {"returncode": ended.code, "stdout": output.getvalue(), "stderr": errors.getvalue()}
    raise AssertionError("a command ends its process")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    _synthesize_warm()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_done(json.loads(line))) + "\n")
        sys.stdout.flush()
