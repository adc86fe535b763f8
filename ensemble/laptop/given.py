"""The settings and secrets that the laptop's caller gives to services.

What the templates set is for AWS, where it names real systems, and is not taken here: a setting has the value that
is given, or else the default of its declaration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ensemble.aws.errors import DeploymentRefused
from ensemble.aws.service_resources import consumer_of
from ensemble.laptop.secrets_api import SecretsApi

Values = Mapping[str, Mapping[str, str | int | float | bool]]
"""Values by service and field."""

SETTING, SECRET = "SETTING_", "SECRET_"
"""What the variables begin with that hold a setting, and the reference to a secret."""


class Given:
    """The values that are given; those of secrets are kept where the functions read them."""

    def __init__(self, values: Values, secrets: SecretsApi) -> None:
        self._values, self._secrets = values, secrets
        self._taken: set[str] = set()

    def variables(self, handler: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return a function's variables of the template with its service's settings as they are given.

        Raises DeploymentRefused for a setting that the service does not have.
        """
        service = consumer_of(handler)
        if service is None:
            return dict(variables)
        self._taken.add(service)
        kept = {name: value for name, value in variables.items() if not name.startswith(SETTING)}
        for field, value in self._values.get(service, {}).items():
            text = value if isinstance(value, str) else json.dumps(value)
            setting, secret = SETTING + field.upper(), SECRET + field.upper()
            if secret in variables:
                self._secrets.keep(str(variables[secret]), text)
            elif setting in variables:
                kept[setting] = text
            else:
                raise DeploymentRefused(f"{service} has no setting {field!r}; it has {_known(variables)}")
        return kept

    def of(self, service: str | None) -> Mapping[str, Any]:
        """Return what is given to a service; nothing to a function that is no service's consumer."""
        return self._values.get(service or "", {})

    def refuse_unknown(self) -> None:
        """Raise DeploymentRefused when values are given to a service whose consumer was not deployed."""
        for service in self._values.keys() - self._taken:
            known = ", ".join(sorted(self._taken)) or "none"
            raise DeploymentRefused(f"settings are given to {service!r}, and the services are: {known}")


def _known(variables: Mapping[str, Any]) -> str:
    return ", ".join(sorted(_fields(variables))) or "none"


def _fields(variables: Mapping[str, Any]) -> set[str]:
    return {name.partition("_")[2].lower() for name in variables if name.startswith((SETTING, SECRET))}
