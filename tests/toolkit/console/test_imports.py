"""The console is there within a second or two: it loads neither the CDK nor the laptop AWS."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("aws_cdk", "jsii", "moto", "boto3")


def test_what_serves_the_console_loads_nothing_heavy() -> None:
    script = (
        "import sys; import ensemble.command_line.console.serving; "
        f"print([one for one in {HEAVY!r} if one in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert loaded.stdout == "[]\n"
