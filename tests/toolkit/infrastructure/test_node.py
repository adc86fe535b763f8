"""jsii finds Node.js where pip put it, unless somebody says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def chosen(**environment: str) -> str:
    """The Node.js that jsii would start after an import of the infrastructure."""
    script = "import os, infrastructure; print(os.environ.get('JSII_NODE', 'node'))"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_node_of_the_virtual_environment_is_found_without_a_path() -> None:
    node = Path(chosen())

    assert node.is_relative_to(sys.prefix)
    assert os.access(node, os.X_OK)


def test_an_explicit_node_stays() -> None:
    assert chosen(JSII_NODE="/opt/node") == "/opt/node"
