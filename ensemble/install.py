"""Makes the virtual environment that runs this know the project: `python -m ensemble.install`, in its root.

The project is no package to install: its root comes on the path, so that a new folder needs no new installation.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

SCRIPT = """#!{python}
from ensemble.command_line.main import run

if __name__ == "__main__":  # processes that this one starts read it again
    run()
"""


def install(root: Path) -> None:
    """Put the project's root on the path of this Python, and the command `ensemble` beside it."""
    Path(sysconfig.get_path("purelib"), "ensemble-project.pth").write_text(f"{root}\n", encoding="utf-8")
    command = Path(sysconfig.get_path("scripts"), "ensemble")
    command.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)


if __name__ == "__main__":
    install(Path.cwd())
