"""What a service declares is in its bundle, and imports where there is nothing beside the bundle."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ensemble.contracts.loading import load_schemas
from functions.kit.model import Service
from infrastructure.bundle import build
from infrastructure.libraries import libraries_of
from infrastructure.services import discover
from tests.conftest import ROOT

DECLARING = [service for service in discover(ROOT) if libraries_of(ROOT, service.name).modules]


@pytest.mark.parametrize("service", DECLARING, ids=lambda service: service.name)
def test_the_libraries_of_a_service_import_from_its_bundle_alone(service: Service, tmp_path: Path) -> None:
    bundle = build(ROOT, service, load_schemas(ROOT / "schemas"), tmp_path).folder
    modules = libraries_of(ROOT, service.name).modules
    script = f"import sys; sys.path.append({str(bundle)!r}); import {', '.join(modules)}"

    run = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], capture_output=True, text=True, check=False)

    assert run.stderr == ""
