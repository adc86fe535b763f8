"""A fleet of two versions: some service stacks as the last version made them, the others as today's tree does."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from ensemble.command_line.synthesis import names_in
from tests.conftest import ROOT, copy_libraries, synthesize

VERSION = "ensemble/VERSION"
ENVIRONMENT = "assembly-dev"


def last_version() -> str:
    """Return the last commit of the version before today's: the parent of the newest commit that changed VERSION."""
    if not has_history():
        pytest.skip("the last version is not in this shallow clone, or download: git fetch --unshallow")
    changed = _git("log", "-1", "--format=%H", "--", VERSION).decode().strip()
    assert changed, f"no commit has {VERSION}, so nobody knows what the last version is: commit it"
    return _git("rev-parse", "--verify", f"{changed}^").decode().strip()


def has_history() -> bool:
    """Whether git has all that came before: a shallow clone, and files without a repository, do not."""
    asked = subprocess.run(["git", "rev-parse", "--is-shallow-repository"], cwd=ROOT, capture_output=True, text=True)
    return asked.stdout.strip() == "false"


def synthesize_last_version(folder: Path) -> Path:
    """Synthesize the last version's tree in the folder, and return its cloud assembly.

    Its kit is given a line of its own, so that no bundle of it is today's, also while the kit has not changed since.
    """
    commit, tree = last_version(), folder / "tree"
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
        archive.extractall(tree, filter="data")
    with (tree / "functions" / "kit" / "__init__.py").open("a") as kit:
        kit.write(f"\n# The last version: {commit}\n")
    copy_libraries(tree)
    synthesize(tree, folder / "cdk.out")
    return folder / "cdk.out"


def mixed(today: Path, older: Path, services: Iterable[str], folder: Path) -> Path:
    """Copy today's cloud assembly, but with the older stack and bundle of these services; return the copy.

    The older stacks are called as today's: a project that changes its prefix is another one, not a newer one.
    """
    shutil.copytree(today, folder)
    for asset in older.glob("asset.*"):
        shutil.copytree(asset, folder / asset.name, dirs_exist_ok=True)
    beginning = names_in(today / ENVIRONMENT).beginning
    manifest = json.loads((folder / ENVIRONMENT / "manifest.json").read_text())
    older_manifest = json.loads(_renamed((older / ENVIRONMENT / "manifest.json").read_text(), beginning))
    stacks = {artifact.get("displayName"): id for id, artifact in older_manifest["artifacts"].items()}
    for service in services:
        stack = stacks[f"dev/{service}"]
        for id in (stack, f"{stack}.assets"):
            assert id in manifest["artifacts"]
            manifest["artifacts"][id] = older_manifest["artifacts"][id]
        for file in (older / ENVIRONMENT).glob(f"{stack}.*"):
            (folder / ENVIRONMENT / file.name).write_text(_renamed(file.read_text(), beginning))
    (folder / ENVIRONMENT / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _renamed(text: str, beginning: str) -> str:
    """Return a template or a manifest with names that begin as today's, whatever the prefix was."""
    return re.sub(r"(?<![\w-])(?:[a-z0-9]+-)?dev-(?=[a-z])", f"{beginning}-", text)


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout
