"""Writes both documents into `.ensemble/sbom`, and refuses a licence that is not allowed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from ensemble.project.apart import environment_of
from ensemble.project.errors import ToolNotInstalled
from ensemble.project.locking import DEVELOP, SBOM
from ensemble.sbom.documents import Json, licences_in, npm_package, npm_packages, with_licences
from ensemble.sbom.licences import licence_of, read_rules, refused

FOLDER = Path(".ensemble", "sbom")
PAGE_LOCK = Path("ensemble", "console", "page", "package-lock.json")

VALIDATE = (
    "import sys; from cyclonedx.schema import SchemaVersion;"
    "from cyclonedx.validation.json import JsonStrictValidator;"
    "fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read());"
    "sys.exit(str(fault) if fault else 0)"
)


def shipped_locks(root: Path) -> list[Path]:
    """Return the lock files of what is packed into the functions."""
    return sorted(root.glob("functions/*/requirements.txt"))


def npm_of(root: Path) -> list[Json]:
    """Return npm's packages: the page's by its lock file, and the CDK's command, which `package.json` pins."""
    page = npm_packages(json.loads((root / PAGE_LOCK).read_text(encoding="utf-8")))
    tools = json.loads((root / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    stated = read_rules().stated
    return [*page, *(npm_package(name, version, stated.get(name, "")) for name, version in tools.items())]


def _written_by(tool: Path, locks: Iterable[Path], npm: Sequence[Json]) -> Json:
    """Return the document of some lock files. Raises SystemExit with the tool's own words."""
    pins = "".join(lock.read_text(encoding="utf-8") for lock in locks)
    made = _run(tool / "bin" / "cyclonedx-py", "requirements", "-", "--output-reproducible", given=pins)
    document = with_licences(json.loads(made), npm, partial(licence_of, rules=read_rules()))
    _run(tool / "bin" / "python", "-c", VALIDATE, given=json.dumps(document))
    return document


def _run(*command: str | Path, given: str) -> str:
    run = subprocess.run(command, input=given, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{run.stderr.strip()[-1_000:]}\nthe CycloneDX tool does not take the lock files: its words are above")
    return run.stdout


def main() -> None:
    """Write both documents. Raises SystemExit when a licence is not allowed, or the tool cannot be installed."""
    root = Path.cwd()
    try:
        tool = environment_of(root, SBOM, "sbom")
    except ToolNotInstalled as error:
        sys.exit(str(error))
    documents = {
        "aws": _written_by(tool, shipped_locks(root), ()),
        "laptop": _written_by(tool, [root / DEVELOP], npm_of(root)),
    }
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        file = FOLDER / f"{name}.cdx.json"
        (root / file).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        print(f"{file}: {len(document['components'])} packages")
    faults = sorted({fault for one in documents.values() for fault in refused(licences_in(one), read_rules())})
    sys.exit("\n".join(faults) if faults else 0)


if __name__ == "__main__":
    main()
