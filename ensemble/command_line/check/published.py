"""What was published before never changes again: the files of versions, and the dates at which they ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ensemble.command_line.errors import CheckFailed, UsageRefused
from ensemble.contracts.consumers import harmed, hearing
from ensemble.contracts.evolution import rewritten_ends
from ensemble.contracts.findings import Finding
from ensemble.contracts.loading import LIFECYCLE
from ensemble.contracts.schemas import Schemas
from ensemble.project.deployed import SCHEMAS, Published, at_commit, present, recorded
from ensemble.project.errors import GitFailed, RecordUnreadable
from functions.kit.model import Service


def published_of(root: Path, against: str | None) -> tuple[Published, ...]:
    """Return what counts as published: what is recorded as deployed, and the schemas of the commit `against`.

    The project's own history counts for nothing: what was only committed has no consumer. Raises UsageRefused when git
    does not know the commit, and CheckFailed when what is recorded cannot be read.
    """
    if against is None:
        return recorded_of(root)
    try:
        return (*recorded_of(root), at_commit(root, against))
    except GitFailed as error:
        raise UsageRefused(f"git knows no commit {against!r}: name a branch, a tag or a commit") from error


def recorded_of(root: Path) -> tuple[Published, ...]:
    """Return what is recorded as deployed. Raises CheckFailed."""
    try:
        return recorded(root)
    except RecordUnreadable as error:
        raise CheckFailed(
            Finding(
                error.file,
                f"it {error.problem}. Harmed: what is deployed there, which nothing would be compared with",
                f"git log {error.file}, and bring back what `ensemble deployed` wrote there; of two branches keep the "
                "entries of both",
            )
        ) from error


def rewritten(root: Path, published: Published, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each version's file that was published and is edited or gone now, and each end that is another one."""
    now = present(root)
    moved: dict[tuple[str, str], list[str]] = {}
    for file, content in published.content.items():
        if now.get(file) == content:
            continue
        elsewhere = None if file in now else _elsewhere(root, file)
        if elsewhere:
            moved.setdefault((Path(file).parts[1], elsewhere), []).append(Path(file).parent.name)
        elif file.endswith(f"/{LIFECYCLE}"):
            yield from _rewritten_ends(content, now.get(file, {}), file)
        else:
            yield _rewritten(file, "it was edited" if file in now else "it is gone", published, services)
    for (old, new), events in moved.items():
        yield _moved(old, new, sorted(set(events)), services)


def unpublished(published: Sequence[Published], schemas: Schemas) -> set[tuple[str, str]]:
    """Return the (event, version) pairs whose files are in nothing that was published."""
    known = {file for one in published for file in one.content}
    return {
        (event, version)
        for event, versions in schemas.versions.items()
        for version in versions
        if schemas.file(event, version) not in known
    }


def _rewritten_ends(before: Any, now: Any, file: str) -> Iterator[Finding]:
    """Yield the ends that are not as published; nothing for a file that has no ends: that is found elsewhere."""
    if isinstance(now, dict) and all(isinstance(end, dict) for end in now.values()):
        yield from rewritten_ends(before, now, file)


def _elsewhere(root: Path, file: str) -> str | None:
    """Return the publisher in whose folder a file lies that is gone from its own."""
    *_, event, name = Path(file).parts
    return next((path.parts[-3] for path in sorted((root / SCHEMAS).glob(f"*/{event}/{name}"))), None)


def _moved(old: str, new: str, events: Sequence[str], services: Sequence[Service]) -> Finding:
    victims = sorted({name for event in events for name in hearing(services, event)})
    return Finding(
        f"{SCHEMAS}/{new}/",
        f"{', '.join(events)} lay in {SCHEMAS}/{old}/, and the folder is the source that rules and policies go by. "
        f"Harmed: {', '.join(victims) or 'nobody yet'}, who would not hear what {old} publishes",
        f"move it back to {SCHEMAS}/{old}/",
    )


def _rewritten(file: str, what: str, published: Published, services: Sequence[Service]) -> Finding:
    event, version = Path(file).parent.name, Path(file).stem
    major, _, minor = version.partition(".")
    return Finding(
        file,
        f"{what} since {published.moment}, and a published version never changes: events of {version} are on their "
        f"way and in the archive. Harmed: {harmed(services, event)}",
        f"{published.restore} {file}, to get back what was published, and put the change into a new version, such as "
        f"{major}.{int(minor) + 1}.json (or end the version in {LIFECYCLE})",
    )
