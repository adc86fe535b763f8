"""The git repository that a project lies in, and the commits of the toolkit that are fetched into it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from ensemble.upgrade.errors import GitFailed, UpgradeRefused

OWNED, VERSION = "ensemble/owned.txt", "ensemble/VERSION"
REVISION = re.compile(r"\w[\w./-]*")

OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets for its hooks: it would lead our git to another repository."""

AUTHOR = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "ensemble upgrade"), ("EMAIL", "upgrade@ensemble.invalid"))
}
"""Who makes the two commits that are compared: no history ever holds them."""


class Repository:
    """The repository around the project at `root`, which may be a subfolder: `prefix` is its path, with a slash."""

    def __init__(self, root: Path) -> None:
        self._top = root
        try:
            top, self.prefix = self.git("rev-parse", "--show-toplevel", "--show-prefix").split("\n")[:2]
            self.git("rev-parse", "--verify", "--quiet", "HEAD")
        except GitFailed:
            raise UpgradeRefused(f"{root} is in no git repository with a commit: git init, add and commit") from None
        self._top = Path(top)

    def git(self, *arguments: str, input: str = "", **variables: str) -> str:
        """Run git at the top of the repository and return what it prints. Raises GitFailed."""
        environment = {name: value for name, value in os.environ.items() if name not in OF_A_HOOK}
        environment |= {**AUTHOR, "LC_ALL": "C", **variables}
        command = ["git", *arguments]
        try:
            run = subprocess.run(
                command, cwd=self._top, env=environment, input=input.encode(), capture_output=True, check=False
            )
        except FileNotFoundError:
            raise UpgradeRefused("git is not installed, and `ensemble upgrade` works by it") from None
        if run.returncode != 0:
            complaint = run.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise GitFailed(re.sub(r"^(fatal|error): ", "", complaint[0]))
        return run.stdout.decode(errors="surrogateescape")

    def fetch(self, source: str, revision: str) -> str:
        """Fetch a branch, a tag or a whole commit and return its commit. Raises UpgradeRefused.

        Never with a depth: that would make the project's own repository a shallow one.
        """
        if not REVISION.fullmatch(revision):
            raise UpgradeRefused(f"{revision!r} is no name of a branch or tag, and no commit")
        try:
            self.git("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--", source, revision)
        except GitFailed as failure:
            raise UpgradeRefused(self._why_not(source, revision, failure)) from None
        return self.git("rev-parse", "FETCH_HEAD^{commit}").strip()

    def fetch_commit(self, source: str, commit: str) -> str:
        """Fetch a commit unless it is here already, and return it. Raises UpgradeRefused."""
        try:
            self.git("cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailed:
            return self.fetch(source, commit)
        return commit

    def _why_not(self, source: str, revision: str, failure: GitFailed) -> str:
        try:
            self.git("ls-remote", "--", source, "HEAD")
        except GitFailed:
            return f"{source} cannot be read ({failure}): correct `source` in .ensemble.json, or name another SOURCE"
        return f"{source} has no branch, tag or whole commit {revision}"

    def text(self, commit: str, path: str) -> str | None:
        """Return a file of the toolkit's commit; None when it has no such file."""
        try:
            return self.git("cat-file", "blob", f"{commit}:{path}")
        except GitFailed:
            return None

    def owned(self, commit: str) -> tuple[str, ...]:
        """Return the folders and files that a commit of the toolkit owns. Raises UpgradeRefused."""
        owned = self.text(commit, OWNED)
        if owned is None:
            raise UpgradeRefused(f"{commit[:7]} has no {OWNED}: it is no toolkit, or one older than `ensemble upgrade`")
        return tuple(owned.split())

    def files(self, commit: str) -> dict[str, str]:
        """Return the mode and content of each file of a commit, as git writes them, by path."""
        lines = self.git("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")[:-1]
        return {path: entry for entry, _, path in (line.partition("\t") for line in lines)}

    def commit_of(self, files: dict[str, str], message: str, parent: str | None = None) -> str:
        """Make a commit that has these files alone, at the project's place, and that no branch knows; return it."""
        lines = "".join(f"{entry}\t{self.prefix}{path}\0" for path, entry in files.items())
        with tempfile.TemporaryDirectory() as folder:
            index = str(Path(folder, "index"))
            self.git("update-index", "-z", "--index-info", input=lines, GIT_INDEX_FILE=index)
            tree = self.git("write-tree", GIT_INDEX_FILE=index).strip()
        parents = () if parent is None else ("-p", parent)
        return self.git("commit-tree", tree, *parents, "-m", message).strip()


def belongs(owned: Iterable[str]) -> Callable[[str], bool]:
    """Return whether a path is one of the owned files or in one of the owned folders (those end with a slash)."""
    folders = tuple(path for path in owned if path.endswith("/"))
    files = frozenset(owned) - frozenset(folders)
    return lambda path: path in files or path.startswith(folders)
