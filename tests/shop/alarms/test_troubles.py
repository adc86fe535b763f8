"""Troubles as they come, each told of by an alarm, and within how many minutes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ensemble.command_line.run.opening import put, put_opening
from ensemble.laptop import Laptop
from ensemble.scenario import Command
from scenarios.shop.scenario import SCENARIO
from scenarios.shop.stories import order
from tests.shop.stories.conftest import ShopLaptop, laptop_on
from tests.toolkit.alarms.troubles import MINUTE, Tried, with_resources_changed

ORDERS_LATE = {"order-overdue": 2, "order-errorbudget": 3, "order-servicelevel": 5}
"""What tells of orders, one a minute, that do not end any more."""


def orders(laptop: Laptop, number: int) -> None:
    """Place an order a minute."""
    put_opening(laptop, SCENARIO, "shop-dev-ensemble")
    for one in range(number):
        put(laptop, placed(one), "shop-dev-ensemble")
        laptop.run_for(MINUTE)


def placed(number: int) -> Command:
    return order(f"alarming-{number}", ("sku-1", 1, 10.0))


def told(laptop: Laptop, since: float) -> dict[str, float]:
    """Return within how many minutes each alarm went off, without the stage's beginning of its name."""
    return {
        change.alarm.name.removeprefix("shop-dev-"): round((change.at - since) / MINUTE, 1)
        for change in laptop.alarm_changes
        if change.after == "ALARM"
    }


def test_a_provider_that_is_down_for_20_minutes_is_told_of_and_that_it_is_over(tried: Tried) -> None:
    laptop = tried.laptop
    assert isinstance(laptop, ShopLaptop)
    laptop.carrier.stop()
    laptop.engine.after(20 * MINUTE, laptop.carrier.start)

    began = laptop.now()
    orders(laptop, 20)
    assert told(laptop, began) == {"shipping-waiting": 5, **ORDERS_LATE}
    laptop.run_for(20 * MINUTE)

    assert not tried.going("waiting") | tried.going("overdue")
    assert told(laptop, began) == {"shipping-waiting": 5, **ORDERS_LATE}


@contextmanager
def broken(assembly: Path, service: str, folder: Path) -> Iterator[ShopLaptop]:
    """Run the shop as it is deployed with a handler that raises when it is imported."""
    shutil.copytree(assembly, folder)
    (handler,) = {path.resolve() for path in folder.rglob(f"functions/{service}/handler.py")}
    handler.write_text("raise RuntimeError('a bad deployment')\n")
    with laptop_on(folder) as laptop:
        yield laptop


def test_a_bad_deployment_is_told_of_within_five_minutes_where_one_order_comes(assembly: Path, tmp_path: Path) -> None:
    with broken(assembly, "notification", tmp_path / "cdk.out") as laptop:
        began = laptop.now()
        orders(laptop, 1)
        laptop.run_for(19 * MINUTE)

        assert told(laptop, began) == {"notification-late": 4, "notification-failing": 7}


def test_a_bad_deployment_is_told_of_within_three_minutes_where_orders_keep_coming(
    assembly: Path, tmp_path: Path
) -> None:
    with broken(assembly, "notification", tmp_path / "cdk.out") as laptop:
        began = laptop.now()
        orders(laptop, 10)

        assert told(laptop, began) == {"notification-failing": 3, "notification-late": 4}


def test_a_mapping_that_is_switched_off_is_told_of_within_five_minutes_of_the_first_event(tried: Tried) -> None:
    laptop = tried.laptop
    laptop.queue_mappings["shop-dev-inventory-events"].polling.is_enabled = False

    began = laptop.now()
    orders(laptop, 10)

    assert told(laptop, began) == {"inventory-late": 4, **ORDERS_LATE}


def test_a_publisher_without_permission_to_put_events_is_told_of(tried: Tried) -> None:
    laptop = tried.laptop
    put_opening(laptop, SCENARIO, "shop-dev-ensemble")
    laptop.run_for(MINUTE)

    began = laptop.now()
    with tried.refused("AWSEvents.PutEvents"):
        put(laptop, placed(1), "shop-dev-ensemble")
        laptop.run_for(10 * MINUTE)

    assert told(laptop, began) == {"order-waiting": 5, "order-overdue": 2}


def test_a_rule_that_may_not_send_to_its_queue_is_told_of_at_once(assembly: Path, tmp_path: Path) -> None:
    def forbidden(resource: dict[str, Any]) -> None:
        if resource["Type"] == "AWS::SQS::QueuePolicy":
            statements = resource["Properties"]["PolicyDocument"]["Statement"]
            for statement in statements:
                named = str(statement["Resource"])
                if "DeadLetters" not in named and statement["Effect"] == "Allow":
                    statement["Effect"] = "Deny"

    changed = with_resources_changed(assembly / "assembly-dev", tmp_path / "changed" / "assembly-dev", forbidden)
    with laptop_on(changed.parent) as laptop:
        began = laptop.now()
        put(laptop, placed(1), "shop-dev-ensemble")
        laptop.run_for(3 * MINUTE)

        assert told(laptop, began) == {"audit-failures": 1, "order-failures": 1}
