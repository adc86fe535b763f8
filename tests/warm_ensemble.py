"""The command line of the project in whose folder it runs, as `python -m ensemble` is it, with a warm synthesis."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = os.getcwd()

    from ensemble.command_line import synthesis
    from ensemble.command_line.main import run

    runpy.run_path(str(Path(__file__).with_name("synthesizing.py")))["synthesize_so"](synthesis)
    run()
