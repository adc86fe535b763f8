"""`python -m tests.toolkit.declarations`: prints each wrong declaration and publication with what refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import copy_lending
from tests.toolkit.declarations import typed
from tests.toolkit.declarations.cases import WRONG
from tests.toolkit.declarations.judging import documents, errors_of_mypy


def rows(project: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield what is wrong, who refuses it, the message, and the fix, which mypy does not say."""
    for wrong, document in zip(WRONG, documents(project, [one.edits for one in WRONG]), strict=True):
        for finding in document["findings"] or [{"file": "", "message": "not refused", "fix": ""}]:
            yield wrong.name, "check", f"{finding['file']}: {finding['message']}", finding["fix"]
    errors = errors_of_mypy(project)
    for name, code, _ in typed.WRONG:
        for error in errors.get((typed.FILE, typed.line_of(code)), ["not refused"]):
            yield name, "mypy", error, ""


def main() -> None:
    with TemporaryDirectory() as folder:
        print("| wrong | by | message | fix |\n|---|---|---|---|")
        for row in rows(copy_lending(Path(folder) / "project")):
            print(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |")


if __name__ == "__main__":
    main()
