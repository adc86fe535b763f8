"""What the front door tells of a row, and to whom: the fields that its service declares, to the person whose it is."""

from __future__ import annotations

from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from functions.kit.states import meant, stored_types


def shown_fields(service: Service) -> dict[str, bool]:
    """Return the fields of a service's `status`, each with whether it is a text."""
    types = stored_types(service.state) if service.status else {}
    return {name: meant(types[name]) is str for name in service.status}


def owner_of(command: str, schemas: Schemas) -> str:
    """Return the field that says in every live version of a command whose it is; nothing where none does."""
    subjects = [
        {name for name in schemas.subjects(command, version) if name in schema["required"]}
        for version, schema in schemas.versions[command].items()
    ]
    return min(set.intersection(*subjects), default="")


def owner_in(service: Service, commands: list[str], schemas: Schemas) -> str:
    """Return the field of a service's state that says whose a row is, as one of these commands says it; or nothing."""
    fields = stored_types(service.state)
    return min((owner for one in commands if (owner := owner_of(one, schemas)) in fields), default="")
