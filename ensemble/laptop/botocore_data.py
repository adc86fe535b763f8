"""Botocore's data files, read once in a process."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.loaders import JSONFileLoader, Loader


class ReadOnce(JSONFileLoader):
    """Reads each data file once: each function has a session of its own, and each session would read them anew.

    What is read is never changed, but for what `Loader` merges into a service's model, each time the same.
    """

    def load_file(self, file_path: str) -> Any:
        """Return the content of a file, without its ending; None if there is none."""
        return _content(file_path)


@cache
def _content(file_path: str) -> Any:
    return JSONFileLoader().load_file(file_path)


def read_data_once() -> None:
    """Let every loader of this process that is made from now on share what it reads (botocore, `Loader`)."""
    Loader.FILE_LOADER_CLASS = ReadOnce
