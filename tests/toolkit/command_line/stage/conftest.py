"""The lending project as a deployed stage: its stacks run on a laptop that stands for the account."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.stage.synthesized import stacks_in
from ensemble.laptop import Laptop
from tests.toolkit.command_line.stage.fake_aws import FakeAccount, FakeCloudFormation


@pytest.fixture
def account(lending: Path, library: Laptop) -> FakeAccount:
    """An account in which the lending project's dev is deployed; what earlier tests have left there is there still."""
    assembly = lending / "cdk.out" / "assembly-dev"
    stacks = FakeCloudFormation({one.name: one.template for one in stacks_in(assembly)})
    return FakeAccount(library, stacks)
