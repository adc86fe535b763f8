"""What ends among what a project uses: warned of in time, and as long as it is used (decision 0037)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ensemble.contracts.findings import Finding

FILE = "ensemble/dated_facts.toml"

WARNING_DAYS = 180
"""How long ahead an end is warned of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A row of the file, whose head says what its fields mean. It has either `ends` or `look`."""

    what: str
    used: str
    file: str
    text: str
    then: str
    do: str
    source: str
    looked_up: date
    ends: date | None = None
    look: date | None = None

    def __post_init__(self) -> None:
        if (self.ends is None) == (self.look is None):
            raise ValueError(f"{FILE}: {self.what} needs one of `ends` and `look`")

    def holds(self, root: Path) -> bool:
        """Whether the project uses it."""
        file = root / self.file
        return file.exists() and self.text in file.read_text(encoding="utf-8")

    def finding(self, when: str) -> Finding:
        """Return the fact as a finding."""
        problem = f"{self.what} {when}: {self.then}. It is used for {self.used}"
        return Finding(self.file, problem, f"{self.do} ({self.source}, read on {self.looked_up}; {FILE})")


def facts(root: Path) -> tuple[Fact, ...]:
    """Return the facts that hold in the project; none where it has no such file."""
    file = root / FILE
    if not file.exists():
        return ()
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["fact"]
    return tuple(fact for fact in (Fact(**row) for row in rows) if fact.holds(root))


def ending(root: Path, today: date) -> Iterator[Finding]:
    """Yield what ends soon or has ended, and what is to be looked at again.

    No day makes a check fail: what passed yesterday and did not change passes today.
    """
    for fact in facts(root):
        if fact.ends is not None and fact.ends <= today:
            yield fact.finding(f"ended on {fact.ends}")
        elif fact.ends is not None and fact.ends <= today + timedelta(days=WARNING_DAYS):
            days = (fact.ends - today).days
            yield fact.finding(f"ends on {fact.ends}, in {days} day{'' if days == 1 else 's'}")
        if fact.look is not None and fact.look <= today:
            yield fact.finding(f"is to be looked at again since {fact.look}")
