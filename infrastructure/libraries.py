"""The libraries of a service: packed by pip for the functions' platform, without Docker, and kept in `.ensemble/`.

pip takes wheels alone, since nothing can be built here for another machine, and only those whose hash is in the lock.
Kept is what a wheel puts beside the code that imports it, to the byte the same on any machine: no scripts, no bytecode,
no notes of pip about itself.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ensemble.contracts.findings import Finding
from infrastructure.errors import BundleRefused
from infrastructure.locks import ASKED, LOCK, read_lock
from infrastructure.runtime import ARCHITECTURE, GLIBC, PLATFORMS, PYTHON

CACHE = Path(".ensemble", "libraries")

ABI = f"cp{PYTHON.replace('.', '')}"

PIP = (
    *("pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1", "--no-compile"),
    *("--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON),
    *(part for abi in (ABI, "abi3", "none") for part in ("--abi", abi)),
    *(part for platform in PLATFORMS for part in ("--platform", platform)),
)

OF_PIP = ("INSTALLER", "REQUESTED", "direct_url.json")
"""What pip notes beside a library about itself (PyPA specifications, "Recording installed projects")."""

NO_WHEEL = re.compile(r"No matching distribution found for (\S+)")
NO_INDEX = re.compile("connection broken|Could not fetch URL|Max retries exceeded")


@dataclass(frozen=True, slots=True)
class Libraries:
    """The libraries of a service, packed in a folder; none without a folder."""

    folder: Path | None = None

    @property
    def paths(self) -> list[str]:
        """Return the files, by their paths in the bundle."""
        folder = self.folder
        return (
            sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()) if folder else []
        )

    @property
    def modules(self) -> frozenset[str]:
        """Return the names that code imports them by."""
        tops = (path.split("/", 1) for path in self.paths)
        return frozenset(name for top, *inner in tops if (name := _module(top, is_folder=bool(inner))).isidentifier())

    @property
    def files(self) -> dict[str, bytes]:
        """Return the content of each file, by its path in the bundle."""
        return {path: (self.folder / path).read_bytes() for path in self.paths} if self.folder else {}


def libraries_of(root: Path, service: str) -> Libraries:
    """Return the libraries of a service of the project at `root`, packed now unless they are in the cache.

    Raises BundleRefused when the lock is refused, or pip cannot install what it names.
    """
    pins = read_lock(root, service)
    if not pins:
        return Libraries()
    content = hashlib.sha256("\n".join((*PIP, *pins)).encode()).hexdigest()
    folder = root / CACHE / content
    if not folder.is_dir():
        _pack(root, service, folder)
    return Libraries(folder)


def all_libraries(root: Path) -> Mapping[str, Libraries]:
    """Return the libraries of each service. Raises BundleRefused, as above."""
    return {
        path.parent.name: libraries_of(root, path.parent.name) for path in sorted(root.glob("functions/*/service.py"))
    }


def _module(name: str, *, is_folder: bool) -> str:
    """Return the module that a file or a folder of this name is; of other files "", and of notes no identifier."""
    return name if is_folder else name.partition(".")[0] if name.endswith((".py", ".so")) else ""


def _pack(root: Path, service: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = f"functions/{service}/{LOCK}"
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        installed, kept = Path(scratch, "installed"), Path(scratch, "kept")
        command = [sys.executable, "-m", *PIP, "--target", str(installed), "--requirement", lock]
        run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise BundleRefused(_refusal(service, lock, run.stderr))
        for record in sorted(installed.glob("*.dist-info/RECORD")):
            _keep(installed, record, kept)
        try:
            kept.rename(folder)
        except OSError:  # another process was faster
            if not folder.is_dir():
                raise


def _keep(installed: Path, record: Path, kept: Path) -> None:
    """Copy what a library's record names and belongs beside the code, and the record of just that."""
    rows = list(_kept_rows(record))
    own = record.relative_to(installed).as_posix()
    for path, *_ in rows:
        (kept / path).parent.mkdir(parents=True, exist_ok=True)
        (kept / path).write_bytes((installed / path).read_bytes())
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([*rows, [own, "", ""]])
    (kept / own).write_text(text.getvalue(), encoding="utf-8")


def _kept_rows(record: Path) -> Iterator[list[str]]:
    """Yield the rows of a record without those of scripts, which lie outside of the folder, and of pip's own."""
    of_pip = {f"{record.parent.name}/{name}" for name in (*OF_PIP, "RECORD")}
    for row in sorted(csv.reader(record.read_text(encoding="utf-8").splitlines())):
        if not row[0].startswith(("..", "/")) and row[0] not in of_pip and not row[0].endswith(".pyc"):
            yield row


def _refusal(service: str, lock: str, complaint: str) -> Finding:
    """Return in a sentence why pip could not install what a lock names."""
    if NO_INDEX.search(complaint):
        problem = "its libraries are not packed yet, and pip reaches no package index"
        return Finding(lock, problem, "run make setup where there is a network: it packs them once and for all")
    if library := NO_WHEEL.search(complaint):
        where = f"Python {PYTHON} on Linux {ARCHITECTURE} (glibc {GLIBC[0]}.{GLIBC[1]} or older)"
        problem = f"{library[1].rstrip()} has no wheel for {where}, and nothing is built from source for the functions"
        fix = f"ask in functions/{service}/{ASKED} for a version that has one or another library, then make lock setup"
        return Finding(lock, problem, fix)
    errors = [line.removeprefix("ERROR: ") for line in complaint.splitlines() if line.strip()]
    last = " ".join([line for line in errors if not line.startswith("WARNING")][-4:])
    return Finding(lock, f"pip cannot install what it names: {last or 'it gave no reason'}", "make lock setup")


def main() -> None:
    """Pack the libraries of all services of the project in the working directory."""
    try:
        all_libraries(Path.cwd())
    except BundleRefused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
