"""The shop as the simulator knows it: its services, its effects, and one course of it at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Command
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
from scenarios.shop.course import ShopCourse
from scenarios.shop.mutants import MUTANTS
from scenarios.shop.older import older
from scenarios.shop.stories import RACE, STORIES
from scenarios.shop.workload import workload


class Shop:
    """The application that the simulator is told of."""

    stories, race, mutants = STORIES, RACE, MUTANTS

    def __init__(self, services: Mapping[str, Service]) -> None:
        self.services = services
        self._course: ShopCourse | None = None

    def begin(self, account: AwsAccount, commands: Sequence[Command] | None = None) -> ShopCourse:
        """Begin a schedule, of the seed's own workload unless another is given."""
        self._course = ShopCourse(account, workload(account.world.chance) if commands is None else commands)
        return self._course

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
        assert self._course is not None
        return self._course
