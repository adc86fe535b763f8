"""What is deployed: the schemas and the stored states of each stage when it was deployed, in `deployed/<stage>.json`.

`ensemble deployed STAGE` writes it after a deployment, and it is committed. It holds what must not change any more, by
content and not by a commit: a commit is gone after a squash and not there in a shallow clone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ensemble.project.errors import GitFailed, RecordUnreadable
from ensemble.project.git import files_at, git

SCHEMAS, DEPLOYED, LIFECYCLE = "schemas", "deployed", "lifecycle.json"

Content = Mapping[str, Any]
"""By path, what must stay of a file: the digest of a version's schema, the dates of a `lifecycle.json`."""


@dataclass(frozen=True, slots=True)
class Published:
    """The schemas of one moment; `moment`: what it is called, after "since"; `restore`: a command that shows them.

    `stage`: where they are deployed, if that is why they count. `services`: by their files, what is recorded of the
    services with their stored states (`ensemble/contracts/states`).
    """

    moment: str
    restore: str
    content: Content
    stage: str = ""
    services: Content = field(default_factory=dict)


def recorded(root: Path) -> tuple[Published, ...]:
    """Return what is recorded as deployed, by stage. Raises RecordUnreadable."""
    return tuple(_recorded(file.stem, _read(file)) for file in sorted((root / DEPLOYED).glob("*.json")))


def _recorded(stage: str, whole: Content) -> Published:
    services = {path: one for path, one in whole.items() if not path.startswith(f"{SCHEMAS}/")}
    content = {path: one for path, one in whole.items() if path not in services}
    return Published(f"it was deployed to {stage}", "git log --patch --", content, stage, services)


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


def record(root: Path, stage: str, services: Content | None = None) -> Path:
    """Write down that the schemas as they are now are deployed, beside all that were before; return the file.

    `services`: what of the services is recorded now, by their files; of those that are not named it stays as it was.
    """
    file = root / DEPLOYED / f"{stage}.json"
    _write(file, {**_read(file), **present(root), **(services or {})})
    return file


def record_services(root: Path, stage: str, service: str, change: Callable[[Any], Any]) -> str:
    """Change what is recorded of one service in a stage; return the file's path in the project."""
    file = root / DEPLOYED / f"{stage}.json"
    whole, path = _read(file), f"functions/{service}/service.py"
    _write(file, {**whole, path: change(whole[path])})
    return file.relative_to(root).as_posix()


def _read(file: Path) -> dict[str, Any]:
    path = f"{DEPLOYED}/{file.name}"
    try:
        read: Any = json.loads(file.read_bytes()) if file.exists() else {}
    except ValueError as error:  # such as a merge that was not ended
        raise RecordUnreadable(path, f"is not JSON: {error}") from None
    wrong = None if isinstance(read, dict) else "all of it"
    if wrong is None:
        wrong = next((name for name, one in read.items() if not _is_entry(name, one)), None)
    if wrong is not None:
        raise RecordUnreadable(path, f"is not what `ensemble deployed` wrote: see {wrong}")
    return dict(read)


def _is_entry(path: str, entry: Any) -> bool:
    """Whether it may be what is recorded of a schema's version, of the ends of versions, or of a service."""
    if path.startswith(f"{SCHEMAS}/"):
        return isinstance(entry, dict if path.endswith(LIFECYCLE) else str)
    if not isinstance(entry, dict) or not isinstance(entry.get("table"), str):
        return False
    keys, states = entry.get("keys", {}), entry.get("states", {})
    shapes = isinstance(states, dict) and all(one.isdecimal() and isinstance(states[one], dict) for one in states)
    sagas = entry.get("sagas", [])
    tables = isinstance(sagas, list) and all(isinstance(one, dict) and "stages" in one for one in sagas)
    return isinstance(keys, dict) and shapes and tables


def _write(file: Path, whole: Content) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


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
