"""Which sources of the project changed since the last look, and how that is said in a line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from ensemble.command_line.run.needs import FILE
from ensemble.command_line.synthesis import sources

KIT = "kit"


class Changes:
    """Compares the files' times, which costs some hundredths of a second, and where these differ their contents."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._times: dict[str, tuple[int, int]] = {}
        self._contents: dict[str, bytes] = {}
        self.new()

    def new(self) -> list[str]:
        """Return the paths of the files that changed, came or went since the last look, as seen from the root."""
        before, self._times = self._times, dict(self._present())
        touched = [path for path in {**before, **self._times} if before.get(path) != self._times.get(path)]
        return sorted(path for path in touched if self._is_changed(path))

    def _present(self) -> Iterator[tuple[str, tuple[int, int]]]:
        for path in (*sources(self._root), self._root / FILE):
            try:
                status = path.stat()
            except FileNotFoundError:  # it went just now, or was never there
                continue
            yield path.relative_to(self._root).as_posix(), (status.st_mtime_ns, status.st_size)

    def _is_changed(self, path: str) -> bool:
        """Whether the content is another than at the last look; remember it."""
        try:
            content = hashlib.sha256((self._root / path).read_bytes()).digest()
        except FileNotFoundError:
            content = b""
        before, self._contents[path] = self._contents.get(path, b""), content
        return before != content


def service_of(path: str) -> str | None:
    """Return the service whose folder a file lies in."""
    match path.split("/"):
        case ["functions", service, _, *_] if service != KIT:
            return service
    return None


def in_words(paths: Iterable[str]) -> str:
    """Return the files as a person calls them: `loan: domain.py, service.py; app.py`."""
    of_services: dict[str, list[str]] = {}
    others = []
    for path in dict.fromkeys(paths):
        service = service_of(path)
        if service is None:
            others.append(path)
        else:
            of_services.setdefault(service, []).append(path.removeprefix(f"functions/{service}/"))
    return "; ".join([*(f"{service}: {', '.join(files)}" for service, files in of_services.items()), *others])
