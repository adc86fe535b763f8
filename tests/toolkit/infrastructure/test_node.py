"""jsii finds Node.js where pip put it, which keeps what it compiled, unless somebody says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def chosen(variable: str = "JSII_NODE", **environment: str) -> str:
    """The Node.js that jsii would start after an import of the infrastructure, or another variable that it gets."""
    script = f"import os, infrastructure; print(os.environ[{variable!r}])"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_node_of_the_virtual_environment_is_found_without_a_path() -> None:
    node = Path(chosen())

    assert node.is_relative_to(sys.prefix)
    assert os.access(node, os.X_OK)


def test_an_explicit_node_stays() -> None:
    assert chosen(JSII_NODE="/opt/node") == "/opt/node"


def test_what_it_compiled_is_kept_in_the_project_or_where_somebody_says() -> None:
    assert chosen("NODE_COMPILE_CACHE") == str(ROOT / ".ensemble" / "node")
    assert chosen("NODE_COMPILE_CACHE", NODE_COMPILE_CACHE="/elsewhere") == "/elsewhere"


def test_a_check_does_not_import_the_cdk_in_its_own_process() -> None:
    script = "import sys, ensemble.command_line.check.check; print([name for name in sys.modules if 'jsii' in name])"

    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert told.stdout == "[]\n"
