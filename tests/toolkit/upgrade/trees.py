"""Git working trees for the tests: a small template, and projects that were made from it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OWNED = ("ensemble", "functions/kit", "infrastructure")

IDENTITY = {
    "GIT_AUTHOR_NAME": "somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.com",
    "GIT_COMMITTER_NAME": "somebody",
    "GIT_COMMITTER_EMAIL": "somebody@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def lines(name: str, count: int = 30) -> str:
    """Return the text of a file that has enough lines for git to know it again under another name."""
    return "".join(f"{name} {number}\n" for number in range(count))


@dataclass(frozen=True)
class Tree:
    """A working tree: `path` is the project's folder, which may be a subfolder of the repository."""

    path: Path

    def git(self, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | IDENTITY
        run = subprocess.run(["git", *arguments], cwd=self.path, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def begin(self) -> Tree:
        self.path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        return self

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            file = self.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        text = self.text(path)
        assert old in text
        self.write({path: text.replace(old, new)})

    def move(self, old: str, new: str) -> None:
        (self.path / new).parent.mkdir(parents=True, exist_ok=True)
        self.git("mv", old, new)

    def commit(self, message: str = "A change") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def text(self, path: str) -> str:
        return (self.path / path).read_text()

    def has(self, path: str) -> bool:
        return (self.path / path).exists()

    def changed(self) -> set[str]:
        """Return the paths that are staged or changed, both names of what was renamed."""
        listed = self.git("diff", "--name-only", "--no-renames", "--relative", "HEAD")
        return set(listed.splitlines())

    def mark(self) -> dict[str, str]:
        return dict(json.loads(self.text(".ensemble.json")))


def made_from(template: Tree, project: Tree) -> Tree:
    """Give a project what a new one has of a template: its owned paths and the mark; and a service of its own."""
    commit = template.git("rev-parse", "HEAD")
    for path in template.git("ls-tree", "-r", "--name-only", commit, *OWNED).splitlines():
        project.write({path: template.text(path)})
    mark = {"version": template.text("ensemble/VERSION").strip(), "commit": commit, "source": str(template.path)}
    project.write({".ensemble.json": json.dumps(mark), **OWN})
    project.commit("The project")
    return project


OWN = {
    "app.py": "own app\n",
    "functions/hotel/domain.py": lines("hotel"),
    "tests/test_hotel.py": "own test\n",
    "README.md": "own readme\n",
}
"""The files of a project that are its own."""
