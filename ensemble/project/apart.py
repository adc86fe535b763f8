"""Tools that pin what the project does not: each in an environment of its own, made from its lock file when needed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from ensemble.project.errors import ToolNotInstalled


def environment_of(root: Path, lock: str, name: str) -> Path:
    """Return the environment of a tool below `root`, made now unless it is there with what the lock file pins.

    Raises ToolNotInstalled.
    """
    requirements = root / lock
    mark = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = root / ".ensemble" / f"{name}-{mark}"
    made = folder / "made"
    if not made.exists():
        print(f"Installing what {name} needs into {folder.relative_to(root)}", flush=True)
        _run(name, sys.executable, "-m", "venv", "--clear", str(folder))
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(name, *pip, "--no-deps", "--require-hashes", "--requirement", str(requirements))
        made.touch()
    return folder


def _run(name: str, *command: str) -> None:
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise ToolNotInstalled(f"what {name} needs cannot be installed: {run.stderr.strip()[-500:]}")
