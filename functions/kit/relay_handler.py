"""The Lambda handler of every relay."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from functions.kit import clients
from functions.kit.relay import Relay
from functions.kit.settings import RelaySettings
from functions.kit.telemetry import metrics, tracer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

relay = Relay(clients.events(), RelaySettings.from_environment(os.environ))


@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish what is in the outbox of the rows that the service's table stream brings."""
    try:
        return relay.handle(event)
    finally:
        metrics.flush_metrics()
