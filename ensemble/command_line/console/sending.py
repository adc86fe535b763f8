"""What the page is told that sends commands: the form of each, from its schema; and what becomes of a filled one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ensemble.command_line.console.looked_at import StageLookedAt, answered
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_scenario
from ensemble.command_line.run.drafts import FieldRefused, finished
from ensemble.command_line.run.send import identified, stamps
from ensemble.command_line.run.sending import send
from ensemble.command_line.run.unheard import Hearing
from ensemble.console.progress import Json
from ensemble.console.server import Change, Question, Refused
from ensemble.contracts.doors import commands_from_outside
from ensemble.scenario import Command, subject
from ensemble.scenario.generated import example, filled_in


class Forms:
    """The commands and events that come into a stage from outside."""

    def __init__(self, looked_at: StageLookedAt) -> None:
        self._looked_at, self._declared = looked_at, looked_at.declared
        self._schemas, self._services = looked_at.declared.schemas, looked_at.declared.services
        self._outside = commands_from_outside(self._services, self._schemas)
        self._events = looked_at.account.client("events")

    def types(self, _: Mapping[str, str]) -> Json:
        """Return what can be sent, by type."""
        return {"types": [self._type(type) for type in self._outside]}

    def form(self, parts: Mapping[str, str]) -> Json:
        """Return the form of a type, filled in as `ensemble send` would. `keys`: the fields that find rows; `fresh`:
        which of its fields differ in each."""
        type = self._known(parts["type"])
        with answered():
            template = example(type, self._services, self._schemas, read_scenario(self._looked_at.root))
            (stamp,) = stamps(1, self._looked_at.place.now())
        fields = filled_in(template, stamp.unique)
        return {
            **self._type(type),
            "schema": self._schemas.versions[type][self._schemas.newest(type)],
            "fields": fields,
            "keys": sorted(self._outside[type]),
            "fresh": [name for name in fields if fields[name] != template[name]],
        }

    def send(self, asked: Mapping[str, Any]) -> Json:
        """Put a command on the bus, if its schema allows its fields; otherwise say which field, and why."""
        type, fields = self._known(str(asked.get("type"))), asked.get("fields")
        if not isinstance(fields, dict):
            raise Refused("the fields of a command are a JSON object")
        draft = Command(type, self._schemas.publishers[type], fields)
        with answered():
            try:
                commands = finished(draft, stamps(1, self._looked_at.place.now()), self._schemas)
            except FieldRefused as refusal:
                return {"fault": _fault(refusal)}
            bus = self._looked_at.names.bus
            (sent,) = send(self._events, commands, bus)
            if sent.refusal is not None:
                raise UsageRefused(f"the bus refused it: {sent.refusal}")
        detail = identified(sent.command, self._declared.doors)
        return {
            "event_id": detail["event_id"],
            "workflow": detail["correlation_id"],
            "key": subject(fields),
            "unheard": Hearing(self._services, self._schemas, bus).unheard(type),
        }

    def _type(self, type: str) -> Json:
        version = self._schemas.newest(type)
        description = self._schemas.versions[type][version].get("description", "")
        return {"type": type, "source": self._schemas.publishers[type], "version": version, "description": description}

    def _known(self, type: str) -> str:
        if type not in self._outside:
            raise Refused(f"no service hears {type} from outside", 404)
        return type


def asked_and_done(looked_at: StageLookedAt) -> tuple[dict[str, Question], dict[str, Change]]:
    """Return the questions about commands and that they can be sent, by path."""
    forms = Forms(looked_at)
    return {"send": forms.types, "send/{type}": forms.form}, {"send": forms.send}


def _fault(refusal: FieldRefused) -> Json:
    """Return where a form is wrong, by path, and what is said of the whole."""
    places = [f"{refusal.path}.{name}".removeprefix(".") for name in refusal.missing]
    at = dict.fromkeys(places, "is needed") if places else {refusal.path: refusal.rule}
    return {"text": str(refusal), "at": at}
