"""The packages that the console's page runs on: how they are installed, where they lie, what is imported of them.

Only the standard library is imported: this runs while a project is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

MANIFEST, LOCK = "package.json", "package-lock.json"
PAGE = Path(__file__).parent / "page"

MODULES = {
    "preact": "preact/dist/preact.mjs",
    "preact/hooks": "preact/hooks/dist/hooks.mjs",
    "@preact/signals": "@preact/signals/dist/signals.mjs",
    "@preact/signals-core": "@preact/signals-core/dist/signals-core.mjs",
    "htm": "htm/dist/htm.mjs",
    "@viz-js/viz": "@viz-js/viz/dist/viz.js",
}
"""What the page's modules import by name, and its file among the packages: the page's import map."""

CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
"""npm's way to install what a lock file names and nothing else; no script of a package is run."""


class PackagesMissing(Exception):
    """Raised when the page's packages are not installed, or not as the lock file has them."""

    def __init__(self) -> None:
        super().__init__(
            "The packages of the console's page are not installed, or not those of its lock file. Fix: make setup"
        )


def packages_of_page() -> Path:
    """Return the folder of the packages, each under its name in npm. Raises PackagesMissing."""
    installed = _folder()
    if not (installed / "node_modules" / "preact").is_dir() or _read(installed / LOCK) != _read(PAGE / LOCK):
        raise PackagesMissing
    return installed / "node_modules"


def install_packages(*, for_development: bool) -> None:
    """Install into this Python's environment what the lock file names. Raises SystemExit with npm's own words."""
    folder = _folder()
    folder.mkdir(exist_ok=True)
    for name in (MANIFEST, LOCK):
        shutil.copyfile(PAGE / name, folder / name)
    command = [npm(), *CI, *(() if for_development else ("--omit=dev",))]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if ran.returncode != 0:
        (folder / LOCK).unlink()
        sys.exit(f"{ran.stdout}{ran.stderr}npm could not install {PAGE / LOCK}: its words are above")


def npm() -> str:
    """Return npm's path: that of the environment, if Node was installed there, or else the one of the machine."""
    return shutil.which("npm", path=sysconfig.get_path("scripts")) or shutil.which("npm") or "npm"


def _folder() -> Path:
    return Path(sys.prefix, "page")


def _read(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""
