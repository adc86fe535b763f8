"""Reads secrets by Powertools Parameters, which is imported when the first one is read."""

from __future__ import annotations

from typing import Any

from functions.kit import clients
from functions.kit.errors import SecretNotFound

NOT_THERE = ("ParameterNotFound", "ResourceNotFoundException")
"""What Parameter Store and Secrets Manager call it when there is no such secret (their API references, GetParameter
and GetSecretValue)."""

MADE_BY = {
    "ssm": "aws ssm put-parameter --type SecureString --name {name} --value ...",
    "secretsmanager": "aws secretsmanager create-secret --name {name} --secret-string ...",
}
"""The command that makes a secret, by where it is kept."""


def read_secret(reference: str) -> str:
    """Return the value of a secret. Raises SecretNotFound, and botocore's error when it cannot be known."""
    from aws_lambda_powertools.utilities.parameters import GetParameterError  # boto3 comes with it

    store, _, name = reference.partition(":")
    if store not in MADE_BY:
        raise SecretNotFound(f"a secret's reference begins with {store!r}. Fix: begin it with {' or '.join(MADE_BY)}")
    try:
        value = _asked(store, name)
    except GetParameterError as fault:
        cause = fault.__context__ or fault  # Powertools keeps botocore's error there alone
        code = getattr(cause, "response", {}).get("Error", {}).get("Code")
        if code in NOT_THERE:
            raise SecretNotFound(f"there is no secret {reference}. Fix: {MADE_BY[store].format(name=name)}") from None
        raise cause from None
    return value.decode() if isinstance(value, bytes) else str(value)


def _asked(store: str, name: str) -> Any:
    """Ask a store, by a client that gives up within the function's time."""
    from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider

    if store == "ssm":
        return SSMProvider(boto3_client=clients.ssm()).get(name, decrypt=True)
    return SecretsProvider(boto3_client=clients.secretsmanager()).get(name)
