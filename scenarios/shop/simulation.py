"""The shop under the simulator: its outside world, and what must hold of it, at every write and at rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application, Course
from ensemble.simulator.chance import Chance
from ensemble.simulator.dynamodb import Item
from ensemble.simulator.mutation import Mutant
from ensemble.simulator.topology import FunctionSpec
from functions.kit import clock
from functions.kit.contracts import Contracts
from functions.kit.model import Service
from functions.kit.reactor import Adapters
from functions.notification.domain import Message
from functions.notification.mailer import Mailer
from functions.payment.domain import Charge, Refund
from functions.payment.gateway import Gateway
from functions.shipping.domain import Ship
from scenarios.shop import listeners, promises
from scenarios.shop.causes import Causes
from scenarios.shop.expected import expected_orders
from scenarios.shop.mutants import HARD_MUTANTS, MUTANTS
from scenarios.shop.older import older
from scenarios.shop.providers import CARRIER, PROVIDER, Carrier, Provider
from scenarios.shop.rest import Rest, Told
from scenarios.shop.stock import Stock
from scenarios.shop.stories import RACE, WAYS
from scenarios.shop.workload import secrets, workload
from scenarios.shop.writes import Steps, Write, amount_of, state_of

WATCHED = ("order", "inventory", "payment", "shipping")
"""The services that an order goes through."""

Promise = Callable[[Rest], Iterator[str]]
PromiseOfAStage = Callable[[Told], Iterator[str]]

PROMISES: tuple[Promise, ...] = (
    promises.every_step_is_told_once,
    promises.every_order_ends_soon_after_all_is_well,
    promises.whoever_asks_in_time_is_cancelled_or_told_that_it_is_too_late,
    promises.it_is_too_late_only_for_what_was_shipped,
    promises.who_gets_the_order_has_paid_for_it_and_nobody_else_has,
    promises.what_is_completed_was_shipped_once_and_nothing_else_was,
    promises.the_tracking_number_is_the_carriers,
    promises.every_event_says_what_its_order_said,
    promises.stock_is_what_came_in_less_what_was_shipped,
    listeners.the_figures_are_those_of_the_orders_however_often_they_were_replayed,
    listeners.every_customer_is_told_the_news_and_nothing_that_is_not_so,
)
"""What must hold at rest, once every order has ended."""

PROMISES_OF_CAUSES: tuple[Promise, ...] = (
    promises.every_reason_is_true,
    promises.every_refusal_says_which_command_it_answers,
    promises.an_order_is_late_only_when_something_goes_wrong,
    promises.every_event_is_of_the_workflow_that_its_order_began,
)
"""Likewise; but the control keeps no ids of what it handled, by which causes are known."""


PROMISES_OF_A_STAGE: tuple[PromiseOfAStage, ...] = (
    promises.every_order_ends_in_one_way_and_says_so_once,
    promises.every_step_is_told_once,
    promises.it_is_too_late_only_for_what_was_shipped,
    promises.every_refusal_says_which_command_it_answers,
    promises.every_event_says_what_its_order_said,
)
"""Those that the events and rows of one order tell."""


class Noting(Protocol):
    """What notes something in the course of a schedule, and can come back to what it had noted."""

    def saved(self) -> Any: ...

    def restore(self, saved: Any) -> None: ...


class ShopCourse(Course):
    """Watches the tables of the services that an order goes through, and judges the schedule at its end."""

    watched: ClassVar[Sequence[str]] = WATCHED
    causes: ClassVar[type[Causes]] = Causes
    promises: ClassVar[Sequence[Promise]] = PROMISES
    promises_of_causes: ClassVar[Sequence[Promise]] = PROMISES_OF_CAUSES

    def __init__(self, account: AwsAccount, commands: Sequence[Command]) -> None:
        super().__init__(account, commands, secrets=secrets(commands), providers=(PROVIDER, CARRIER))
        self._tables = {service: account.table_of(service) for service in self.watched}
        self._expected = expected_orders(commands)
        self.provider = Provider(account.world, self._expected, self._is_cancelled)
        self.carrier = Carrier(account.world, self._expected)
        self._steps = Steps(account)
        self._stock = Stock(account, self._expected, commands)
        self._causes = self.causes(account, self._stock, self.provider, self.carrier)
        self._noting: tuple[Noting, ...] = (self.provider, self.carrier, self._steps, self._stock, self._causes)
        self._judges_causes = not account.world.lane.is_naive
        account.watch({table.name: self._watcher(service) for service, table in self._tables.items()})

    def _watcher(self, service: str) -> Callable[[Item | None, Item], None]:
        def watch(before: Item | None, after: Item) -> None:
            if "amount" in after:
                self._steps.saw_counter(after["pk"]["S"], amount_of(after))
                return
            write = Write.of(service, before, after)
            self._steps.saw(write)
            if self._judges_causes:
                self._causes.saw(write)

        return watch

    def _is_cancelled(self, order_id: str) -> bool:
        """Say whether the order has ended as cancelled by now."""
        order = self._tables["order"].items.get(f"order_id#{order_id}")
        return str(state_of(order)["status"]) == "cancelled"

    # For an exploration

    def saved(self) -> Any:
        """Return what happened outside and was noted, to come back to."""
        return [one.saved() for one in self._noting]

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        for one, of_one in zip(self._noting, saved, strict=True):
            one.restore(of_one)

    def outside(self) -> Hashable:
        """Return what happened outside, as far as it makes a difference to what comes."""
        return tuple(self.provider.ledger), tuple(self.carrier.parcels)

    # When nothing is under way, and at rest

    def judge_idle(self) -> Iterator[str]:
        """Yield what does not hold while dead letters still wait for a person."""
        if self.account.queues.holds_back("order"):
            return  # it may be the timer
        for key, item in self._tables["order"].items.items():
            order = state_of(item)
            if (
                order["status"] == "placed"
                and datetime.fromisoformat(order["deadline"]).timestamp() < self.account.world.now
            ):
                yield f"{key} is still placed after its deadline"

    def judge(self) -> Iterator[str]:
        """Yield what does not hold now that all is at rest."""
        rest = Rest(self.account, self._expected, self._steps, self._causes, self.provider, self.carrier)
        unended = list(promises.every_order_ends_in_one_way_and_says_so_once(rest))
        if unended:
            yield from unended
            return
        for promise in (*self.promises, *(self.promises_of_causes if self._judges_causes else ())):
            yield from promise(rest)


class Shop(Application):
    """The shop, with what its customers and the warehouse ask, its providers, and its promises."""

    race = RACE
    mutants: Sequence[Mutant] = MUTANTS
    hard_mutants: Sequence[Mutant] = HARD_MUTANTS
    judges_business = True
    publishes_to_topics = True
    kind_of_course: ClassVar[type[ShopCourse]] = ShopCourse
    promises_of_a_stage: ClassVar[Sequence[PromiseOfAStage]] = PROMISES_OF_A_STAGE

    @property
    def stories(self) -> Mapping[str, Sequence[Command]]:
        """The ways that one order can go, small enough to try every crash."""
        return WAYS

    def workload(self, chance: Chance) -> Sequence[Command]:
        """Draw orders, cancellations and restocks."""
        return workload(chance)

    def course(self, account: AwsAccount, commands: Sequence[Command]) -> ShopCourse:
        """Return a new course, which watches the account."""
        return self.kind_of_course(account, commands)

    def judge_stage(self, account: AwsAccount) -> Iterator[tuple[str, str]]:
        """Yield the promises that do not hold of an order on a deployed stage, by their names."""
        watched = self.kind_of_course.watched
        rows = [item for service in watched for item in account.table_of(service).items.values() if "state" in item]
        made = {(item["pk"]["S"].partition("#")[2], str(state_of(item)["status"])) for item in rows}
        told = Told(account, made)
        for promise in self.promises_of_a_stage:
            for text in promise(told):
                yield promise.__name__.replace("_", " "), text

    def older(self, service: Service, contracts: Contracts) -> tuple[Service, Contracts]:
        """Return the version of a service that was deployed before, with its contracts."""
        return older(service, contracts)

    def effects(self, function: FunctionSpec, topic: Any) -> Adapters:
        """Return the real adapters of a service, over systems outside that are simulated."""
        match function.service:
            case "payment":
                return {
                    Charge: lambda charge: self._gateway().charge(charge),
                    Refund: lambda refund: self._gateway().refund(refund),
                }
            case "shipping":
                return {Ship: lambda ship: self._now().carrier.ship(ship)}
            case "notification":
                return {Message: Mailer(topic, function.variables["TOPIC_CUSTOMER_ARN"]).send}
        return {}

    def _gateway(self) -> Gateway:
        return Gateway(self._now().provider, clock.now)

    def _now(self) -> ShopCourse:
        assert isinstance(self._course, ShopCourse)
        return self._course
