"""A finding: what is wrong in which file, and what to do. Every check gives these, and every command prints them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

FILE = "findings.json"
"""Where a refused synthesis leaves its findings, in the cloud assembly."""

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


def leave(findings: Iterable[Finding], assembly: Path) -> None:
    """Write the findings of a refused synthesis into its assembly, for the commands, which read no text."""
    assembly.mkdir(parents=True, exist_ok=True)
    listed = json.dumps([finding.as_json() for finding in findings])
    (assembly / FILE).write_text(listed, encoding="utf-8")


def left_in(assembly: Path) -> list[Finding]:
    """Return the findings that a refused synthesis left."""
    if not (assembly / FILE).exists():
        return []
    return [finding_from(values) for values in json.loads((assembly / FILE).read_text(encoding="utf-8"))]


def text_of(findings: Sequence[Finding], kind: str = "finding") -> str:
    """Return the findings as blocks, the file first, wrapped to the terminal's width, and their count at the end."""
    width = max(40, shutil.get_terminal_size((WIDTH, 24)).columns)
    number = f"{len(findings):,} {kind}{'' if len(findings) == 1 else 's'}"
    return "\n\n".join([*(_block(finding, width) for finding in findings), number])


def _block(finding: Finding, width: int) -> str:
    texts = [finding.problem, *([f"Fix: {finding.fix}"] if finding.fix else [])]
    file = " ".join(finding.file.splitlines())  # a name with a line end would begin a line of its own
    return "\n".join([file, *_wrapped(texts, width)])


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
