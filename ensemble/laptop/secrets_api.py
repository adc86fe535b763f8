"""Parameter Store and Secrets Manager: the secrets that the laptop's caller gives to services, and nothing else.

They are answered to the functions' clients alone, and to nobody over HTTP: they may be real ones.
"""

from __future__ import annotations

from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.errors import AwsError
from ensemble.laptop.wire import Operation

PARAMETERS, SECRETS = "AmazonSSM", "secretsmanager"
"""What the targets of their requests begin with."""


class SecretsApi:
    """Keeps values by the reference that a function's environment holds: `ssm:<name>`, `secretsmanager:<name>`."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._values: dict[str, str] = {}

    def keep(self, reference: str, value: str) -> None:
        """Keep a value."""
        self._values[reference] = value

    @property
    def services(self) -> dict[str, dict[str, Operation]]:
        """The operations that are answered, by what the targets of their requests begin with."""
        return {
            PARAMETERS: {"GetParameter": self._get_parameter},
            SECRETS: {"GetSecretValue": self._get_secret_value},
        }

    def _get_parameter(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer as for a SecureString, which comes encrypted to whoever does not ask for its decryption (AWS Systems
        Manager API Reference, GetParameter)."""
        name = request["Name"]
        if (value := self._values.get(f"ssm:{name}")) is None:
            raise AwsError("ParameterNotFound", f"Parameter {name} not found.")
        return {
            "Parameter": {
                "Name": name,
                "Type": "SecureString",
                "Value": value if request.get("WithDecryption") else "encrypted",
                "Version": 1,
                "ARN": self._account.arn("ssm", f"parameter/{name.removeprefix('/')}"),
                "DataType": "text",
            }
        }

    def _get_secret_value(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["SecretId"]
        if (value := self._values.get(f"secretsmanager:{name}")) is None:
            raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        arn = name if name.startswith("arn:") else self._account.arn("secretsmanager", f"secret:{name}")
        return {"ARN": arn, "Name": name, "SecretString": value, "VersionStages": ["AWSCURRENT"]}
