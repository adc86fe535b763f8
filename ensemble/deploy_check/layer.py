"""The layer that the functions import Powertools from: made of what is installed here, as the emulator has none."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

LAYER = "aws-lambda-powertools"
EXTRA = re.compile(r"""extra *== *['"](\w+)['"]""")
TRACER = "tracer"
OF_THE_RUNTIME = frozenset({"boto3", "botocore", "s3transfer"})
"""What a function has without a layer."""

NAME = re.compile(r"[A-Za-z0-9._-]+")


def powertools_layer() -> bytes:
    """Return the zip of a layer with Powertools, and all that it needs beyond the runtime's own packages."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for package in _closure(LAYER):
            for file in package.files or ():
                path = package.locate_file(file)
                if ".." not in file.parts and "__pycache__" not in file.parts and path.is_file():  # type: ignore[attr-defined]
                    archive.write(str(path), f"python/{file.as_posix()}")
    return content.getvalue()


def _closure(name: str) -> Iterator[Distribution]:
    """Yield a package that is installed, and those that it needs."""
    waiting, found = [name], set(OF_THE_RUNTIME)
    while waiting:
        one = waiting.pop()
        if one.lower() in found:
            continue
        found.add(one.lower())
        try:
            package = distribution(one)
        except PackageNotFoundError:  # what is needed elsewhere, on another Python
            continue
        yield package
        waiting += [needed for text in package.requires or () if (needed := _needed(text, is_root=one == name))]


def _needed(requirement: str, *, is_root: bool) -> str | None:
    """Return the name that a requirement asks for; None when it is for an extra that is not in the layer."""
    extra = EXTRA.search(requirement)
    if extra and not (is_root and extra[1] == TRACER):
        return None
    found = NAME.match(requirement)
    return found[0] if found else None
