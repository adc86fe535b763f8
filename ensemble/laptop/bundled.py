"""What of a bundle is imported here: its own modules. The libraries in it are built for the functions' machine.

They come from this environment instead, in the same versions, since `make lock` pins both alike. The bytecode of a
bundle's own modules is kept beside the bundles: in them there is only what the functions' own Python reads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from importlib.metadata import Distribution, PackageNotFoundError, distributions, version
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType
from typing import Any

BYTECODE = ".bytecode"
"""The folder of the bytecode, beside the bundles."""

_own: dict[str, frozenset[str]] = {}
"""The names of the modules that are imported from a bundle, by its folder."""


def own_modules(directory: Path) -> frozenset[str]:
    """Return the names of the modules at the top of a bundle that are no library's; from now on only they are found."""
    if str(directory) not in _own:
        _own[str(directory)] = _top_level(directory) - _of_libraries(directory)
        sys.path_importer_cache.pop(str(directory), None)
        if _finder not in sys.path_hooks:
            sys.path_hooks.insert(0, _finder)
    return _own[str(directory)]


def missing_libraries(directory: Path) -> list[str]:
    """Return the libraries in a bundle that this environment does not have in the same version, each as a sentence."""
    missing = []
    for library in _libraries(directory):
        try:
            here = version(library.name)
        except PackageNotFoundError:
            here = "none"
        if here != library.version:
            missing.append(f"the bundle has {library.name} {library.version}, and this environment has {here}")
    return missing


class _Finder(FileFinder):
    """Finds in the top folder of a bundle only its own modules."""

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
        own = _own.get(self.path)
        if own is not None and fullname.partition(".")[0] not in own:
            return None
        return super().find_spec(fullname, target)


class BundleLoader(SourceFileLoader):
    """Loads a module of a bundle, and keeps its bytecode beside the bundles.

    `named`: the file that the code names as its own, for an editor's breakpoints; None is the bundle's. `replaced`:
    what the module has instead of what it defines, by name.
    """

    named: str | None = None
    replaced: Mapping[str, Any] = MappingProxyType({})

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        super().exec_module(module)
        vars(module).update(self.replaced)

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the module's code, from its bytecode where that is fresh."""
        code = self._compiled(fullname)
        return code if code is None or self.named is None else _renamed(code, self.named)

    def _compiled(self, fullname: str) -> CodeType | None:
        bundle = next(folder for folder in _own if _is_below(self.path, folder))
        before = sys.pycache_prefix, sys.dont_write_bytecode
        sys.pycache_prefix, sys.dont_write_bytecode = str(Path(bundle).parent / BYTECODE), False
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix, sys.dont_write_bytecode = before


def _finder(folder: str) -> FileFinder:
    if not any(folder == bundle or _is_below(folder, bundle) for bundle in _own):
        raise ImportError(f"{folder} is in no bundle", path=folder)
    return _Finder(folder, (BundleLoader, [".py"]))


def _renamed(code: CodeType, file: str) -> CodeType:
    """Return a code object that names the file, and so do all within it."""
    inner = tuple(_renamed(one, file) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_filename=file, co_consts=inner)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder + os.sep)


def _top_level(directory: Path) -> frozenset[str]:
    return frozenset(
        entry.name.removesuffix(".py")
        for entry in directory.iterdir()
        if entry.suffix == ".py" or (entry.is_dir() and entry.name.isidentifier())
    )


def _of_libraries(directory: Path) -> frozenset[str]:
    """Return the names at the top of what the libraries' records list (PyPA, "Recording installed projects")."""
    files = (file for library in _libraries(directory) for file in library.files or ())
    return frozenset(file.parts[0].partition(".")[0] for file in files)


def _libraries(directory: Path) -> list[Distribution]:
    return list(distributions(path=[str(directory)])) if any(directory.glob("*.dist-info")) else []
