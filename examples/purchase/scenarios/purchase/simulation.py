"""The purchases under the simulator: what is asked and decided, the suppliers, what must hold, guards to take out."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application, Course
from ensemble.simulator.chance import Chance
from ensemble.simulator.topology import FunctionSpec
from functions.kit.errors import Unavailable
from functions.kit.reactor import Adapters
from functions.mail.domain import SendMail
from functions.mail.post import Post
from functions.supplier.domain import OrderAnswer, PlaceOrder
from functions.supplier.suppliers import MISSING, Suppliers
from scenarios.purchase.mutants import MUTANTS
from scenarios.purchase.promises import PROMISES, Rest
from scenarios.purchase.rows import state_of
from scenarios.purchase.workload import RACE, workload

SUPPLIERS = "the suppliers"
SKEW = 300
"""Seconds by which the clock of a function may be wrong."""


class PurchaseCourse(Course):
    """One schedule: the suppliers, and what must hold of the purchases at each step and at rest."""

    def __init__(self, account: AwsAccount, commands: Sequence[Command]) -> None:
        super().__init__(account, commands, providers=(SUPPLIERS,))
        self.suppliers = Suppliers(MISSING)
        account.watch({account.table_of("purchasing").name: self._saga_is_written})

    def saved(self) -> Any:
        return deepcopy(self.suppliers)

    def restore(self, saved: Any) -> None:
        self.suppliers = deepcopy(saved)

    def outside(self) -> Hashable:
        return tuple(self.suppliers.orders)

    def place(self, wanted: PlaceOrder) -> OrderAnswer:
        """Ask for an order, for which money must be set aside at that moment if there is to be one."""
        money = state_of(self.account.table_of("budget").items.get(f"purchase_id#{wanted.key}"))
        known = len(self.suppliers.orders)
        answer = self.suppliers.place(wanted)
        if len(self.suppliers.orders) > known and money.get("status") != "reserved":
            self.account.world.violate(f"{wanted.key} is ordered, and its money is {money.get('status')}")
        return answer

    def judge(self) -> Iterator[str]:
        rest = Rest(self.account, self.suppliers)
        for promise in PROMISES:
            yield from promise(rest)
        yield from self._mails(rest)

    def _mails(self, rest: Rest) -> Iterator[str]:
        mailed = {json.loads(request["Message"])["key"] for _, request in self.account.published}
        asked = {event.detail["purchase_id"] for event in rest.of("AskManager")}
        if mailed != asked:
            yield f"managers were to be asked about {sorted(asked)}, and have mails about {sorted(mailed)}"

    def _saga_is_written(self, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        """A saga ends once, and gives up waiting when the time of what it waits for has come."""
        old, new = state_of(before), state_of(after)
        world, name = self.account.world, after["pk"]["S"]
        if old.get("status") in ("completed", "undone") and new != old:
            world.violate(f"the saga of {name} was {old['status']}, and goes on")
        if old.get("status") == "running" and new.get("reason", "").endswith("had no answer in time"):
            waited_for = [at for step, at in old["deadlines"].items() if old["steps"][step] == "sent"]
            if not any(world.now >= datetime.fromisoformat(at).timestamp() - SKEW for at in waited_for):
                world.violate(f"the saga of {name} gives up before its time")


class Purchases(Application):
    """The purchases under the simulator."""

    race = RACE
    mutants = MUTANTS
    judges_business = True
    publishes_to_topics = True

    def workload(self, chance: Chance) -> Sequence[Command]:
        return workload(chance)

    def course(self, account: AwsAccount, commands: Sequence[Command]) -> PurchaseCourse:
        return PurchaseCourse(account, commands)

    def effects(self, function: FunctionSpec, topic: Any) -> Adapters:
        match function.service:
            case "supplier":
                return {PlaceOrder: self._place}
            case "mail":
                return {SendMail: Post(topic, function.variables["TOPIC_MAIL_ARN"]).send}
        return {}

    def _place(self, wanted: PlaceOrder) -> OrderAnswer:
        course = self._course
        assert isinstance(course, PurchaseCourse)
        return course.account.world.effect(SUPPLIERS, lambda: course.place(wanted), Unavailable)
