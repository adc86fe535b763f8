"""What a client raises for an error of AWS: a ClientError of its own class, by which services may catch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError


class Exceptions:
    """The classes of a client's errors, by their codes: `client.exceptions.ConditionalCheckFailedException`."""

    def __getattr__(self, code: str) -> type[ClientError]:
        if code.startswith("_"):
            raise AttributeError(code)
        made = ClientError if code == "ClientError" else type(code, (ClientError,), {})
        setattr(self, code, made)
        return made

    def from_code(self, code: str) -> type[ClientError]:
        """Return the class of a code; ClientError where the code is no name, as a bare HTTP status is none."""
        made: type[ClientError] = getattr(self, code) if code.isidentifier() else ClientError
        return made

    def of(self, answer: Mapping[str, Any], operation: str) -> ClientError:
        """Return the exception for an answer that is an error."""
        said = answer["Error"]
        response: Any = answer
        return self.from_code(said.get("QueryErrorCode") or said["Code"])(response, operation)
