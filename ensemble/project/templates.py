"""The files of a project's first service, and of any further one: the same templates, with other names in them.

They lie in `starter/`, each with `.txt` after its name so that no tool takes them for the toolkit's own code. A file
is a plain text; the service's name in it is replaced as a word of the text, as a class and as a constant.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).with_name("starter")
SUFFIX = ".txt"

SERVICE = "ticket"
"""The service of the templates."""

PROJECT = "PROJECT"
"""Stands for the project's name, in paths and in texts."""

IMPORTS = re.compile(r"(?:^from functions\..*\n)+", re.MULTILINE)

OF_A_SERVICE = ("functions/", "schemas/", f"tests/test_{SERVICE}.py")
"""Where the files of the service alone lie; all others are written once for a project."""


def project_files(project: str) -> dict[str, str]:
    """Return the text of each file of a new project, by its path."""
    return {path: text.replace(PROJECT, project) for path, text in _templates().items()}


def service_files(service: str) -> dict[str, str]:
    """Return the text of each file of a further service, by its path: its code, its schemas and its test."""
    return {
        _renamed(path, service): imports_sorted(_renamed(text, service))
        for path, text in _templates().items()
        if path.startswith(OF_A_SERVICE)
    }


def imports_sorted(text: str) -> str:
    """Return the text with each run of imports of the project's functions in the order that ruff asks for."""
    return IMPORTS.sub(lambda run: "".join(sorted(run[0].splitlines(keepends=True))), text)


def _renamed(text: str, service: str) -> str:
    for name in (str.lower, str.capitalize, str.upper):
        text = text.replace(name(SERVICE), name(service))
    return text


def _templates() -> dict[str, str]:
    paths = (path for path in sorted(FOLDER.rglob(f"*{SUFFIX}")) if path.is_file())
    return {
        path.relative_to(FOLDER).as_posix().removesuffix(SUFFIX): path.read_text(encoding="utf-8") for path in paths
    }
