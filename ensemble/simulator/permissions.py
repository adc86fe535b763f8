"""Whether the role of a function lets it make a call, as synthesized."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ensemble.aws.policies import Statement, permits


class Permissions:
    """The policies of one role; each question is answered once, and counted in `calls` if it is allowed.

    A call is its action, its resource and the values of its condition keys.
    """

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._answers: dict[tuple[str, str, tuple[str, ...]], bool] = {}
        self.calls: Counter[tuple[str, str, tuple[str, ...]]] = Counter()

    @property
    def refused(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """The calls that were not allowed."""
        return [asked for asked, is_allowed in self._answers.items() if not is_allowed]

    def allow(self, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
        """Return whether the call is allowed. `context` holds the condition keys that the call sets."""
        asked = (action, resource, tuple(context.values()) if context else ())
        if asked not in self._answers:
            keys = {key: [value] for key, value in (context or {}).items()}
            self._answers[asked] = permits(self._statements, action, resource, keys)
        if self._answers[asked]:
            self.calls[asked] += 1
        return self._answers[asked]
