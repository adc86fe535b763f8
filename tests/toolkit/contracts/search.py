"""Searches for an unsound answer: `python -m tests.toolkit.contracts.search --pairs 100000 --seed 1`, on all cores.

For each generated pair of schemas an independent validator judges documents made along both: one that the writer
accepts and the reader refuses disproves a yes; and it has to agree with each witness of a no.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from ensemble.contracts.containment import Answer, contained
from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.samples import samples
from tests.toolkit.contracts.generated import documents, pair

CHUNK = 500
DOCUMENTS = 20


def _pattern(_: Any, asked: str, document: Any, __: Any) -> Iterator[ValidationError]:
    """Take `$` as JSON Schema has it: in Python's `re` it lets a line end pass."""
    if isinstance(document, str) and re.search(asked.replace("$", r"\Z"), document) is None:
        yield ValidationError(f"{document!r} does not match {asked}")


Judge = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def judged(writer: Any, reader: Any, random: Random) -> tuple[str, int, Any]:
    """Return the answer to a pair, how many of the documents tried the writer accepts, and what disproves it."""
    answer = contained(writer, reader)
    sends, takes = Judge(writer), Judge(reader)
    if answer.answer is Answer.NO:
        wrong = [f.witness for f in answer.findings if not sends.is_valid(f.witness) or takes.is_valid(f.witness)]
        return "no", 0, wrong[:1] or None
    made = [*documents(random, writer, DOCUMENTS), *documents(random, reader, DOCUMENTS // 2)]
    made += samples([Node(writer, writer)], [Node(reader, reader)], frozenset())
    sent = [document for document in made if sends.is_valid(document)]
    refused = [document for document in sent if not takes.is_valid(document)]
    return answer.answer.value, len(sent), refused[:1] or None


def searched(seed: int) -> tuple[Counter[str], list[Any]]:
    """Judge a chunk of pairs; return the counts and each unsound answer with its pair."""
    random, counts, unsound = Random(seed), Counter[str](), list[Any]()
    for _ in range(CHUNK):
        writer, reader = pair(random)
        answer, tried, wrong = judged(writer, reader, random)
        counts[answer] += 1
        counts["documents"] += tried
        if wrong is not None and answer == "unknown":
            counts["missed"] += 1
        elif wrong is not None:
            unsound.append((answer, writer, reader, wrong[0]))
    return counts, unsound


def main(arguments: Iterable[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(list(arguments))
    total, unsound = Counter[str](), list[Any]()
    chunks = max(1, options.pairs // CHUNK)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, (counts, wrong) in enumerate(
            pool.map(searched, range(options.seed * 1_000_000, options.seed * 1_000_000 + chunks)), 1
        ):
            total += counts
            unsound += wrong
            print(f"\r{done * CHUNK} of {chunks * CHUNK} pairs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for answer, writer, reader, document in unsound[:5]:
        print(f"unsound {answer}: writer {writer}, reader {reader}, document {document!r}")
    print(f"{chunks * CHUNK} pairs: {total['yes']} yes, {total['no']} no, {total['unknown']} unknown; ", end="")
    print(
        f"{total['documents']} documents tried against yes and unknown; {total['missed']} unknown that are no; ", end=""
    )
    print(f"{len(unsound)} unsound")
    return 1 if unsound else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
