"""What was published before, as git knows it: the files of a schema's versions never change again."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ensemble.command_line.errors import UsageRefused
from ensemble.contracts.consumers import harmed, hearing
from ensemble.contracts.evolution import rewritten_ends
from ensemble.contracts.loading import LIFECYCLE
from ensemble.contracts.profile import without_examples
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service

SCHEMAS = "schemas"

DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "main", "master")


def base_of(root: Path) -> str | None:
    """Return the commit that the project's changes started from; None where there is no git or no commit.

    It is where HEAD left the default branch, or HEAD itself where there is no such branch.
    """
    if _git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
        return None
    for branch in DEFAULT_BRANCHES:
        base = _git(root, "merge-base", "HEAD", branch)
        if base is not None:
            return base.strip()
    return "HEAD"


def rewritten(root: Path, reference: str, services: Sequence[Service]) -> Iterator[str]:
    """Tell each version's file that was published at the reference and is edited or gone now, and each end.

    Raises UsageRefused when git does not know the reference.
    """
    if _git(root, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}") is None:
        raise UsageRefused(f"git knows no commit {reference!r}: name a branch, a tag or a commit")
    listed = _git(root, "diff", "--no-renames", "--name-status", "--relative", "-z", reference, "--", SCHEMAS) or ""
    parts = listed.split("\0")[:-1]
    changed = {file: status for status, file in zip(parts[::2], parts[1::2], strict=True) if status != "A"}
    moved: dict[tuple[str, str], list[str]] = {}
    for file, status in changed.items():
        elsewhere = _elsewhere(root, file) if status == "D" else None
        if elsewhere:
            moved.setdefault((Path(file).parts[1], elsewhere), []).append(Path(file).parent.name)
        elif file.endswith(f"/{LIFECYCLE}"):
            now = json.loads((root / file).read_text(encoding="utf-8")) if status != "D" else {}
            yield from rewritten_ends(_published(root, reference, file), now, file)
        elif file.endswith(".json") and not _same_rules(root, reference, file, status):
            yield _rewritten(file, status, reference, services)
    for (old, new), events in moved.items():
        yield _moved(old, new, sorted(set(events)), services)


def _elsewhere(root: Path, file: str) -> str | None:
    """Return the publisher in whose folder a file lies that is gone from its own."""
    *_, event, name = Path(file).parts
    return next((path.parts[-3] for path in sorted((root / SCHEMAS).glob(f"*/{event}/{name}"))), None)


def _moved(old: str, new: str, events: Sequence[str], services: Sequence[Service]) -> str:
    victims = sorted({name for event in events for name in hearing(services, event)})
    return (
        f"{SCHEMAS}/{new}/: {', '.join(events)} lay in {SCHEMAS}/{old}/, and the folder is the source that rules and "
        f"policies go by. Harmed: {', '.join(victims) or 'nobody yet'}, who would not hear what {old} publishes. "
        f"Fix: move it back to {SCHEMAS}/{old}/"
    )


def unpublished(root: Path, reference: str, schemas: Schemas) -> set[tuple[str, str]]:
    """Return the (event, version) pairs whose files were not there at the reference."""
    listed = _git(root, "ls-tree", "-r", "--name-only", "-z", reference, "--", f"{SCHEMAS}/") or ""
    published = set(listed.split("\0"))
    return {
        (event, version)
        for event, versions in schemas.versions.items()
        for version in versions
        if schemas.file(event, version) not in published
    }


def _rewritten(file: str, status: str, reference: str, services: Sequence[Service]) -> str:
    event, version = Path(file).parent.name, Path(file).stem
    what = "is gone" if status == "D" else "was edited"
    major, _, minor = version.partition(".")
    return (
        f"{file} {what} since {reference[:12]}, and a published version never changes: events of {version} are on "
        f"their way and in the archive. Harmed: {harmed(services, event)}. Fix: git checkout {reference[:12]} -- "
        f"{file}, and put the change into a new version, such as {major}.{int(minor) + 1}.json (or end the version "
        f"in {LIFECYCLE})"
    )


def _same_rules(root: Path, reference: str, file: str, status: str) -> bool:
    """Whether an edited file differs in its examples only, which are no rule."""
    if status == "D":
        return False
    try:
        now = json.loads((root / file).read_text(encoding="utf-8"))
        return bool(without_examples(now) == without_examples(_published(root, reference, file)))
    except (ValueError, AttributeError, TypeError):  # it is no schema: the profile refuses it
        return False


def _published(root: Path, reference: str, file: str) -> Any:
    return json.loads(_git(root, "show", f"{reference}:./{file}") or "{}")


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git answers; None when it refuses, or is not installed."""
    try:
        run = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return run.stdout if run.returncode == 0 else None
