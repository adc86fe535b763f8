"""How buses, rules and archives are looked at."""

from __future__ import annotations

import json
from typing import Any

from ensemble.doctor.expected import Expected
from ensemble.doctor.kinds import Call, ClientOf, Kind, Look, Property, Read, there, told

ENABLED = "ENABLED"
SETTINGS = ("DeadLetterConfig", "RetryPolicy")
"""What is compared of a target by itself."""


def _at_bus(one: Expected) -> dict[str, str]:
    """Return the member that names a rule's bus, as far as it is not the default one."""
    bus = str(one.properties.get("EventBusName", "default")).rpartition("/")[2]
    return {} if bus == "default" else {"EventBusName": bus}


def _rule(client: ClientOf, one: Expected) -> Read:
    answer = client("events").describe_rule(Name=one.name, **_at_bus(one))
    pattern = there(answer, "EventPattern")
    return {
        **told(answer, "State"),
        **there(answer, "ScheduleExpression"),
        **({"EventPattern": json.loads(pattern["EventPattern"])} if pattern else {}),
    }


def _switch(one: Expected, _: Read) -> Call:
    operation = "EnableRule" if one.properties.get("State", ENABLED) == ENABLED else "DisableRule"
    return Call("events", operation, {"Name": one.name, **_at_bus(one)})


def _put_rule(one: Expected, _: Read) -> Call:
    pattern = one.properties.get("EventPattern")
    said = {"EventPattern": json.dumps(pattern)} if pattern else there(one.properties, "ScheduleExpression")
    state = {"State": one.properties.get("State", ENABLED)}
    return Call("events", "PutRule", {"Name": one.name, **_at_bus(one), **said, **state})


def _targets(client: ClientOf, one: Expected) -> Read:
    found = client("events").list_targets_by_rule(Rule=one.name, **_at_bus(one))["Targets"]
    parts, wanted = _parts(found), _parts(one.properties.get("Targets", []))
    missing = wanted["Targets"].keys() - parts["Targets"].keys()
    for settings in SETTINGS:  # of a target that is not there one line is enough
        parts[settings] |= {id: value for id, value in wanted[settings].items() if id in missing}
    return parts


def _parts(targets: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is compared of targets: each property of each by its id."""
    of_all = {target["Id"]: target for target in targets}
    return {
        "Targets": {id: _without_settings(target) for id, target in of_all.items()},
        "DeadLetterConfig": {id: target["DeadLetterConfig"] for id, target in of_all.items() if _has_queue(target)},
        "RetryPolicy": {id: target["RetryPolicy"] for id, target in of_all.items() if target.get("RetryPolicy")},
    }


def _has_queue(target: dict[str, Any]) -> bool:
    return bool(target.get("DeadLetterConfig", {}).get("Arn"))


def _without_settings(target: dict[str, Any]) -> dict[str, Any]:
    left = {name: value for name, value in target.items() if name not in ("Id", *SETTINGS)}
    return {name: value for name, value in left.items() if value not in (None, "", {}, [])}


def _put_targets(one: Expected, _: Read) -> Call:
    return Call("events", "PutTargets", {"Rule": one.name, **_at_bus(one), "Targets": one.properties["Targets"]})


def _target(name: str, means: str) -> Property:
    return Property(
        name, means, of=lambda one: _parts(one.properties.get("Targets", []))[name], default={}, mend=_put_targets
    )


def _archive(client: ClientOf, one: Expected) -> Read:
    answer = client("events").describe_archive(ArchiveName=one.name)
    pattern = there(answer, "EventPattern")
    return {
        **told(answer, "RetentionDays", "State"),
        **({"EventPattern": json.loads(pattern["EventPattern"])} if pattern else {}),
    }


def _keep(one: Expected, _: Read) -> Call:
    days = one.properties.get("RetentionDays", 0)
    return Call("events", "UpdateArchive", {"ArchiveName": one.name, "RetentionDays": days})


def _bus_policy(client: ClientOf, one: Expected) -> Read | None:
    answer = client("events").describe_event_bus(Name=one.properties["EventBusName"])
    said = json.loads(answer.get("Policy") or '{"Statement": []}')["Statement"]
    statements = {statement.get("Sid"): statement for statement in said}
    found = statements.get(one.properties["StatementId"])
    if found is None:
        return None
    return {"Statement": {name: value for name, value in found.items() if name != "Sid"}}


def _statement(one: Expected) -> Any:
    return {name: value for name, value in one.properties.get("Statement", {}).items() if name != "Sid"}


EVENTS = (
    Kind(
        "AWS::Events::EventBus",
        "bus",
        "PutEvents answers 200 for it, and drops what it is given.",
        (
            Look(
                lambda client, one: there(
                    client("events").describe_event_bus(Name=one.name), "KmsKeyIdentifier", "DeadLetterConfig"
                ),
                (
                    Property("KmsKeyIdentifier", "Events are encrypted by another key."),
                    Property("DeadLetterConfig", "What the bus cannot encrypt or deliver is lost without a trace."),
                ),
            ),
        ),
    ),
    Kind(
        "AWS::Events::EventBusPolicy",
        "statement of bus",
        "Who should be allowed or refused by it is not.",
        (Look(_bus_policy, (Property("Statement", "Others may put events than should.", of=_statement),)),),
    ),
    Kind(
        "AWS::Events::Rule",
        "rule",
        "What it should match reaches nobody by it.",
        (
            Look(
                _rule,
                (
                    Property("State", "What it matches reaches nobody by it.", ENABLED, mend=_switch),
                    Property("EventPattern", "It matches other events than its hearer handles.", mend=_put_rule),
                    Property("ScheduleExpression", "It ticks at other times.", mend=_put_rule),
                ),
            ),
            Look(
                _targets,
                (
                    _target("Targets", "What it matches goes elsewhere, or nowhere."),
                    _target("DeadLetterConfig", "What cannot be delivered is lost without a trace."),
                    _target("RetryPolicy", "What cannot be delivered is given up at another time."),
                ),
            ),
        ),
    ),
    Kind(
        "AWS::Events::Archive",
        "archive",
        "Nothing can be replayed.",
        (
            Look(
                _archive,
                (
                    Property("RetentionDays", "What is older cannot be replayed.", 0, mend=_keep),
                    Property("State", "What comes now cannot be replayed.", ENABLED),
                    Property("EventPattern", "Only some events can be replayed."),
                ),
            ),
        ),
    ),
)
