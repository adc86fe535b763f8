"""The Lambda bundle of a service: the kit, its own folder, its compiled contracts, and ready bytecode.

Bytecode is compiled with unchecked hashes: packaging resets file times, and what Python checks by time it
would compile again at each cold start. It helps when the synthesizing Python is the one that Lambda runs.
"""

from __future__ import annotations

import hashlib
import py_compile
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.contracts import compile_contracts, upcasters

RESOURCES = "resources.py"
"""The file of a service that is CDK code, and so not the function's."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A service's bundle, built: its content's hash and its folder in the cloud assembly."""

    hash: str
    folder: Path


def build(root: Path, service: Service, schemas: Schemas, assembly: Path) -> Bundle:
    """Build the bundle of a service of the project at `root` into the cloud assembly, unless it is there.

    The hash covers the sources and the Python version, not the bytecode: its bytes may differ from run to run.
    """
    sources = _sources(root, service, schemas)
    hash = _hash(sources)
    bundle = Bundle(hash, assembly / f"asset.{hash}")
    if not bundle.folder.exists():
        unfinished = assembly / f"unfinished.{hash}"
        shutil.rmtree(unfinished, ignore_errors=True)
        for path, source in sources.items():
            _write(unfinished, path, source)
        unfinished.rename(bundle.folder)
    return bundle


def _sources(root: Path, service: Service, schemas: Schemas) -> dict[str, bytes]:
    """Return what the service's functions import, by path in the bundle, each at its place in the project."""
    contracts = compile_contracts(service, schemas)
    functions = root / "functions"
    folders = (functions / "kit", functions / service.name)
    paths = [path for folder in folders for path in folder.rglob("*.py") if path != folder / RESOURCES]
    paths += [root / upcaster for upcaster in upcasters(service, schemas)]
    sources = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths)}
    # With an `__init__.py` the folder is all of `functions` there is, wherever else on the path one may be.
    return sources | {"functions/__init__.py": b"", "functions/contracts.py": contracts.encode()}


def _hash(sources: dict[str, bytes]) -> str:
    digest = hashlib.sha256(str(sys.implementation.cache_tag).encode())
    for path, source in sorted(sources.items()):
        digest.update(f"\n{path} {len(source)}\n".encode() + source)
    return digest.hexdigest()


def _write(folder: Path, path: str, source: bytes) -> None:
    """Write a source file and its bytecode, which names the file by its path in the bundle.

    Anybody may read them, whatever this machine's umask: Lambda reads them as a user of its own.
    """
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(source)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    bytecode = py_compile.compile(str(file), dfile=path, doraise=True, invalidation_mode=unchecked)
    for made in (file, Path(str(bytecode))):
        made.chmod(0o644)
