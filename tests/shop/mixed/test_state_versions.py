"""A deployment over orders under way, with a renamed and a retyped field of the order's state: both versions run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import application, runs_of
from ensemble.command_line.stage.rewriting import Rewriting
from ensemble.contracts.states.evolution import broken_states, contract_of, file_of
from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Course
from ensemble.simulator.chance import Chance
from ensemble.simulator.dynamodb import DynamoDb
from ensemble.simulator.faults import Fault, made, profile_of
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.world import START
from functions.kit.contracts import Contracts
from functions.kit.model import Decision, Service, Upcast
from functions.order.domain import Order
from functions.order.service import ORDER
from scenarios.shop.simulation import Shop

SEEDS = {"core": 30, "full": 5}
"""Schedules by lane: some of them have hours in which half of the invocations are of the version before."""

ONCE_FAILED = (422, 1_504)
"""Seeds of the core lane in which the judge was wrong: the newer version dies at an event, the older one waits."""


@dataclasses.dataclass(frozen=True, slots=True)
class OlderOrder:
    """An order as it was stored before: the e-mail address had another name, and the total was in euros."""

    status: str
    order_id: str
    customer_id: str = ""
    mail: str = ""
    total: float = 0.0
    deadline: str = ""


def newer(fields: dict[str, Any]) -> dict[str, Any]:
    """Upcast a stored order: `email` was `mail`, and the total was in euros."""
    kept = {name: value for name, value in fields.items() if name not in ("mail", "total")}
    total = {"minor_units": round(fields["total"] * 100), "currency": "EUR"} if fields.get("total") else {}
    return {**kept, "email": fields.get("mail", ""), "total": total}


VERSION_2 = dataclasses.replace(ORDER, upcast_state={2: newer})
VERSION_1 = dataclasses.replace(ORDER, state=OlderOrder)


BACKFILLS = 4
"""How often in a schedule somebody brings all orders up to date, while both versions run."""


class Operators:
    """What an operator asks of the simulated DynamoDB, which no fault meets."""

    def __init__(self, dynamodb: DynamoDb) -> None:
        self._dynamodb = dynamodb

    def scan(self, **request: Any) -> dict[str, Any]:
        return self._dynamodb.answer("Scan", request)

    def get_item(self, **request: Any) -> dict[str, Any]:
        return self._dynamodb.answer("GetItem", request)

    def put_item(self, **request: Any) -> dict[str, Any]:
        return self._dynamodb.answer("PutItem", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        return self._dynamodb.answer("UpdateItem", request)


class ShopOfTwoVersions(Shop):
    """The shop whose orders are stored in version 2, while hours in which version 1 runs too come and go."""

    backfilled = 0

    def begin(self, account: AwsAccount, commands: Sequence[Command] | None = None) -> Course:
        begun = super().begin(account, commands)
        world, service = account.world, self.services[ORDER.name]
        for number in range(BACKFILLS if service.upcast_state else 0):
            instant = START + world.chance.spread(f"backfill {number}", 0.1, max(world.profile.heals_at, 60.0))
            world.at(instant, lambda: self._backfill(account, service))
        return begun

    def _backfill(self, account: AwsAccount, service: Service) -> None:
        table = account.table_of(service.name).name
        client, now = Operators(account.dynamodb), account.world.now
        done = Rewriting(service, client, table, rate=1e9, now=lambda: now, pause=lambda seconds: None)
        *_, progress = done.run()
        for key, problem in progress.left.items():
            account.world.violate(f"{key} cannot be brought up to date: {problem}")
        self.backfilled += progress.written

    def older(self, service: Service, contracts: Contracts) -> tuple[Service, Contracts]:
        before, its_contracts = super().older(service, contracts)
        if service.name != ORDER.name:
            return before, its_contracts
        reactions = tuple(dataclasses.replace(one, react=_stored_as_before(one.react)) for one in before.reactions)
        return dataclasses.replace(before, state=OlderOrder, reactions=reactions, upcast_state={}), its_contracts


def _stored_as_before(decide: Callable[..., Decision]) -> Callable[..., Decision]:
    def older_decide(order: OlderOrder | None, *args: Any) -> Decision:
        decision = decide(None if order is None else _present(order), *args)
        return Decision(None if decision.state is None else _past(decision.state), *decision.publications)

    return older_decide


def _present(order: OlderOrder) -> Order:
    return Order(**newer(dataclasses.asdict(order)))


def _past(order: Order) -> OlderOrder:
    total = order.total["minor_units"] / 100 if order.total else 0.0
    return OlderOrder(order.status, order.order_id, order.customer_id, order.email, total, order.deadline)


@pytest.fixture(scope="module")
def environment(assembly: Path) -> Path:
    return assembly / "assembly-dev"


def runs_with(
    upcast_state: Mapping[int, Upcast], environment: Path, lane: str
) -> tuple[Callable[[int], Outcome], ShopOfTwoVersions]:
    """Return the runs of the shop whose orders have these versions, each with hours in which both versions run."""
    shop = application()
    services = {**shop.services, ORDER.name: dataclasses.replace(ORDER, upcast_state=upcast_state)}
    app = ShopOfTwoVersions(services, shop.schemas, shop.scenario)
    run = runs_of(app, environment, lane)

    def of_both(seed: int) -> Outcome:
        drawn = profile_of(Chance(seed))
        rates = {**drawn.rates, Fault.OLDER_VERSION: 1.0}
        return run(seed, profile=made(rates, drawn.heals_at))

    return of_both, app


@pytest.mark.parametrize("lane", SEEDS)
def test_no_schedule_breaks_a_promise_while_both_versions_of_the_state_are_written(
    environment: Path, lane: str
) -> None:
    run, app = runs_with({2: newer}, environment, lane)

    outcomes = [run(seed) for seed in range(SEEDS[lane])]

    assert [(one.seed, one.violations) for one in outcomes if one.violations] == []
    assert sum(one.faults["order consumer", Fault.OLDER_VERSION] for one in outcomes) > SEEDS[lane]
    assert app.backfilled > 0


def test_no_seed_that_once_failed_fails(environment: Path) -> None:
    run, _ = runs_with({2: newer}, environment, "core")

    assert [(seed, violated) for seed in ONCE_FAILED if (violated := run(seed).violations)] == []


def test_an_older_version_that_does_not_wait_for_the_newer_one_loses_what_it_wrote(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upcast = Service.upcast
    monkeypatch.setattr(
        Service, "upcast", lambda self, stored, version: upcast(self, stored, min(version, self.state_version))
    )
    run, _ = runs_with({2: newer}, environment, "core")

    assert any(run(seed).violations for seed in range(SEEDS["core"]))


def test_a_state_that_is_changed_without_another_version_is_found_by_the_simulator_too(environment: Path) -> None:
    run, _ = runs_with({}, environment, "core")

    assert any(run(seed).violations for seed in range(SEEDS["core"]))


def recorded() -> dict[str, dict[str, Any]]:
    """Return what is recorded of the version before."""
    return {"prod": {file_of("order"): contract_of(VERSION_1)}}


def test_the_check_refuses_it_without_upcast_state_and_takes_it_with_it() -> None:
    (finding,) = broken_states(recorded(), [ORDER])

    assert finding.file == "functions/order/domain.py"
    assert "Order has no mail any more (is it email now?), which rows have: its value would be lost" in finding.problem
    assert "Harmed: the workflows that order has under way in prod" in finding.problem
    assert "upcast_state={2: ...} of order" in finding.fix
    assert not list(broken_states(recorded(), [VERSION_2]))
