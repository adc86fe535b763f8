"""What is deployed: the schemas of each stage as they were when it was deployed, in `deployed/<stage>.json`.

`ensemble deployed STAGE` writes it after a deployment, and it is committed. It holds what must not change any more, by
content and not by a commit: a commit is gone after a squash and not there in a shallow clone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemble.project.errors import GitFailed
from ensemble.project.git import files_at, git

SCHEMAS, DEPLOYED, LIFECYCLE = "schemas", "deployed", "lifecycle.json"

Content = Mapping[str, Any]
"""By path, what must stay of a file: the digest of a version's schema, the dates of a `lifecycle.json`."""


@dataclass(frozen=True, slots=True)
class Published:
    """The schemas of one moment; `moment`: what it is called, after "since"; `restore`: a command that shows them."""

    moment: str
    restore: str
    content: Content


def recorded(root: Path) -> tuple[Published, ...]:
    """Return what is recorded as deployed, by stage."""
    return tuple(
        Published(f"it was deployed to {file.stem}", "git log --patch --", json.loads(file.read_text(encoding="utf-8")))
        for file in sorted((root / DEPLOYED).glob("*.json"))
    )


def at_commit(root: Path, reference: str) -> Published:
    """Return the schemas of a commit. Raises GitFailed when git does not know it."""
    commit = git(root, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    try:
        files = files_at(root, commit, (SCHEMAS,))
    except GitFailed:  # no folder of that name there
        files = {}
    content = {path: _kept(path, text) for path, (text, _) in files.items() if path.endswith(".json")}
    return Published(reference[:12], f"git checkout {reference[:12]} --", content)


def present(root: Path) -> Content:
    """Return the schemas as they are now."""
    paths = sorted((root / SCHEMAS).glob("*/*/*.json"))
    return {path.relative_to(root).as_posix(): _kept(path.name, path.read_bytes()) for path in paths}


def record(root: Path, stage: str) -> Path:
    """Write down that the schemas as they are now are deployed, beside all that were before; return the file."""
    file = root / DEPLOYED / f"{stage}.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({**before, **present(root)}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return file


def _kept(path: str, text: bytes) -> Any:
    """Return what must stay: the dates of a lifecycle; of a schema a digest of its content, whatever its layout."""
    try:
        content = json.loads(text)
    except ValueError:
        return hashlib.sha256(text).hexdigest()
    if path.endswith(LIFECYCLE):
        return content
    return hashlib.sha256(json.dumps(_judging(content), sort_keys=True).encode()).hexdigest()


def _judging(schema: Any) -> Any:
    """Return the schema without its examples, by which no event is judged."""
    if not isinstance(schema, dict):
        return schema
    return {
        name: {field: _judging(one) for field, one in inner.items()} if name == "properties" else _judging(inner)
        for name, inner in schema.items()
        if name != "examples"
    }
