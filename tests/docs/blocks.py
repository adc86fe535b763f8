"""The files that a document shows: a line with the path, then a block with the whole content."""

from __future__ import annotations

import re
from pathlib import Path

FILE = re.compile(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_of(text: str) -> dict[str, str]:
    """Return the content of each file that the text shows, by its path."""
    shown = FILE.findall(text)
    files = dict(shown)
    assert len(files) == len(shown), "a file is shown twice"
    return files


def write(files: dict[str, str], project: Path) -> None:
    """Write the files into a project that has none of them yet."""
    for name, content in files.items():
        path = project / name
        assert not path.exists(), f"{name} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
