"""The names of the project's own domain, found by its folders, and where a text uses one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Names:
    """`words`: services, publishers outside and scenarios, all of them words of English too. `events`: all messages."""

    words: frozenset[str]
    events: frozenset[str]


def names_of_the_project(root: Path) -> Names:
    """Return the names of the services, scenarios, publishers and events of the project in the folder `root`."""
    services = {path.parent.name for path in root.glob("functions/*/service.py")}
    scenarios = {path.parent.name for path in root.glob("scenarios/*/*.py")}
    publishers = {path.parent.parent.name for path in root.glob("schemas/*/*/*.json")}
    events = {path.parent.name for path in root.glob("schemas/*/*/*.json")}
    return Names(frozenset(services | scenarios | publishers), frozenset(events))


def named_in(text: str, names: Names) -> list[str]:
    """Return each use of a name: an event's anywhere, any other where it can be no word of a sentence.

    That is in quotes, in a module or path (`functions.order`, `schemas/order`), or in a stack's name (`dev-order`).
    """
    found: set[str] = set(re.findall(_any(names.events, r"\b{}\b"), text)) if names.events else set()
    if names.words:
        found |= set(re.findall(_any(names.words, r"""(?<=["']){}(?=["'])"""), text))
        found |= set(re.findall(_any(names.words, r"\b(?:(?:functions|schemas|scenarios)[./]|dev-|prod-){}\b"), text))
    return sorted(found)


def _any(names: frozenset[str], pattern: str) -> str:
    return pattern.format(f"(?:{'|'.join(map(re.escape, sorted(names)))})")
