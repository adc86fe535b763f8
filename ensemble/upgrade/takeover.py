"""Finds what a newer toolkit brings, and merges it with what the project has made of the one it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ensemble.upgrade.errors import GitFailed, UpgradeRefused
from ensemble.upgrade.mark import FILE, Mark
from ensemble.upgrade.repository import VERSION, Repository, belongs

NOTES = "ensemble/notes/"
BEFORE = "The toolkit before"

PICK = ("-c", "merge.directoryRenames=false", "-c", "merge.renames=true", "cherry-pick", "--no-commit")
"""Follows each file that the toolkit renamed, but takes no file of the project's own along when a folder is renamed:
where the kit left `functions/`, git would take all that lies in `functions/` for moved."""

NAMES = ("--name-status", "--no-renames", "-z")


@dataclass(frozen=True)
class Toolkit:
    """A toolkit as it was published: its version, its commit, and the owned files of it (mode and content, by path)."""

    version: str
    commit: str
    files: dict[str, str]

    def __str__(self) -> str:
        return f"{self.version} ({self.commit[:7]})"


@dataclass(frozen=True)
class Change:
    """What a newer toolkit would change in a project.

    `patched`: the project's own changes of owned files, as git's letter (M, A, D) and path.
    """

    repository: Repository
    mark: Mark
    old: Toolkit
    new: Toolkit
    patched: tuple[tuple[str, str], ...]

    @property
    def is_any(self) -> bool:
        """Whether any owned file differs between the two."""
        return self.old.files != self.new.files

    def notes(self) -> list[tuple[str, str]]:
        """Return (version, text) of the notes of each version after the old one, up to the new one."""
        found = []
        for path in self.new.files:
            version = path.removeprefix(NOTES).removesuffix(".md")
            if path == f"{NOTES}{version}.md" and number(self.old.version) < number(version) <= number(
                self.new.version
            ):
                found.append((version, self.repository.text(self.new.commit, path) or ""))
        return sorted(found, key=lambda note: number(note[0]))


@dataclass(frozen=True)
class Outcome:
    """What was changed in the working tree and staged: the number of files by folder, and the files in conflict."""

    changed: Counter[str]
    conflicts: tuple[str, ...]


def find(root: Path, source: str | None = None, revision: str = "HEAD") -> Change:
    """Fetch the toolkit that the project has and the newer one, and compare. Raises UpgradeRefused."""
    mark, repository = Mark.read(root), Repository(root)
    source = source or mark.source
    if Path(source).exists():
        source = str(Path(source).resolve())
    new = repository.fetch(source, revision)
    old = repository.fetch_commit(source, mark.commit)
    old_files, new_files = repository.files(old), repository.files(new)
    was_owned, is_owned = belongs(repository.owned(old)), belongs(repository.owned(new))
    # What the toolkit gives up but still has is the project's from now on: it is in neither of the two.
    released = {path for path in new_files if not is_owned(path)}
    before = {path: entry for path, entry in old_files.items() if was_owned(path) and path not in released}
    after = {path: entry for path, entry in new_files.items() if is_owned(path)}
    version = (repository.text(new, VERSION) or "without a version").strip()
    return Change(
        repository,
        mark,
        Toolkit(mark.version, old, before),
        Toolkit(version, new, after),
        _patched(repository, before, was_owned),
    )


def take_over(root: Path, change: Change) -> Outcome:
    """Merge the newer toolkit into the working tree and stage it, with the new mark. Raises UpgradeRefused."""
    repository = change.repository
    refuse_unless_clean(repository)
    base = repository.commit_of(change.old.files, BEFORE)
    newer = repository.commit_of(change.new.files, f"Toolkit {change.new}, after {change.old}", base)
    try:
        repository.git(*PICK, newer)
    except GitFailed as failure:
        if not _unmerged(repository):
            raise UpgradeRefused(f"git does not merge the toolkit, and nothing was changed: {failure}") from None
    replace(change.mark, version=change.new.version, commit=change.new.commit).write(root)
    repository.git("add", "--", f"{repository.prefix}{FILE}")
    staged = _paths(repository, repository.git("diff", "--cached", *NAMES, "HEAD"))
    folders = Counter(_folder(path) for path in {path for _, path in staged})
    return Outcome(folders, tuple(_unmerged(repository)))


def refuse_unless_clean(repository: Repository) -> None:
    """Raise UpgradeRefused when tracked files differ from the last commit: the undo would take these changes too."""
    changed = repository.git("status", "--porcelain", "-z", "--untracked-files=no").split("\0")[:-1]
    if changed:
        raise UpgradeRefused(
            f"{len(changed)} files have changes that are not committed, such as {changed[0][3:]}: commit or stash them "
            "first, so that the upgrade can be undone"
        )


def number(version: str) -> tuple[int, ...]:
    """Return a version such as 0.10.2 in a form that can be compared; whatever is no number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def _patched(
    repository: Repository, before: dict[str, str], was_owned: Callable[[str], bool]
) -> tuple[tuple[str, str], ...]:
    differences = _paths(repository, repository.git("diff", *NAMES, repository.commit_of(before, BEFORE)))
    return tuple((letter, path) for letter, path in differences if was_owned(path))


def _unmerged(repository: Repository) -> list[str]:
    listed = repository.git("diff", "--name-only", "--diff-filter=U", "-z").split("\0")[:-1]
    return [path.removeprefix(repository.prefix) for path in listed]


def _paths(repository: Repository, listed: str) -> list[tuple[str, str]]:
    """Return (letter, path in the project) of what `git diff --name-status -z` lists."""
    parts = listed.split("\0")[:-1]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    prefix = repository.prefix
    return [(letter, path.removeprefix(prefix)) for letter, path in pairs if path.startswith(prefix)]


def _folder(path: str) -> str:
    head, _, _ = path.rpartition("/")
    return "/".join(head.split("/")[:2]) or "."
