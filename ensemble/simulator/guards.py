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
        if "ID_MEMORY_SECONDS" in variables:
            variables["ID_MEMORY_SECONDS"] = "3600"


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
        (Edit(f"{KIT}/reactor.py", "            self._commit_intent(work, decision)\n", "            pass\n"),),
    ),
    Mutant(
        "an intent does not count as handled",
        (
            Edit(
                f"{KIT}/reactor.py",
                "        intent = dataclasses.replace(self._changed(work.row, decision,",
                '        known = {"inbox": work.row.inbox_with(work.detail["event_id"], work.content, 10**6)}\n'
                "        row = dataclasses.replace(work.row, **known)\n"
                "        intent = dataclasses.replace(self._changed(row, decision,",
            ),
        ),
    ),
    # The commit
    Mutant(
        "handled ids",
        (
            Edit("ensemble/simulator/core_lane.py", "if self._reactor.knows(work):", "if False:"),
            Edit(f"{KIT}/idempotency.py", "if self._reactor.knows(self._work):", "if False:"),
        ),
    ),
    Mutant(
        "version condition of a commit",
        (
            Edit(f"{KIT}/rows.py", '"ConditionExpression": "version = :loaded",', ""),
            Edit(f"{KIT}/rows.py", '"ExpressionAttributeValues": {":loaded": {"N": str(row.version)}},', ""),
        ),
    ),
    Mutant(
        "condition that a new row is new",
        (Edit(f"{KIT}/rows.py", 'return put | {"ConditionExpression": "attribute_not_exists(pk)"}', "return put"),),
    ),
    Mutant(
        "floor condition of a counter",
        (
            Edit(f"{KIT}/rows.py", 'update["ConditionExpression"] = "amount >= :floor"', "pass"),
            Edit(f"{KIT}/rows.py", 'update["ExpressionAttributeValues"][":floor"] = {"N": str(-amount)}', "pass"),
        ),
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
        (Edit(f"{KIT}/once.py", "ATTEMPTS = 3", "ATTEMPTS = 1"),),
        redundant="the queue delivers the record again, which costs time, and nothing else",
    ),
    Mutant(
        "a row that was read ahead is used once",
        (
            Edit(
                f"{KIT}/reactor.py",
                "        ahead, work.ahead = work.ahead, None\n",
                "        ahead = work.ahead\n",
            ),
        ),
        redundant="the commit is conditional: the queue delivers the record again, which costs time, and nothing else",
    ),
    Mutant(
        "fields of a state that another version wrote are kept",
        (Edit(f"{KIT}/reactor.py", "return stored if before is None else before | stored", "return stored"),),
    ),
    # Publishing
    Mutant(
        "what a handled event has to publish is published when it comes again",
        (
            Edit(
                f"{KIT}/reactor.py",
                "        text = self.row.unpublished.get(cause)\n",
                "        text = self.row.unpublished.get(cause) if self.is_new else None\n",
            ),
        ),
    ),
    Mutant(
        "what is not published is kept by the next commit",
        (
            Edit(
                f"{KIT}/reactor.py",
                'also["unpublished"] = {**row.unpublished, detail["event_id"]: outbox}',
                'also["unpublished"] = {detail["event_id"]: outbox}',
            ),
        ),
    ),
    Mutant(
        "an outbox leaves its row only once it is on the bus",
        (
            Edit(
                f"{KIT}/once.py",
                "            if fault is None and outbox is not None:",
                "            if outbox is not None:",
            ),
        ),
    ),
    Mutant(
        "an outbox that is on the bus leaves its row",
        (
            Edit(
                f"{KIT}/once.py",
                "            if fault is None and outbox is not None:",
                "            if False:",
            ),
        ),
    ),
    Mutant(
        "an event whose publication failed comes again",
        (
            Edit(
                f"{KIT}/consumer.py",
                "            if fault is not None:\n                self._settle(attempt, fault, batch)",
                "            if False:\n                self._settle(attempt, fault, batch)",
            ),
        ),
    ),
    Mutant(
        "what the bus answers for each event is read",
        (
            Edit(
                f"{KIT}/publisher.py",
                'codes = [result.get("ErrorCode") for result in answer["Entries"]]',
                'codes = [None for _ in answer["Entries"]]',
            ),
        ),
    ),
    Mutant(
        "what the bus refuses for good is not waited for",
        (
            Edit(
                f"{KIT}/publisher.py",
                "    return EventRefused(f\"the bus refused {', '.join(refused)}\") if refused else None",
                "    return PublishingFailed(f\"the bus refused {', '.join(refused)}\") if refused else None",
            ),
        ),
    ),
    Mutant(
        "deterministic ids of events",
        (
            Edit(
                f"{KIT}/envelope.py",
                "service, row_key, publication.type, str(ordinal))",
                "service, row_key, publication.type, str(ordinal), str(clock.now()))",
            ),
        ),
        redundant="one commit holds outbox and inbox, and what is stored is published again: none is made twice",
    ),
    Mutant(
        "identity made at the door",
        (
            Edit(
                f"{KIT}/envelope.py",
                'derived_id("outside", source, type, row_key, sent or bridge_event["id"])',
                'sent or derived_id("outside", source, type, row_key, bridge_event["id"])',
            ),
        ),
    ),
    # The event store
    Mutant(
        "another content under the id of a stored event is stored too",
        (Edit(f"{KIT}/store.py", "if taken is None or not _is_other(taken, first):", "if True:"),),
    ),
    Mutant(
        "what one item does not hold of an event is stored in parts",
        (Edit(f"{KIT}/store.py", "            for item in reversed(others):\n", "            for item in ():\n"),),
    ),
    # Receiving
    Mutant("partial batch response", change=_of("Lambda::EventSourceMapping", "FunctionResponseTypes")),
    Mutant(
        "report of the records that failed",
        (
            Edit(
                f"{KIT}/consumer.py",
                '[{"itemIdentifier": record["messageId"]} for record in failed]}',
                '[{"itemIdentifier": record["messageId"]} for record in failed[:0]]}',
            ),
        ),
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
    Mutant(
        "dead-letter queue of a queue",
        change=_of("SQS::Queue", "RedrivePolicy"),
        redundant="for functions that do not start for days; without it messages wait for as long as they are kept",
    ),
    Mutant("dead-letter queue of a rule's target", change=_without_target_dead_letters),
    Mutant("replayed events are excluded from the rules", change=_without_replay_exclusion),
    Mutant(
        "hop limit",
        (Edit(f"{KIT}/envelope.py", 'if detail["hops"] > hop_limit:', "if False:"),),
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
        redundant="each call looks at the time before it is made",
    ),
    Mutant(
        "time left for a record whose call fails",
        (Edit(f"{KIT}/consumer.py", "1_000 * (clients.LONGEST_CALL_SECONDS + 1)", "3_000"),),
    ),
    # Waiting
    Mutant(
        "an outage is told from a mistake",
        (
            Edit(
                f"{KIT}/faults.py",
                "    if isinstance(fault, WITHOUT_ANSWER) or _is_unreachable(fault) or _is_of_a_client(fault):",
                "    if False:",
            ),
        ),
    ),
    Mutant(
        "patience with what is down",
        (Edit(f"{KIT}/waiting.py", "PATIENCE_SECONDS = 13 * 24 * 60 * 60.0", "PATIENCE_SECONDS = 10 * 60.0"),),
    ),
    Mutant(
        "no wait is longer than a minute",
        (Edit(f"{KIT}/waiting.py", "LONGEST_DELAY_SECONDS = 60", "LONGEST_DELAY_SECONDS = 3_600"),),
    ),
    Mutant(
        "a record that waits is sent again, so that its receives begin anew",
        (Edit(f"{KIT}/waiting.py", " or history.waits + waited >= next_copy(history.waits)\n", "\n"),),
    ),
    Mutant(
        "a copy carries its history",
        (Edit(f"{KIT}/waiting.py", "{HISTORY: json.dumps(asdict(kept))}", "{HISTORY: json.dumps(asdict(History()))}"),),
    ),
    Mutant(
        "attempts are counted",
        (Edit(f"{KIT}/waiting.py", "attempts=history.attempts + 1)", "attempts=history.attempts)"),),
    ),
    Mutant(
        "a record at which the function may have died is marked",
        (Edit(f"{KIT}/waiting.py", "replace(history, waits=waits, marked=True)", "replace(history, waits=waits)"),),
    ),
    Mutant(
        "a marked record at which the function dies is given up",
        (
            Edit(
                f"{KIT}/copies.py",
                "lost = begins >= MOST_BEGINS",
                "lost = False",
            ),
        ),
    ),
    Mutant(
        "a copy of which none is newer is not forgotten",
        (
            Edit(
                f"{KIT}/copies.py",
                "return order < _noted(self._row(record))",
                "return order <= _noted(self._row(record))",
            ),
        ),
    ),
    # The breaker
    Mutant("a breaker opens", (Edit(f"{KIT}/breaker.py", "OPENS_AT = 8", "OPENS_AT = 10**9"),)),
    Mutant(
        "what is down is asked once a minute",
        (Edit(f"{KIT}/breaker.py", "        if now >= circuit.probe_at + precedence:", "        if True:"),),
    ),
    # Time
    Mutant(
        "every partition of the timers is swept",
        (Edit(f"{KIT}/sweep.py", "for number in range(DUE_PARTITIONS)", "for number in range(DUE_PARTITIONS - 1)"),),
    ),
    Mutant(
        "the sweep goes on where it stopped",
        (
            Edit(
                f"{KIT}/sweep.py",
                '        reached["after"], reached["start"] = until, None\n        return sent',
                '        reached["after"], reached["start"] = "9", None\n        return sent',
            ),
        ),
    ),
    Mutant(
        "a row that comes due is looked at again",
        (
            Edit(
                f"{KIT}/reactor.py",
                '    return due_at is not None and due_at <= detail["due_at"]',
                "    return due_at is not None",
            ),
        ),
        redundant="the reaction to a timer looks at its state itself",
    ),
    # What may be known and done
    Mutant(
        "no log line holds what a record holds",
        (
            Edit(
                f"{KIT}/outcomes.py",
                'extra = {"reason": described(fault), "kind": kind,',
                'extra = {"body": record["body"], "reason": described(fault), "kind": kind,',
            ),
        ),
    ),
    Mutant("permission for every call", change=_without_updates),
    Mutant(
        "no call is begun that could outlast its invocation",
        (Edit(f"{KIT}/breaker.py", "        if not self.has_time():\n", "        if False:\n"),),
    ),
    Mutant(
        "too little time spends no attempt",
        (
            Edit(
                f"{KIT}/errors.py",
                'before a record was begun with: it comes back later."""\n\n    kind = Kind.NOT_YET',
                'before a record was begun with: it comes back later."""\n\n    kind = Kind.PERHAPS',
            ),
        ),
    ),
    Mutant(
        "an intent keeps what is not published",
        (
            Edit(
                f"{KIT}/reactor.py",
                "        intent = dataclasses.replace(self._changed(work.row, decision,",
                "        row = dataclasses.replace(work.row, unpublished={})\n"
                "        intent = dataclasses.replace(self._changed(row, decision,",
            ),
        ),
    ),
)

HARD = (
    # Without these guards only schedules break in which two or three rare things come together, or one in a narrow
    # window: a search without a memory needs thousands of seeds. They measure a search; `--mutants` leaves them out.
    Mutant(
        "the sweep notes how far it got only after it has sent that",
        (
            Edit(
                f"{KIT}/sweep.py",
                "        after, until, sent = _from(reached, tick), rfc3339(tick), 0\n",
                "        after, until, sent = _from(reached, tick), rfc3339(tick), 0\n"
                '        reached["after"] = until\n',
            ),
        ),
    ),
    Mutant(
        "what the index may not have shown is looked at once more",
        (Edit(f"{KIT}/sweep.py", "\nOVERLAP = timedelta(minutes=1)", "\nOVERLAP = timedelta()"),),
    ),
    Mutant(
        "a row that a slow clock lists in the past is looked for there",
        (Edit(f"{KIT}/sweep.py", "_span(before) - LONG_OVERLAP)", "before - OVERLAP)"),),
    ),
    Mutant(
        "a copy of which a newer one exists is forgotten",
        (
            Edit(
                f"{KIT}/copies.py",
                "            return False  # the first of its life: there can be none that is not older\n",
                "            pass\n        if True:\n            return False\n",
            ),
        ),
    ),
    Mutant(
        "a page that was not all sent is gone on with",
        (
            Edit(
                f"{KIT}/sweep.py",
                "            if not has_time():\n                return sent\n",
                "            if not has_time():\n                break\n",
            ),
        ),
    ),
    Mutant(
        "an outbox that went in two calls is out when both took it",
        (
            Edit(
                f"{KIT}/publisher.py",
                "faults[number] = _of_both(faults[number], _fault(of_one))",
                "faults[number] = _fault(of_one)",
            ),
        ),
    ),
    Mutant(
        "a marked record has one more chance",
        (Edit(f"{KIT}/copies.py", "MOST_BEGINS = 3", "MOST_BEGINS = 2"),),
    ),
    Mutant(
        "a marked record that met an outage is marked no more",
        (
            Edit(
                f"{KIT}/waiting.py",
                "copies = kind is Kind.PERHAPS or history.marked or",
                "copies = kind is Kind.PERHAPS or",
            ),
        ),
    ),
    Mutant(
        "what was marked counts anew when it waits",
        (
            Edit(
                f"{KIT}/waiting.py",
                "waits = 0 if history.marked and not marked else history.waits + waited",
                "waits = history.waits + waited",
            ),
        ),
    ),
    Mutant(
        "a conflict over a counter is a conflict",
        (
            Edit(
                f"{KIT}/rows.py",
                'if "TransactionConflict" in reasons:',
                'if "TransactionConflict" in reasons[:rows]:',
            ),
        ),
    ),
    Mutant(
        "a conflict spends no attempt",
        (
            Edit(
                f"{KIT}/errors.py",
                'committed still.\n    """\n\n    kind = Kind.NOT_YET',
                'committed still.\n    """\n\n    kind = Kind.PERHAPS',
            ),
        ),
    ),
    Mutant(
        "ids are remembered until nothing can deliver them again, not until it is unlikely",
        (
            Edit(
                f"{KIT}/reactor.py",
                "int((clock.now() + self._rows.id_memory_seconds) // DAY_SECONDS) + 1",
                "int(clock.now() // DAY_SECONDS) + 2",
            ),
        ),
    ),
    Mutant(
        "a call that succeeds closes the breaker",
        (
            Edit(
                f"{KIT}/breaker.py",
                "        if circuit is None or not circuit.failures:",
                "        if True:",
            ),
        ),
    ),
    Mutant(
        "the breaker is asked before the intent is written",
        (
            Edit(
                f"{KIT}/reactor.py",
                "        self._breakers.ask(system, is_first=not is_known)\n",
                "",
            ),
            Edit(
                f"{KIT}/reactor.py",
                "            self._commit_intent(work, decision)\n        with self._breakers.calling(system):",
                "            self._commit_intent(work, decision)\n"
                "        self._breakers.ask(system, is_first=not is_known)\n"
                "        with self._breakers.calling(system):",
            ),
        ),
    ),
    Mutant("memory of a row as long as anything can deliver its events again", change=_forgetful),
)
