"""The guards of the kit and of the stacks, which every application has, each with how to take it out."""

from __future__ import annotations

from typing import Any

from ensemble.simulator.mutation import Edit, Mutant

KIT = "functions/kit"


def _of(type: str, name: str) -> Any:
    """Return what takes a property away from every resource of the type."""

    def change(resource: dict[str, Any]) -> None:
        if resource["Type"] == f"AWS::{type}":
            resource["Properties"].pop(name, None)

    return change


def _without_replay_exclusion(resource: dict[str, Any]) -> None:
    pattern = resource["Properties"].get("EventPattern", {}) if resource["Type"] == "AWS::Events::Rule" else {}
    if pattern.get("replay-name") == [{"exists": False}]:
        del pattern["replay-name"]


def _without_target_dead_letters(resource: dict[str, Any]) -> None:
    if resource["Type"] == "AWS::Events::Rule":
        for target in resource["Properties"]["Targets"]:
            target.pop("DeadLetterConfig", None)


def _forgetful(resource: dict[str, Any]) -> None:
    if resource["Type"] == "AWS::Lambda::Function":
        variables = (
            resource["Properties"].get("Environment", {}).get("Variables", {})
        )  # the CDK's own function has none
        if variables.get("ROW_MEMORY_SECONDS", "none") != "none":
            variables["ROW_MEMORY_SECONDS"] = "3600"


def _without_updates(resource: dict[str, Any]) -> None:
    if resource["Type"] == "AWS::IAM::Role":
        for policy in resource["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                if "dynamodb:UpdateItem" in statement["Action"]:
                    statement["Action"].remove("dynamodb:UpdateItem")


GUARDS = (
    # Effects
    Mutant(
        "intent committed before an effect",
        (
            Edit(
                f"{KIT}/reactor.py",
                "            row = self._commit_intent(row, decision, detail)\n",
                "",
            ),
        ),
    ),
    Mutant(
        "an intent does not count as handled",
        (
            Edit(
                f"{KIT}/reactor.py",
                "        written = self._rows.commit(self._changed(row, decision, detail), clock.now())",
                '        row = dataclasses.replace(row, inbox=row.inbox | {detail["event_id"]})\n'
                "        written = self._rows.commit(self._changed(row, decision, detail), clock.now())",
            ),
        ),
    ),
    # The commit
    Mutant(
        "handled ids",
        (
            Edit("ensemble/simulator/core_lane.py", 'if detail["event_id"] in row.inbox:', "if False:"),
            Edit(f"{KIT}/idempotency.py", "if data in self._row.inbox:", "if False:"),
        ),
    ),
    Mutant(
        "version condition of a commit",
        (Edit(f"{KIT}/rows.py", '"ConditionExpression": "version = :loaded",', ""),),
    ),
    Mutant(
        "condition that a new row is new",
        (Edit(f"{KIT}/rows.py", 'return put | {"ConditionExpression": "attribute_not_exists(pk)"}', "return put"),),
    ),
    Mutant(
        "floor condition of a counter",
        (Edit(f"{KIT}/rows.py", 'update["ConditionExpression"] = "amount >= :floor"', "pass"),),
    ),
    Mutant(
        "otherwise, when a floor is reached",
        (
            Edit(
                f"{KIT}/reactor.py",
                "            if decision.otherwise is None:\n                raise",
                "            raise",
            ),
        ),
    ),
    Mutant(
        "row and counters in one transaction",
        (
            Edit(
                f"{KIT}/rows.py",
                "            self._client.transact_write_items(TransactItems=writes)\n",
                "            for write in writes:\n"
                "                self._client.transact_write_items(TransactItems=[write])\n",
            ),
        ),
    ),
    Mutant(
        "deciding again after a conflict",
        (Edit(f"{KIT}/idempotency.py", "ATTEMPTS = 3", "ATTEMPTS = 1"),),
        redundant="the queue delivers the record again, which costs a receive and time, and nothing else",
    ),
    Mutant(
        "fields of a state that another version wrote are kept",
        (Edit(f"{KIT}/reactor.py", "return stored if before is None else before | stored", "return stored"),),
    ),
    Mutant("memory of a row as long as anything can deliver its events again", change=_forgetful),
    # Publishing
    Mutant(
        "retry of the entries that failed",
        (
            Edit(
                f"{KIT}/relay.py",
                'zip(positions, results, strict=True) if "ErrorCode" in result]',
                "zip(positions, results, strict=True) if False]",
            ),
        ),
    ),
    Mutant(
        "report of the first record that is not published",
        (
            Edit(
                f"{KIT}/relay.py",
                'return {"batchItemFailures": [{"itemIdentifier": first}]}',
                'return {"batchItemFailures": []}',
            ),
        ),
    ),
    Mutant(
        "deterministic ids of events",
        (
            Edit(
                f"{KIT}/envelope.py",
                'derived_id(cause["event_id"], service, publication.type, str(ordinal))',
                'derived_id(cause["event_id"], service, publication.type, str(ordinal), str(clock.now()))',
            ),
        ),
        redundant="one commit holds outbox and inbox, and the relay repeats what is stored: none is made twice",
    ),
    Mutant("destination of what a relay gave up", change=_of("Lambda::EventSourceMapping", "DestinationConfig")),
    # Receiving
    Mutant("partial batch response", change=_of("Lambda::EventSourceMapping", "FunctionResponseTypes")),
    Mutant(
        "report of the records that failed",
        (Edit(f"{KIT}/consumer.py", "for message_id in failed]}", "for message_id in failed[:0]]}"),),
    ),
    Mutant(
        "a bad record does not hurt its neighbours",
        (
            Edit(
                f"{KIT}/consumer.py",
                "        except Exception as fault:  # whatever",
                "        except KeyError as fault:  # whatever",
            ),
        ),
    ),
    Mutant("dead-letter queue of a queue", change=_of("SQS::Queue", "RedrivePolicy")),
    Mutant("dead-letter queue of a rule's target", change=_without_target_dead_letters),
    Mutant(
        "dead-lettering with a reason at the last receive",
        (Edit(f"{KIT}/redelivery.py", "return receives(record) >= self._maximum_receives", "return False"),),
    ),
    Mutant(
        "delay of a record that failed",
        (Edit(f"{KIT}/consumer.py", "                self._redelivery.postpone(record)", "                pass"),),
    ),
    Mutant("replayed events are excluded from the rules", change=_without_replay_exclusion),
    Mutant(
        "hop limit",
        (Edit(f"{KIT}/envelope.py", 'or detail["hops"] > hop_limit', ""),),
        redundant="the graph has no cycle, which `ensemble check` proves: no event makes as many hops",
    ),
    Mutant(
        "upcasting of older events",
        (Edit(f"{KIT}/contracts.py", "        while (type, major) in self.upcasters:", "        while False:"),),
    ),
    Mutant(
        "no time left: the record comes back",
        (
            Edit(
                f"{KIT}/consumer.py",
                "            if not has_time():\n                raise TooLittleTime",
                "            if False:\n                raise TooLittleTime",
            ),
        ),
    ),
    Mutant(
        "time left for a record whose call fails",
        (Edit(f"{KIT}/consumer.py", "1_000 * (clients.LONGEST_CALL_SECONDS + 1)", "3_000"),),
    ),
    # Time
    Mutant(
        "a row that comes due is looked at again",
        (
            Edit(
                f"{KIT}/reactor.py",
                '        return self._service.listing(self._state(row.state)) == Index(TIMER, detail["due_at"])',
                "        return True",
            ),
        ),
        redundant="the reaction to a timer looks at its state itself",
    ),
    # What may be known and done
    Mutant(
        "no log line holds what a record holds",
        (
            Edit(
                f"{KIT}/consumer.py", 'extra = {"reason": reason,', 'extra = {"body": record["body"], "reason": reason,'
            ),
        ),
    ),
    Mutant("permission for every call", change=_without_updates),
)
