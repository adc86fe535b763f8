"""`python -m tests.bench`: measures the sections asked for, or all of them, and shows them next to their targets."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.bench import cold_start, loans, per_event, synthesis
from tests.bench.handlers import lending, usual
from tests.bench.report import Figure, as_json, show


def sections(folder: Path) -> dict[str, Callable[[], Iterator[Figure]]]:
    """Return what measures each section, by its name."""
    cold, each = folder / "cold-start", folder / "per-event"
    return {
        cold_start.SECTION: lambda: cold_start.measure(lending(cold), usual(cold / "usual")),
        per_event.SECTION: lambda: per_event.measure(lending(each), usual(each / "usual")),
        loans.SECTION: lambda: loans.measure(folder / "loans"),
        synthesis.SECTION: synthesis.measure,
    }


def main() -> None:
    progress = Console(stderr=True)
    with TemporaryDirectory() as folder:
        known = sections(Path(folder))
        parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
        parser.add_argument("section", nargs="*", help=f"any of {', '.join(known)}; all of them when none is named")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        arguments = parser.parse_args()
        unknown = [name for name in arguments.section if name not in known]
        if unknown:
            parser.error(f"no section {unknown[0]!r}: choose from {', '.join(known)}")
        figures: list[Figure] = []
        for name in arguments.section or known:
            with progress.status(f"measuring {name}"):
                figures.extend(known[name]())
    if arguments.json:
        print(json.dumps(as_json(figures), indent=2))
    else:
        show(figures, Console())


main()
