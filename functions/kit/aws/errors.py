"""What a client raises for an error of AWS: a ClientError of its own class, by which services may catch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

NAMED = {"ParameterValueInvalid": "InvalidParameterValueException", "KMSOptInRequired": "KMSOptInRequired"}
"""The names that are not their code with the ending (SNS service model)."""


class Exceptions:
    """The classes of a client's errors, by their names: `client.exceptions.ConditionalCheckFailedException`.

    `ending`: what a name has after its code.
    """

    def __init__(self, ending: str) -> None:
        self._ending = ending

    def __getattr__(self, code: str) -> type[ClientError]:
        if code.startswith("_"):
            raise AttributeError(code)
        made = ClientError if code == "ClientError" else type(code, (ClientError,), {})
        setattr(self, code, made)
        return made

    def from_code(self, code: str) -> type[ClientError]:
        """Return the class of a code; ClientError where the code is no name, as a bare HTTP status is none."""
        name = NAMED.get(code) or (code if code.endswith(self._ending) else f"{code}{self._ending}")
        made: type[ClientError] = getattr(self, name) if name.isidentifier() else ClientError
        return made

    def of(self, answer: Mapping[str, Any], operation: str) -> ClientError:
        """Return the exception for an answer that is an error."""
        said = answer["Error"]
        response: Any = answer
        return self.from_code(said.get("QueryErrorCode") or said["Code"])(response, operation)
