"""What goes wrong in one night of the shop, hour by hour, and what is typed against it."""

from __future__ import annotations

from collections.abc import Callable

from scenarios.shop.stories import cancel, order, receipt
from tests.shop.night.bus import (
    a_queue_is_purged,
    an_entry_is_refused,
    two_versions_run_at_once,
)
from tests.shop.night.night import BUS, HOUR, MINUTE, Night, group, orders
from tests.shop.operations.replayed import figures


def play(night: Night) -> None:
    """Let it all happen. Raises AssertionError where a command does not answer as it should."""
    night.put(receipt("sku-4", 10_000))
    night.wait(MINUTE)
    for trouble in TROUBLES:
        trouble(night)


def the_carrier_is_down(night: Night) -> None:
    night.say("the carrier goes down; an order comes every five minutes")
    night.laptop.carrier.stop()
    orders(night, "evening", 12, every=5 * MINUTE)
    night.ensemble("workflows", "--state", "waiting", "--limit", "3")
    night.ensemble("trace", "evening-11")
    night.say("the carrier is back")
    night.laptop.carrier.start()
    night.wait(20 * MINUTE)
    night.ensemble("workflows", "--state", "waiting", "--since", "2h")


def a_sender_breaks_its_contract(night: Night) -> None:
    night.say("a new release of a shop window sends twelve orders without lines, and goes on with right ones")
    for one in range(12):
        command = order(f"broken-{one}", ("sku-4", 1, 12.5))
        night.put_event("storefront", "PlaceOrder", {**command.fields, "items": []})
    orders(night, "right", 3)
    night.wait(2 * MINUTE)
    listed = night.ensemble("dlq", "list")
    night.ensemble("dlq", "redrive", group(night), "--dry-run", status=1)
    night.ensemble("dlq", "drop", group(night), "--why", "sent again by the shop window", "--yes")
    assert "12 x PlaceOrder" in listed


def a_rule_is_switched_off(night: Night) -> None:
    night.say("somebody switches off the rule by which payment hears of reservations")
    rule = "shop-dev-payment-InventoryReserved"
    night.eventbridge.disable_rule(Name=rule, EventBusName=BUS)
    orders(night, "unheard", 2)
    night.wait(5 * MINUTE)
    night.ensemble("trace", "unheard-0")
    told = night.ensemble("doctor", status=1)
    assert f"events enable-rule --name {rule} " in told
    night.say("the command that the doctor names is typed")
    night.eventbridge.enable_rule(Name=rule, EventBusName=BUS)
    night.wait(15 * MINUTE)
    night.ensemble("workflows", "--state", "undone", "--limit", "2")
    night.ensemble("reconcile", "payment", "--since", "1h", status=1)
    night.ensemble("reconcile", "payment", "--since", "1h", "--yes")


def a_target_is_deleted(night: Night) -> None:
    night.say("somebody deletes the target of the rule by which shipping hears of payments")
    here = {"Rule": "shop-dev-shipping-PaymentCharged", "EventBusName": BUS}
    targets = night.eventbridge.list_targets_by_rule(**here)["Targets"]
    night.eventbridge.remove_targets(**here, Ids=[one["Id"] for one in targets])
    orders(night, "unsent", 2)
    night.wait(2 * MINUTE)
    told = night.ensemble("doctor", status=1)
    assert f"events put-targets --rule {here['Rule']} " in told
    night.say("the command that the doctor names is typed, and as soon as nothing can be on its way any more:")
    night.eventbridge.put_targets(**here, Targets=targets)
    night.wait(16 * MINUTE)
    night.ensemble("reconcile", "--since", "1h", "--yes")
    night.wait(2 * MINUTE)
    night.ensemble("workflows", "--type", "PlaceOrder", "--limit", "2")
    night.ensemble("doctor")


def one_sender_floods(night: Night) -> None:
    night.say("one sender asks two hundred times for the cancellation of orders that are none; others go on")
    for one in range(200):
        night.put(cancel(f"flood-{one}"))
    orders(night, "beside", 5)
    night.wait(2 * MINUTE)
    night.ensemble("workflows", "--type", "PlaceOrder", "--limit", "5")


def a_day_is_counted_again(night: Night) -> None:
    night.say("analytics is to count the day anew")
    before = figures(night.laptop)
    night.ensemble("replay", "plan", "--from", "2026-01-01", "--to", "2026-01-03", "--service", "analytics")
    night.ensemble("replay", "rebuild", "analytics", "--yes")
    night.wait(MINUTE)
    assert figures(night.laptop) == before


def all_is_well(night: Night) -> None:
    night.say("morning")
    night.wait(HOUR)
    night.ensemble("dlq", "list")
    night.ensemble("workflows", "--state", "waiting", "--state", "dropped", "--since", "2h")
    night.ensemble("reconcile")
    night.ensemble("verify", "--since", "24h")
    night.ensemble("doctor")


TROUBLES: tuple[Callable[[Night], None], ...] = (
    the_carrier_is_down,
    a_sender_breaks_its_contract,
    a_rule_is_switched_off,
    a_target_is_deleted,
    a_queue_is_purged,
    an_entry_is_refused,
    two_versions_run_at_once,
    one_sender_floods,
    a_day_is_counted_again,
    all_is_well,
)
