"""A finding: what is wrong in which file, and what to do. Every check gives these, and every command prints them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

WIDTH = 80
"""Columns of what is printed where there is no terminal."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`file`: its path in the project, or what else the finding is about. `problem`: what is wrong, and who is harmed.

    `fix`: what to do, without a stop at its end; empty where the problem says it.
    """

    file: str
    problem: str
    fix: str = ""

    def __str__(self) -> str:
        """Return the finding in one line."""
        return f"{self.file}: {self.problem}" + (f". Fix: {self.fix}" if self.fix else "")

    def as_json(self) -> dict[str, str]:
        """Return the finding as `ensemble check --json` prints it."""
        return {"file": self.file, "message": self.problem, "fix": self.fix}


def finding_from(values: Mapping[str, str]) -> Finding:
    """Return the finding that was written by `as_json`."""
    return Finding(values["file"], values["message"], values["fix"])


def text_of(findings: Sequence[Finding], kind: str = "finding") -> str:
    """Return the findings as blocks, the file first, wrapped to the terminal's width, and their count at the end."""
    width = max(40, shutil.get_terminal_size((WIDTH, 24)).columns)
    number = f"{len(findings):,} {kind}{'' if len(findings) == 1 else 's'}"
    return "\n\n".join([*(_block(finding, width) for finding in findings), number])


def _block(finding: Finding, width: int) -> str:
    texts = [finding.problem, *([f"Fix: {finding.fix}"] if finding.fix else [])]
    return "\n".join([finding.file, *_wrapped(texts, width)])


def _wrapped(texts: Iterable[str], width: int) -> Iterable[str]:
    """Yield the texts as indented lines; a path or a command is never broken."""
    for text in texts:
        sentence = text if text.endswith((".", "?", "!")) or text.startswith("Fix: ") else f"{text}."
        yield fill(
            " ".join(sentence.split()),
            width,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
