"""Wheels made on the fly, so that tests pack libraries without a package index."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infrastructure.locks import ASKED, LOCK, head_of

ANY = "py3-none-any"
SCRIPTS = "[console_scripts]\nparcels = parcels:main\n"


def wheel(
    folder: Path, name: str = "parcels", version: str = "1.0", tag: str = ANY, files: Mapping[str, str] | None = None
) -> str:
    """Write a wheel (PyPA specifications, "Binary distribution format") and return its hash, as a lock has it.

    `files`: what is in it beside its notes; a package of the wheel's name unless given.
    """
    notes = f"{name}-{version}.dist-info"
    contents = {
        **(files or {f"{name}/__init__.py": f"VERSION = {version!r}\n"}),
        f"{notes}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{notes}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{notes}/entry_points.txt": SCRIPTS,
    }
    rows = [f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in contents.items()]
    contents[f"{notes}/RECORD"] = "\n".join([*rows, f"{notes}/RECORD,,", ""])
    path = folder / f"{name}-{version}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in contents.items():
            archive.writestr(zipfile.ZipInfo(inner), text)
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def lock(root: Path, service: str, *pins: str, asked: str = "parcels\n") -> None:
    """Write what a service asks for and its lock, as `make lock` does."""
    folder = root / "functions" / service
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "service.py").touch()  # what makes a folder a service's
    (folder / ASKED).write_text(asked)
    (folder / LOCK).write_text(head_of(asked) + "".join(f"{pin}\n    # via somebody\n" for pin in pins))


def only_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip install from this folder and from nowhere else, whatever this machine's settings are."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
