"""A stage with a front door, made once and run anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.toolkit.front_door.parcels import Post, opened, synthesized


@pytest.fixture(scope="package")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outdir = tmp_path_factory.mktemp("post")
    synthesized(outdir)
    return outdir


@pytest.fixture
def post(assembly: Path) -> Iterator[Post]:
    with opened(assembly) as post:
        yield post
