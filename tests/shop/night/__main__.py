"""`python -m tests.shop.night`: plays the night and writes its log, as docs/night.md has it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conftest import ROOT, synthesize
from tests.shop.night.course import play
from tests.shop.night.night import falls
from tests.shop.night.written import PAGE, page


def main() -> None:
    """Play it, and write the page."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        assembly = Path(folder) / "cdk.out"
        synthesize(ROOT, assembly)
        with falls(assembly, patch) as night:
            play(night)
            PAGE.write_text(page(night.log), encoding="utf-8")
            print(night.log)


main()
