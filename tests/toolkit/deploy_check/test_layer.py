"""The layer on the emulator holds what the layer on AWS does: Powertools and its needs, not what the runtime has."""

from __future__ import annotations

import io
import zipfile
from functools import cache

from ensemble.deploy_check.layer import powertools_layer


@cache
def packages() -> set[str]:
    with zipfile.ZipFile(io.BytesIO(powertools_layer())) as archive:
        names = archive.namelist()
    assert all(name.startswith("python/") for name in names)
    return {name.split("/")[1] for name in names}


def test_it_has_powertools_with_its_tracer_and_what_they_need() -> None:
    assert {"aws_lambda_powertools", "aws_xray_sdk", "jmespath", "typing_extensions.py"} <= packages()


def test_it_has_nothing_that_the_runtime_brings() -> None:
    assert not {"boto3", "botocore"} & packages()
