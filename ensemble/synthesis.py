"""The synthesized assembly: made by `app.py`, and made again only when something it is made from has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from ensemble.errors import SynthesisFailed, UsageRefused
from ensemble.progress import working

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("app.py", "cdk.json", "requirements.txt", "infrastructure", "functions", "schemas")
FINGERPRINT = ".fingerprint"


def assembly_of(environment: str, console: Console, root: Path = ROOT) -> Path:
    """Return the cloud assembly of an environment, synthesized from `root` into `cdk.out` or CDK_OUTDIR.

    Raises SynthesisFailed when `app.py` does, and UsageRefused when it makes no such environment.
    """
    output = Path(os.environ.get("CDK_OUTDIR", root / "cdk.out"))
    now = fingerprint(root)
    file = output / FINGERPRINT
    if not file.exists() or file.read_text(encoding="utf-8") != now:
        with working(console, "Synthesizing the stacks"):
            synthesize(root, output)
        file.write_text(now, encoding="utf-8")
    assembly = output / f"assembly-{environment}"
    if not assembly.is_dir():
        known = ", ".join(sorted(path.name.removeprefix("assembly-") for path in output.glob("assembly-*")))
        raise UsageRefused(f"app.py makes no environment {environment!r}; it makes {known}")
    return assembly


def fingerprint(root: Path) -> str:
    """Return a text that changes when a source or the version of Python does."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _files(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def synthesize(root: Path, output: Path) -> None:
    """Run `app.py` by this Python. Raises SynthesisFailed with the last line of what it complains of."""
    (output / FINGERPRINT).unlink(missing_ok=True)
    environment = {**os.environ, "CDK_OUTDIR": str(output)}
    run = subprocess.run([sys.executable, "app.py"], cwd=root, env=environment, capture_output=True, text=True)
    if run.returncode != 0:
        complaint = run.stderr.strip().splitlines() or [f"it ended with status {run.returncode}"]
        raise SynthesisFailed(f"the stacks do not synthesize: {complaint[-1]} (for all of it: python app.py)")


def _files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        path = root / source
        if path.is_file():
            yield path
        for inner in sorted(path.rglob("*")):
            if inner.is_file() and "__pycache__" not in inner.parts:
                yield inner
