"""Ids that look like AWS's and are the same in each run with the same seed."""

from __future__ import annotations

import hashlib
import random
import uuid


class Identifiers:
    """Makes ids from a seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def go_on_from(self, seed: str) -> None:
        """Make ids from another seed from now on."""
        self._random = random.Random(seed)

    def successor(self) -> str:
        """Return the seed to go on from: the same as long as no id was made."""
        return hashlib.sha256(repr(self._random.getstate()).encode()).hexdigest()

    def uuid(self) -> str:
        """Return a new UUID (version 4 in form)."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def trace_header(self, now: float, *, is_sampled: bool) -> str:
        """Return a new X-Ray trace header (X-Ray Developer Guide, "Tracing header")."""
        trace, segment = self._random.getrandbits(96), self._random.getrandbits(64)
        return f"Root=1-{int(now):08x}-{trace:024x};Parent={segment:016x};Sampled={is_sampled:d}"
