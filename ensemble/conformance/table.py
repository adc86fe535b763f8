"""The table of who answers what, in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from ensemble.conformance.areas import AREAS
from ensemble.conformance.asking import Asked, Verdict
from ensemble.conformance.on_purpose import ON_PURPOSE
from ensemble.conformance.questions import Question

Results = Mapping[str, Mapping[str, Asked]]
"""What each world answered, by the sentence of the question."""

MARKS = {Verdict.SAME: "✓", Verdict.OTHER: "✗", Verdict.NONE: "-"}
LONGEST = 110

HEAD = """# Who answers as AWS does

Written by `make conformance`. Each line is a small question, asked by an AWS client. What AWS answers is in a document
of AWS, which stands below where somebody answers otherwise. ✓ as AWS, ✗ otherwise, - not answered at all. The
simulator answers what the kit asks of tables; moto and ministack are emulators of AWS that others make.

`python -m ensemble.conformance --world aws` asks an account of yours: it makes real resources with your credentials,
under names that begin with `conformance-`, and removes them. Nobody has asked AWS for this table.
"""


def table(results: Results) -> str:
    """Return the document: counts, a table for each area, and each difference with what AWS says."""
    return (
        "\n".join(
            [HEAD, *_counts(results), *(line for area in AREAS for line in _area(area.name, area.questions, results))]
        ).rstrip("\n")
        + "\n"
    )


def _counts(results: Results) -> Iterator[str]:
    yield f"| of {sum(len(area.questions) for area in AREAS)} questions | {' | '.join(v.value for v in Verdict)} |"
    yield "|---" * (len(Verdict) + 1) + "|"
    for world, answers in results.items():
        numbers = [sum(one.verdict is verdict for one in answers.values()) for verdict in Verdict]
        yield f"| {world} | {' | '.join(map(str, numbers))} |"
    yield ""


def _area(name: str, questions: Sequence[Question], results: Results) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"| | {' | '.join(results)} |"
    yield "|---" * (len(results) + 1) + "|"
    for question in questions:
        marks = (MARKS[answers[question.sentence].verdict] for answers in results.values())
        yield f"| {question.sentence} | {' | '.join(marks)} |"
    yield ""
    for question in questions:
        differing = {world: answers[question.sentence] for world, answers in results.items()}
        yield from _differences(
            question, {world: one for world, one in differing.items() if one.verdict is Verdict.OTHER}
        )


def _differences(question: Question, differing: Mapping[str, Asked]) -> Iterator[str]:
    """Yield a paragraph on who answers a question otherwise than the document says."""
    if not differing:
        return
    answers = "; ".join(f"{world} `{_short(one.answer)}`" for world, one in differing.items())
    yield f"- **{question.sentence}**: `{_short(question.expected)}` ({question.document}); {answers}"
    if "laptop" in differing:
        yield f"  The laptop: {ON_PURPOSE.get(question.sentence, 'no reason is known')}."
    yield ""


def _short(answer: object) -> str:
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=True, sort_keys=True, default=str)
    text = text.replace("`", "'").replace("\n", " ")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
