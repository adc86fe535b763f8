"""The conducted shop under the simulator: the shop, with a saga that is watched too, and what must hold of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.chance import Chance
from functions.kit.contracts import Contracts
from functions.kit.model import Service
from scenarios.conducted import promises
from scenarios.conducted.causes import DOWN, CausesOfASaga
from scenarios.conducted.mutants import MUTANTS
from scenarios.conducted.stories import WAYS
from scenarios.shop import choreographed
from scenarios.shop.choreographed import Promise, Shop, ShopCourse
from scenarios.shop.older import VERSIONS, older
from scenarios.shop.promises import every_reason_is_true, every_step_is_told_once
from scenarios.shop.writes import state_of

OWN: Mapping[Promise, Promise] = {
    every_step_is_told_once: promises.every_step_is_told_once,
    every_reason_is_true: promises.every_reason_is_true,
}
"""The promises that are worded otherwise here, by those of the shop."""


OLDER = {
    type: version
    for type, version in VERSIONS.items()
    if type not in ("InventoryReserved", "PaymentCharged", "PaymentRefunded")
}
"""What was published before; the answers to a saga have been as they are since there is one."""


BANKS_DOWN = 0.1
"""How many of the cards are of a bank that is down."""

BANK_SECONDS = 420.0
"""For how long it is, from when it is first asked: longer than a saga waits."""


class ConductedCourse(ShopCourse):
    """Watches the saga's table too."""

    watched = (*choreographed.WATCHED, "fulfilment")
    causes = CausesOfASaga
    promises = (
        *(OWN.get(one, one) for one in choreographed.PROMISES),
        promises.every_command_is_sent_once_at_most,
        promises.no_saga_keeps_what_it_knew,
    )
    promises_of_causes = tuple(OWN.get(one, one) for one in choreographed.PROMISES_OF_CAUSES)

    def __init__(self, account: AwsAccount, commands: Sequence[Command]) -> None:
        super().__init__(account, commands)
        self.provider.outage = BANK_SECONDS

    def judge_idle(self) -> Iterator[str]:
        """Yield what does not hold while dead letters still wait for a person."""
        yield from super().judge_idle()
        if self.account.queues.holds_back("fulfilment"):
            return  # it may be the timer
        for key, item in self.account.table_of("fulfilment").items.items():
            saga = state_of(item)
            late = min(saga.get("deadlines", {}).values(), default=None)
            if saga["status"] == "running" and late and _seconds(late) < self.account.world.now:
                yield f"the saga of {key} still waits after its deadline"


def _of_a_bank(chance: Chance, command: Command) -> Command:
    if command.type != "PlaceOrder" or chance.draw(f"bank of {command.fields['order_id']}") >= BANKS_DOWN:
        return command
    return replace(command, fields={**command.fields, "payment_token": DOWN})


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


class ConductedShop(Shop):
    """The shop whose orders a saga conducts."""

    mutants = MUTANTS
    kind_of_course = ConductedCourse
    promises_of_a_stage = (
        *(one for one in choreographed.PROMISES_OF_A_STAGE if one not in OWN),
        promises.every_step_is_told_once,
        promises.every_command_is_sent_once_at_most,
    )

    @property
    def stories(self) -> Mapping[str, Sequence[Command]]:
        """The ways that one order can go, small enough to try every crash."""
        return WAYS

    def workload(self, chance: Chance) -> Sequence[Command]:
        """Draw what customers and the warehouse ask, some of them with a card whose bank is down."""
        return [_of_a_bank(chance, command) for command in super().workload(chance)]

    def older(self, service: Service, contracts: Contracts) -> tuple[Service, Contracts]:
        """Return the version of a service that was deployed before, with its contracts."""
        return older(service, contracts, OLDER)
