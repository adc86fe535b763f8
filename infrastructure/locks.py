"""What the functions of a service need: `requirements.in` asks for it, `make lock` pins it in `requirements.txt`."""

from __future__ import annotations

import hashlib

ASKED, LOCK = "requirements.in", "requirements.txt"


def head_of(asked: str) -> str:
    """Return the first line of a lock: it changes with each line of `requirements.in` that is no comment."""
    lines = (line.partition("#")[0].strip() for line in asked.splitlines())
    digest = hashlib.sha256("\n".join(line for line in lines if line).encode()).hexdigest()
    return f"# Made by `make lock` from {ASKED} ({digest[:16]}): do not edit.\n"
