"""The Lambda bundle of a service: the kit, its own folder, its compiled contracts, its libraries, and ready bytecode.

Bytecode is made when the Python that synthesizes is the one that the functions run, and otherwise not: no other Python
reads it. It has unchecked hashes: packaging resets file times, and what Python checks by time it would compile again at
each cold start. The bundle's hash does not depend on it, nor on that Python in any way.
"""

from __future__ import annotations

import hashlib
import py_compile
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.contracts import compile_contracts, upcasters
from infrastructure.errors import BundleRefused
from infrastructure.imports import run_time_imports, shipped
from infrastructure.libraries import libraries_of
from infrastructure.locks import LOCK
from infrastructure.runtime import BYTECODE_TAG

SAGA = "functions/kit/saga/"
"""The part of the kit that only sagas need."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A service's bundle, built: its content's hash and its folder in the cloud assembly."""

    hash: str
    folder: Path


def build(root: Path, service: Service, schemas: Schemas, assembly: Path, services: Sequence[Service] = ()) -> Bundle:
    """Build the bundle of a service of the project at `root` into the cloud assembly, unless it is there.

    `services`: all of the application, or none where it has no other. The hash covers what is imported, by path and
    content. Raises BundleRefused when a library cannot be packed.
    """
    sources = _sources(root, service, schemas, services)
    libraries = libraries_of(root, service.name).files
    _check_places(service, sources, libraries)
    hash = _hash(sources | libraries)
    bundle = Bundle(hash, assembly / f"asset.{hash}")
    if not bundle.folder.exists() or (makes_bytecode() and not _has_bytecode(bundle.folder)):
        unfinished = assembly / f"unfinished.{hash}"
        shutil.rmtree(unfinished, ignore_errors=True)
        for path, content in (sources | libraries).items():
            _write(unfinished, path, content, is_own=path in sources)
        shutil.rmtree(bundle.folder, ignore_errors=True)
        unfinished.rename(bundle.folder)
    return bundle


def makes_bytecode() -> bool:
    """Whether the Python that synthesizes is the one that the functions run."""
    return sys.implementation.cache_tag == BYTECODE_TAG


def _sources(root: Path, service: Service, schemas: Schemas, services: Sequence[Service]) -> dict[str, bytes]:
    """Return what the service's functions import, by path in the bundle, each at its place in the project."""
    contracts = compile_contracts(service, schemas, services)
    folders = tuple(f"functions/{name}/" for name in ("kit", service.name))
    needed = upcasters(service, schemas)
    paths = {path.relative_to(root).as_posix(): path for path in shipped(root)}
    sources = {name: path.read_bytes() for name, path in paths.items() if name.startswith(folders) or name in needed}
    if not _is_saga(service, sources):
        sources = {name: content for name, content in sources.items() if not name.startswith(SAGA)}
    # With an `__init__.py` the folder is all of `functions` there is, wherever else on the path one may be.
    return sources | {"functions/__init__.py": b"", "functions/contracts.py": contracts.encode()}


def _is_saga(service: Service, sources: Mapping[str, bytes]) -> bool:
    """Whether the service's own modules import what sagas are declared with, for which the others need not pay."""
    own = f"functions/{service.name}/"
    imported = (
        found.module
        for name, content in sources.items()
        if name.startswith(own)
        for found in run_time_imports(content.decode(), name, name.rpartition("/")[0].replace("/", "."))
    )
    return any(f"{module.replace('.', '/')}/".startswith(SAGA) for module in imported)


def _check_places(service: Service, sources: Iterable[str], libraries: Iterable[str]) -> None:
    """Refuse a library that would lie where the project's own modules do."""
    for taken in sorted({path.partition("/")[0] for path in sources} & {path.partition("/")[0] for path in libraries}):
        problem = f"it brings a module {taken}, which is the name of a folder of the project"
        raise BundleRefused(Finding(f"functions/{service.name}/{LOCK}", problem, "take another library"))


def _hash(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(contents.items()):
        digest.update(f"\n{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _has_bytecode(folder: Path) -> bool:
    return any(folder.glob(f"functions/__pycache__/*.{BYTECODE_TAG}.pyc"))


def _write(folder: Path, path: str, content: bytes, *, is_own: bool) -> None:
    """Write a file, and of a source its bytecode, which names the file by its path in the bundle.

    Anybody may read them, whatever this machine's umask: Lambda reads them as a user of its own.
    """
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o644)
    if file.suffix == ".py" and makes_bytecode():
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        # A library may bring sources that it never imports and that are no Python of this version.
        quiet = 0 if is_own else 2
        made = py_compile.compile(str(file), dfile=path, doraise=True, quiet=quiet, invalidation_mode=unchecked)
        if made is not None:
            Path(made).chmod(0o644)
