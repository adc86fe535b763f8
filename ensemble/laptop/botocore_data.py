"""Botocore's list of endpoints, the longest of its data files, read once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import PurePath
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

SHARED = frozenset({"endpoints", "partitions"})
"""What is shared. The models of services are not: whoever asks for one may change it."""


class ReadOnce(JSONFileLoader):
    """Reads the list of endpoints once: each function has a session of its own, and each session would read it anew."""

    def load_file(self, file_path: str) -> Any:
        """Return the content of a file, without its ending; None if there is none."""
        return _shared(file_path) if PurePath(file_path).name in SHARED else super().load_file(file_path)


@cache
def _shared(file_path: str) -> Any:
    return JSONFileLoader().load_file(file_path)


def read_endpoints_once() -> None:
    """Let every loader of this process that is made from now on share what it reads of them (botocore, `Loader`)."""
    Loader.FILE_LOADER_CLASS = ReadOnce
