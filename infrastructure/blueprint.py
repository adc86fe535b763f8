"""What every part of a service's stack is derived from."""

from __future__ import annotations

from dataclasses import dataclass

from functions.kit.model import Service
from infrastructure.configuration import Configuration
from infrastructure.naming import Names
from infrastructure.needs import Needs


@dataclass(frozen=True, slots=True)
class Code:
    """Where a service's bundle is after deployment, and the layer with what it imports beyond boto3."""

    bucket: str
    key: str
    layer_arn: str


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One service in one stage."""

    service: Service
    names: Names
    code: Code
    configuration: Configuration
    needs: Needs
