"""Makes a project of one's own: the toolkit's files as git has them here, a first service, a git repository.

Only the standard library and git are needed: it runs before anything is installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ensemble.project.errors import GitFailed, ProjectRefused
from ensemble.project.git import READABLE, files_at, git
from ensemble.project.ownership import OWNED, Owner, owner_of
from ensemble.project.templates import project_files
from ensemble.upgrade.mark import FILE, Mark
from ensemble.version import version
from infrastructure.errors import PrefixRefused
from infrastructure.naming import Names

TOOLKIT = Path(__file__).resolve().parents[2]
"""The project whose toolkit this is: its files, as its last commit has them, are those of the new project."""

TAKEN = (
    *(".ci", ".github", ".gitignore", "cdk.json", "package.json", "pyproject.toml"),
    *("requirements-dev.txt", "requirements.txt"),
)
"""The files that a new project begins with as they are here, but for its name."""

NAMED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "package.json": ((r'"name": "[^"]*"', '"name": "{name}"'),),
    "pyproject.toml": (
        (r'(?m)^name = ".*"$', 'name = "{name}"'),
        (r'(?m)^version = ".*"$', 'version = "0.1.0"'),
        (r'(?m)^description = ".*"$', 'description = "Event-driven services on AWS."'),
    ),
}
"""Where the project's name stands in what is taken: what to look for, and what to put there."""

OF_THE_TOOLKITS_TESTS = re.compile(r"^.*tests/fixture.*\n", re.MULTILINE)
"""Settings that a project has no use for, since it has no tests of the toolkit."""

NOBODY = ("-c", "user.name=Ensemble", "-c", "user.email=ensemble@localhost")
"""Who makes the first commit where git knows nobody."""

Files = dict[str, tuple[bytes, int]]


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the folder, its name in AWS, how many files are whose, and what to know of it."""

    directory: Path
    name: str
    owned: int
    yours: int
    notes: tuple[str, ...]


def new_project(directory: Path, name: str | None = None, *, toolkit: Path = TOOLKIT) -> Made:
    """Make a project in the directory, which is not there yet or empty.

    `name`: what its stacks and all else in AWS are called by; it is made of the directory's name unless given.
    Raises ProjectRefused, before anything is written, and GitFailed.
    """
    directory = directory.resolve()
    name = name or _name_of(directory)
    try:
        Names(name, "dev")
    except PrefixRefused as error:
        raise ProjectRefused(f"{error}. Say another one: ensemble new {directory.name} --name NAME") from error
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ProjectRefused(f"{directory} is there and not empty: name a folder that is not there yet")
    commit = git(toolkit, "rev-parse", "HEAD")
    files = _taken(toolkit, commit, name)
    owned = sum(owner_of(path) is Owner.OWNED for path in files)
    files |= {path: (text.encode(), READABLE) for path, text in project_files(name).items()}
    mark = _mark(toolkit, commit)
    for path, (content, mode) in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)
    mark.write(directory)
    notes = [*_uncommitted(toolkit), *_committed(directory, name)]
    return Made(directory, name, owned, len(files) + 1 - owned, tuple(notes))


def _name_of(directory: Path) -> str:
    return re.sub(r"[^a-z0-9]", "", directory.name.lower())


def _taken(toolkit: Path, commit: str, name: str) -> Files:
    """Return the toolkit's files and the others that a project begins with. Raises GitFailed."""
    files = files_at(toolkit, commit, (*OWNED, *TAKEN))
    for path, places in NAMED.items():
        content, mode = files[path]
        text = content.decode()
        for place, put in places:
            text, found = re.subn(place, put.format(name=name), text, count=1)
            if not found:
                raise ProjectRefused(f"{toolkit / path} has no place for the project's name ({place}): put it back")
        files[path] = OF_THE_TOOLKITS_TESTS.sub("", text).encode(), mode
    return files


def _mark(toolkit: Path, commit: str) -> Mark:
    """Return the mark of a project made here. A project that is made from a project has the same toolkit as that."""
    return Mark.read(toolkit) if (toolkit / FILE).exists() else Mark(version(), commit, _source(toolkit))


def _source(toolkit: Path) -> str:
    """Return where this toolkit was cloned from, without a user and password; the folder itself if from nowhere."""
    try:
        url = urlsplit(git(toolkit, "remote", "get-url", "origin"))
    except GitFailed:
        return str(toolkit)
    if url.scheme in ("http", "https"):
        url = url._replace(netloc=url.netloc.rpartition("@")[2])
    return urlunsplit(url)


def _uncommitted(toolkit: Path) -> list[str]:
    """Return a note when the toolkit here has changes that no commit has, since the new project is without them."""
    changed = git(toolkit, "status", "--porcelain", "--", *OWNED, *TAKEN).splitlines()
    if not changed:
        return []
    shown = ", ".join(line.split(maxsplit=1)[1] for line in changed[:3]) + (", ..." if len(changed) > 3 else "")
    return [f"{len(changed)} changed files of {toolkit} are in no commit, and not in the project: {shown}"]


def _committed(directory: Path, name: str) -> list[str]:
    """Make the repository and its first commit; return what to know of it. Raises GitFailed."""
    try:
        around = git(directory, "rev-parse", "--show-toplevel")
    except GitFailed:
        around = ""
    if around:
        return [f"It is in the repository {around}: commit it there"]
    git(directory, "init", "--quiet", "--initial-branch", "main")
    git(directory, "add", "--all")
    try:
        git(directory, "var", "GIT_COMMITTER_IDENT")
        author: tuple[str, ...] = ()
        notes = []
    except GitFailed:
        author, notes = NOBODY, ["git does not know your name: the first commit is by Ensemble"]
    git(directory, *author, "commit", "--quiet", "--message", f"{name}: one service, one command, one event")
    return notes
