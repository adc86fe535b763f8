"""The synthesized assembly: made by `app.py`, and made again only when something it is made from has changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.errors import CheckFailed, SynthesisFailed, UsageRefused
from ensemble.command_line.progress import working
from ensemble.contracts.findings import FILE as FINDINGS
from ensemble.contracts.findings import Finding, left_in
from infrastructure.naming import PLATFORM, Names

SOURCES = (
    "app.py",
    "cdk.json",
    "requirements.txt",
    "ensemble",
    "functions",
    "infrastructure",
    "schemas",
)
BESIDE = Path("ensemble", "console", "page")
"""What a browser runs, and nothing of the stacks is made from."""

APP = "app.py"
FINGERPRINT = ".fingerprint"
MANIFEST = "manifest.json"
LOCK = ".lock"
STACK = "aws:cloudformation:stack"

_PLACE = re.compile(r'^ +File "(.+)", line ([0-9]+)', re.MULTILINE)
_ABOUT = re.compile(r"([\w./-]+\.\w+(?::\d+)?): (.*)")
"""A sentence that begins with the file that it is about."""

_MODULE = re.compile(r"^(?:[a-z_]\w*\.)+(?=[A-Z])")
"""What stands before the name of an exception's class in the last line of a traceback."""


def assembly_of(environment: str, console: Console, root: Path) -> Path:
    """Return the cloud assembly of a stage, synthesized from `root` into `cdk.out` or CDK_OUTDIR.

    Raises CheckFailed when the gate in `app.py` refuses the stacks, SynthesisFailed when `app.py` ends in another way,
    and UsageRefused when it makes no such stage.
    """
    made = assemblies(console, root)
    if environment not in made:
        known = ", ".join(sorted(made)) or "none"
        raise UsageRefused(f"app.py makes no stage {environment!r}; it makes {known}")
    return made[environment]


def assemblies(console: Console, root: Path) -> dict[str, Path]:
    """Return the cloud assemblies of all stages, by their names. Raises CheckFailed and SynthesisFailed, as above."""
    output = Path(os.environ.get("CDK_OUTDIR", root / "cdk.out")).resolve()  # app.py runs in another directory
    with _alone(output):
        now = fingerprint(root)
        file = output / FINGERPRINT
        made = stages(output)
        if made is None or not _is_of(now, file, output / MANIFEST):
            with working(console, "Synthesizing the stacks"):
                synthesize(root, output)
            made = stages(output) or {}
            file.write_text(now, encoding="utf-8")
    return made


def _is_of(now: str, file: Path, manifest: Path) -> bool:
    """Return whether the assembly is made from what is here now, and not over again by the CDK CLI, which makes one
    stage, with what its own context says."""
    if not file.exists() or file.read_text(encoding="utf-8") != now:
        return False
    return file.stat().st_mtime_ns >= manifest.stat().st_mtime_ns


@contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Let no other process synthesize into the directory until the block ends: `up` and `send` may both want to."""
    output.mkdir(parents=True, exist_ok=True)
    with (output / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def stages(output: Path) -> dict[str, Path] | None:
    """Return the assembly of each stage, by its name; None when a manifest is not there or not whole.

    What else lies in the directory counts for nothing: the CDK leaves there what it made in earlier runs.
    """
    try:
        nested = [one["properties"] for one in _artifacts(output) if one["type"] == "cdk:cloud-assembly"]
        made = {properties["displayName"]: output / properties["directoryName"] for properties in nested}
        for assembly in made.values():
            _artifacts(assembly)
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return None
    return made


def names_in(assembly: Path) -> Names:
    """Return the physical names of a stage, by what its platform's stack is called."""
    stacks = [one for one in _artifacts(assembly) if one["type"] == STACK]
    (name,) = [one["properties"]["stackName"] for one in stacks if one["displayName"].endswith(f"/{PLATFORM}")]
    prefix, stage, _ = name.split("-")
    return Names(prefix, stage)


def fingerprint(root: Path) -> str:
    """Return a text that changes when a source or the version of Python does."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sources(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def synthesize(root: Path, output: Path, context: Mapping[str, Any] | None = None) -> None:
    """Run `app.py` by this Python, with values of the CDK's context.

    Raises CheckFailed with the gate's findings, or SynthesisFailed with the place and the last line of a traceback.
    """
    for old in (FINGERPRINT, MANIFEST, FINDINGS):
        (output / old).unlink(missing_ok=True)
    environment = {**os.environ, "CDK_OUTDIR": str(output)}
    if context:
        environment["CDK_CONTEXT_JSON"] = json.dumps(context)
    run = subprocess.run([sys.executable, "app.py"], cwd=root, env=environment, capture_output=True, text=True)
    if findings := left_in(output):
        raise CheckFailed(*findings)
    if run.returncode != 0:
        complaint = run.stderr.strip().splitlines() or [f"it ended with status {run.returncode}"]
        if not any(map(_PLACE.match, complaint)):
            raise SynthesisFailed(*map(_refusal, complaint))
        problem = f"the stacks do not synthesize: {_MODULE.sub('', complaint[-1])}"
        raise SynthesisFailed(
            Finding(_place(run.stderr, root), problem, "correct this line; for all of it: make synth")
        )


def _refusal(sentence: str) -> Finding:
    """Return a sentence that `app.py` ended with as a finding: where it begins with no file, it is about `app.py`."""
    file, rest = match.groups() if (match := _ABOUT.match(sentence)) else (APP, sentence)
    problem, _, fix = rest.partition(". Fix: ")
    return Finding(file, problem, fix)


def _artifacts(assembly: Path) -> list[dict[str, Any]]:
    return list(json.loads((assembly / MANIFEST).read_text(encoding="utf-8"))["artifacts"].values())


def _place(traceback: str, root: Path) -> str:
    """Return the last place of a traceback that is in a source of the project; `app.py` when there is none."""
    for file, line in reversed(_PLACE.findall(traceback)):
        path = root / file
        if path.is_relative_to(root) and path.relative_to(root).parts[0] in SOURCES:
            return f"{path.relative_to(root).as_posix()}:{line}"
    return APP


def sources(root: Path) -> Iterator[Path]:
    """Yield the files that the stacks are made from."""
    for source in SOURCES:
        path = root / source
        if path.is_file():
            yield path
        for inner in sorted(path.rglob("*")):
            if inner.is_file() and "__pycache__" not in inner.parts and root / BESIDE not in inner.parents:
                yield inner
