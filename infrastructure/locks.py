"""What the functions of a service need: `requirements.in` asks for it, `make lock` pins it in `requirements.txt`.

What is pinned has hashes, so that nothing else can be installed in its place, and no conditions: it is for the
functions' platform alone.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from ensemble.contracts.findings import Finding
from infrastructure.errors import BundleRefused

ASKED, LOCK = "requirements.in", "requirements.txt"

PINNED = re.compile(r"(?P<pin>[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?==[^\s;]+)(?P<hashes>( --hash=\w+:[0-9a-f]+)*)")
MADE = re.compile(r"# Made by `make lock` from requirements\.in \(\w+\)")


def head_of(asked: str) -> str:
    """Return the first line of a lock: it changes with each line of `requirements.in` that is no comment."""
    lines = (line.partition("#")[0].strip() for line in asked.splitlines())
    digest = hashlib.sha256("\n".join(line for line in lines if line).encode()).hexdigest()
    return f"# Made by `make lock` from {ASKED} ({digest[:16]}): do not edit.\n"


def read_lock(root: Path, service: str) -> tuple[str, ...]:
    """Return what is pinned for the functions of a service, a library each with its hashes; nothing without a lock.

    Raises BundleRefused when the lock is not that of `requirements.in`, or pins something without a hash.
    """
    folder = Path("functions", service)
    asked, lock = folder / ASKED, folder / LOCK
    text = (root / lock).read_text(encoding="utf-8") if (root / lock).exists() else ""
    _check_head(root, asked, lock, text)
    pins = tuple(_requirements(text))
    for pin in pins:
        _check_pin(lock, pin)
    return pins


def _check_head(root: Path, asked: Path, lock: Path, text: str) -> None:
    """Refuse a lock that is not made of what is asked for now."""
    if (root / asked).exists():
        if not text.startswith(head_of((root / asked).read_text(encoding="utf-8"))):
            when = "it changed since it was locked" if text else "what it asks for is not locked"
            raise BundleRefused(Finding(asked.as_posix(), when, "make lock setup"))
    elif MADE.match(text):
        problem = f"it was made from {ASKED}, which is gone"
        raise BundleRefused(Finding(lock.as_posix(), problem, f"put {ASKED} back, or delete {LOCK} too"))


def _requirements(text: str) -> list[str]:
    """Return the requirements, each in one line, without comments."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = (" ".join(re.sub(r"(^|\s)#.*", "", line).split()) for line in joined.splitlines())
    return [line for line in lines if line]


def _check_pin(lock: Path, requirement: str) -> None:
    pinned = PINNED.match(requirement)
    if pinned is None or pinned.end() != len(requirement):
        problem = f"{requirement.partition(' --hash')[0]!r} is not one version of one library, without conditions"
    elif not pinned["hashes"]:
        problem = f"{pinned['pin']} has no hash: something else could be installed in its place"
    else:
        return
    raise BundleRefused(
        Finding(lock.as_posix(), problem, f"name the library in {lock.parent / ASKED}, then make lock setup")
    )
