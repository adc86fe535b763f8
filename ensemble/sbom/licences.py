"""Under which licence a package is, and whether it is one that may be used. SPDX's names, SPDX's expressions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

FILE = Path(__file__).parents[1] / "requirements" / "licences.toml"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rules:
    """`allowed`: the licences that may be used. `classifiers`: the licence that a classifier of the Python Package
    Index means. `stated`: the licence of a package that does not say it so that a program reads it, or is not installed
    on every machine."""

    allowed: frozenset[str]
    classifiers: Mapping[str, str]
    stated: Mapping[str, str]


def read_rules(file: Path = FILE) -> Rules:
    """Return the rules of the toolkit."""
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    return Rules(frozenset(read["allowed"]), read["classifiers"], read["stated"])


def is_allowed(expression: str, allowed: frozenset[str]) -> bool:
    """Whether an SPDX expression can be kept by licences that are allowed alone; OR is a choice, AND none."""
    ways = re.split(r"\s+OR\s+", expression.replace("(", " ").replace(")", " ").strip())
    return any(all(one in allowed for one in re.split(r"\s+(?:AND|WITH)\s+", way.strip())) for way in ways)


def licence_of(name: str, rules: Rules) -> str:
    """Return the licence of an installed Python package, by its own metadata (PEP 639; before that by its classifier),
    unless it is stated here; `unknown` for what says none."""
    if name in rules.stated:
        return rules.stated[name]
    try:
        metadata = Distribution.from_name(name).metadata
    except PackageNotFoundError:
        return UNKNOWN
    said = [one for name in ("License-Expression", "License") for one in metadata.get_all(name) or []]
    said += [rules.classifiers.get(one.rpartition(" :: ")[2], "") for one in metadata.get_all("Classifier") or []]
    return next((one for one in said if one and is_allowed(one, rules.allowed)), next(filter(None, said), UNKNOWN))


def refused(licences: Iterable[tuple[str, str]], rules: Rules) -> Iterator[str]:
    """Yield a sentence for each package, given with its licence, that may not be used."""
    for name, licence in licences:
        if not is_allowed(licence, rules.allowed):
            yield (
                f"{name} is under {licence!r}, which is not allowed. Fix: use another package, or let whoever answers "
                f"for licences add it to ensemble/requirements/{FILE.name}"
            )
