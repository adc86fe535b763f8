"""Decides whether every document that one JSON schema accepts is accepted by another one.

Yes is said only with a proof, no only with a document that shows it; else the answer is that it is unknown.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from ensemble.contracts.containment.dialect import Node, ReferenceUnresolved, Schema, closed, undecided
from ensemble.contracts.containment.evaluation import Formats, Violation, fits, violations
from ensemble.contracts.containment.proof import Proof
from ensemble.contracts.containment.samples import samples

__all__ = ["ABSENT", "Answer", "Containment", "Finding", "accepts", "closed", "contained"]

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT"})()
"""Stands for the witness that a finding does not have."""


class Answer(Enum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """Why not: where in the document (`$.lines[].name`), what the reader does not take, and a document it refuses."""

    path: str
    change: str
    witness: Any = ABSENT


@dataclass(frozen=True, slots=True)
class Containment:
    """The answer; with NO each finding has a witness, with UNKNOWN none has, with YES there is no finding."""

    answer: Answer
    findings: tuple[Finding, ...] = ()


def contained(writer: Schema, reader: Schema, *, enforced_formats: Formats = frozenset()) -> Containment:
    """Decide whether the reader accepts whatever the writer does, both taken as they are written.

    `enforced_formats`: the values of `format` that are checked; the others are annotations.
    """
    return _contained(pickle.dumps(writer), pickle.dumps(reader), frozenset(enforced_formats))


@lru_cache(maxsize=1_024)
def _contained(writing: bytes, reading: bytes, enforced_formats: Formats) -> Containment:
    """Decide it of two schemas, pickled: whoever checks a project again, asks the same of most of its schemas.

    A part that stands at many places of a schema is pickled once. As JSON, alternatives within alternatives grow beyond
    all measure.
    """
    writer, reader = pickle.loads(writing), pickle.loads(reading)
    refused = [Finding(path, reason) for schema in (writer, reader) for path, reason in undecided(schema)]
    if refused:
        return Containment(Answer.UNKNOWN, tuple(refused))
    try:
        return _decided(Node(writer, writer), Node(reader, reader), enforced_formats)
    except (ReferenceUnresolved, RecursionError) as error:
        return Containment(Answer.UNKNOWN, (Finding("$", str(error)),))


def accepts(schema: Schema, document: Any, *, enforced_formats: Formats = frozenset()) -> bool:
    """Return whether a schema of the dialect accepts the document. Raises ReferenceUnresolved."""
    return fits(Node(schema, schema), document, enforced_formats)


def _decided(writer: Node, reader: Node, formats: Formats) -> Containment:
    proof = Proof(formats)
    if proof.holds([writer], reader):
        return Containment(Answer.YES)
    findings = tuple(_witnessed(writer, reader, formats))
    if findings:
        return Containment(Answer.NO, findings)
    path, keyword = proof.stuck[0] if proof.stuck else ("$", "$ref")
    return Containment(
        Answer.UNKNOWN, (Finding(path, f"neither a proof nor a counterexample was found for {keyword!r}"),)
    )


def _witnessed(writer: Node, reader: Node, formats: Formats) -> Iterator[Finding]:
    """Yield one finding for each place and keyword of the reader, each with its plainest witness."""
    plainest: dict[tuple[str, str], tuple[tuple[int, int], Violation, Any]] = {}
    for document in samples([writer], [reader], formats):
        broken = list(violations(reader, document, formats))
        weight = (len(broken), len(json.dumps(document)))
        for violation in broken:
            cause = (violation.path, violation.keyword)
            if cause not in plainest or weight < plainest[cause][0]:
                plainest[cause] = (weight, violation, document)
    for _, violation, document in plainest.values():
        yield Finding(violation.path, violation.change, document)
