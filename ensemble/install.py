"""Installs the project into the virtual environment that runs this: `python -m ensemble.install`, in its root.

With `--develop`, what tests, lints and types comes too. npm brings what the console's page runs on. What the functions
need on AWS is packed for them. The project itself is no package to install: its root comes on the path, so that a new
folder needs no new installation. Each phase is one line on the standard output, which counts up on a terminal.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ensemble.console.packages import install_packages

RUN, DEVELOP = "requirements.txt", "requirements-dev.txt"
NODE = "ensemble/requirements/node.txt"

SUPPORTED_NODES = ("22", "24")
"""Major versions of Node.js that the installed jsii supports (its `checkNode`); on others it prints a warning."""

PIP = ("pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-compile", "--no-deps")
"""Only what the lock files name, since they name all that is used; bytecode is made of what is imported, when it is."""

DOWNLOADED = re.compile(r"^ *Downloading \S+ \(([0-9.]+) (kB|MB)\)")
COLLECTED = re.compile(r"^(Collecting|Processing) ")

SCRIPT = """#!{python}
from ensemble.command_line.main import run

if __name__ == "__main__":  # the simulator's processes import this file again
    run()
"""


def install(root: Path, *, for_development: bool) -> None:
    """Install what the lock files name and this Python does not have yet. Raises SystemExit with pip's own words."""
    started = time.monotonic()
    _install_node(root)
    if for_development:
        _pip(root, DEVELOP, "what tests, lints and types")
    else:
        _pip(root, RUN, "what runs the project")
    put_on_path(root)
    print("Installing what the console's page runs on", flush=True)
    install_packages(for_development=for_development)
    _pack_libraries(root)
    print(f"Installed in {time.monotonic() - started:.0f} s", flush=True)


def put_on_path(root: Path) -> None:
    """Put the project's root on the path of this Python, and the command `ensemble` beside it."""
    Path(sysconfig.get_path("purelib"), "ensemble-project.pth").write_text(f"{root}\n", encoding="utf-8")
    command = Path(sysconfig.get_path("scripts"), "ensemble")
    command.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)


def _install_node(root: Path) -> None:
    """Install Node.js, which the CDK runs on, unless npm and a version that the CDK supports are on the PATH."""
    found = shutil.which("node")
    release = "" if found is None else subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    major = re.match(r"v(\d+)\.", release)
    if major and major[1] in SUPPORTED_NODES and shutil.which("npm"):
        print(f"Node.js {release.strip()} is here: the CDK runs on it", flush=True)
    else:
        _pip(root, NODE, "Node.js for the CDK")


def _pack_libraries(root: Path) -> None:
    """Pack what the functions of each service need on AWS, so that synthesis reaches no network."""
    if any(root.glob(f"functions/*/{RUN}")):
        print("Packing the libraries of the functions", flush=True)
        packing = subprocess.run([sys.executable, "-m", "infrastructure.libraries"], cwd=root)
        if packing.returncode != 0:
            sys.exit(packing.returncode)


def _pip(root: Path, requirements: str, what: str) -> None:
    command = [sys.executable, "-m", *PIP, "--require-hashes", "--requirement", requirements]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        said = list(_shown(pip.stdout, f"Installing {what}"))
    if pip.returncode != 0:
        sys.exit("".join(said[-20:]) + f"pip could not install {requirements}: its last lines are above")


def _shown(lines: Iterable[str], phase: str) -> Iterator[str]:
    """Pass pip's lines on, and print how far it is: each time on a terminal, at the end elsewhere."""
    packages, kilobytes = 0, 0.0
    if not sys.stdout.isatty():
        print(f"{phase} ...", flush=True)
    for line in lines:
        packages += bool(COLLECTED.match(line))
        if size := DOWNLOADED.match(line):
            kilobytes += float(size[1]) * (1000 if size[2] == "MB" else 1)
        if sys.stdout.isatty():
            unpacking = ", unpacking" if line.startswith("Installing collected") else ""
            print(f"\r\033[K{phase}: {packages} packages, {kilobytes / 1000:.0f} MB{unpacking}", end="", flush=True)
        yield line
    end = "\r\033[K" if sys.stdout.isatty() else ""
    print(f"{end}{phase}: {packages} packages, {kilobytes / 1000:.0f} MB downloaded", flush=True)


if __name__ == "__main__":
    install(Path.cwd(), for_development="--develop" in sys.argv[1:])
