"""What API Gateway answers a request with that it refuses itself: gateway responses, by their type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ensemble.laptop.answers import Answer

STATUS = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "EXPIRED_TOKEN": 403,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "REQUEST_TOO_LARGE": 413,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}
"""The status of each (Amazon API Gateway Developer Guide, "Gateway response types for API Gateway")."""

DEFAULT = '{"message":$context.error.messageString}'


class Refused(Exception):
    """Raised for a request that API Gateway answers itself. `details`: what is wrong with its body."""

    def __init__(self, type: str, message: str, details: str = "") -> None:
        super().__init__(type, message)
        self.type, self.message, self.details = type, message, details


def refusal(refused: Refused, responses: Mapping[str, Mapping[str, Any]]) -> Answer:
    """Return the answer, in the words of the API's gateway response of this type if it has one."""
    status = STATUS[refused.type]
    response = responses.get(refused.type) or responses.get(f"DEFAULT_{status // 100}XX") or {}
    text = response.get("ResponseTemplates", {}).get("application/json", DEFAULT)
    for name, value in (
        ("$context.error.messageString", json.dumps(refused.message)),
        ("$context.error.message", refused.message),
        ("$context.error.validationErrorString", json.dumps(refused.details)[1:-1]),
        ("$context.error.responseType", refused.type),
    ):
        text = text.replace(name, value)
    return Answer(int(response.get("StatusCode", status)), {"content-type": "application/json"}, text.encode())
