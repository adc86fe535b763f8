"""Makes a function's code name the project's own files, so that a breakpoint set in an editor stops there."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

PROJECT = Path(__file__).resolve().parents[2]
"""The project that this toolkit lies in."""


class SourceFinder:
    """Finds the modules of the bundle that is `entered`; their code names the files of the project at `root`.

    It does so where the project's file is the same as the bundle's: else the lines would not fit, and the code keeps
    the name that it has in the bundle.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._directory = root
        self._names: frozenset[str] = frozenset()

    def enter(self, directory: Path, names: frozenset[str]) -> None:
        """From now on find the modules below these top-level names in this directory."""
        self._directory, self._names = directory, names

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as Python itself would, and give it a loader that renames its code."""
        if name.partition(".")[0] not in self._names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader and spec.origin is not None:
            file = project_file(Path(spec.origin), self._directory, self._root)
            if file is not None:
                spec.loader = _Loader(name, spec.origin, file)
        return spec


class _Loader(SourceFileLoader):
    """Loads a module from its bundle, with the bytecode that lies there, as if it were the project's file."""

    def __init__(self, name: str, path: str, file: Path) -> None:
        super().__init__(name, path)
        self._file = str(file)

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the module's code under the name of the project's file."""
        code = super().get_code(fullname)
        return None if code is None else _renamed(code, self._file)


def project_file(path: Path, directory: Path, root: Path) -> Path | None:
    """Return the file of the project that a file of a bundle is a copy of; None when the two differ."""
    if not path.is_relative_to(directory):
        return None
    file = root / path.relative_to(directory)
    try:
        return file if file.read_bytes() == path.read_bytes() else None
    except OSError:
        return None


def _renamed(code: CodeType, file: str) -> CodeType:
    """Return a code object that names the file, and so do all within it."""
    inner = tuple(_renamed(one, file) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_filename=file, co_consts=inner)
