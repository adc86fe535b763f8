"""The table of both styles in docs/styles.md: `python -m tests.docs.measured_styles FOLDER` measures and writes it.

FOLDER: the shop with `examples/conducted` laid over it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ensemble.command_line.run.beside import rows_of
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "styles.md"
STAGE = "prod"
BEGIN, END = "<!-- styles: measured by `python -m tests.docs.measured_styles` -->\n", "<!-- /styles -->"


def measured(folder: Path) -> Any:
    """Return the document of `ensemble meter --beside` of the shop and the project in the folder."""
    command = [sys.executable, "-m", "ensemble", "meter", "--beside", str(folder), "--json", "--environment", STAGE]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def table(document: Any) -> str:
    """Return the rows that the command prints, as the page has them."""
    lines = ["| | choreography | a saga |", "|---|---|---|"]
    for title, cells in rows_of(document["stories"]):
        lines.append(f"| {title} | {' | '.join(cells)} |" if cells else f"| **{title}** | | |")
    return "\n".join(lines) + "\n"


def written(text: str, document: Any) -> str:
    """Return the page with this table."""
    return re.sub(f"{re.escape(BEGIN)}.*?{END}", lambda _: f"{BEGIN}{table(document)}{END}", text, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), measured(Path(sys.argv[1]))))
