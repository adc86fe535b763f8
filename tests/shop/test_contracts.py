"""Every service of the shop keeps its contracts."""

from __future__ import annotations

import pytest

from ensemble.testing.contracts import Promise, promises
from tests.conftest import ROOT


@pytest.mark.parametrize("promise", promises(ROOT), ids=str)
def test_a_service_keeps_its_contracts(promise: Promise) -> None:
    promise.check()
