"""The laptop AWS does what the synthesized templates say, and nothing else."""

from __future__ import annotations

from typing import Any

from scenarios.shop.stories import STORIES
from tests.shop.stories.conftest import Change, dead_letters_of, laptop_on, play, playing

FULFILLED = playing(STORIES[0])


def is_rule_for(resource: dict[str, Any], event: str) -> bool:
    if resource["Type"] != "AWS::Events::Rule" or "EventPattern" not in resource["Properties"]:
        return False
    return event in resource["Properties"]["EventPattern"].get("detail-type", [])


def test_a_changed_pattern_changes_what_is_delivered(changed: Change) -> None:
    def only_large_orders(resource: dict[str, Any]) -> None:
        if is_rule_for(resource, "OrderPlaced"):
            resource["Properties"]["EventPattern"]["detail"] = {"total": [{"numeric": [">", 1000]}]}

    with laptop_on(changed("inventory", only_large_orders)) as laptop:
        result = play(laptop, FULFILLED).stories[0]

        assert result.end == "none"
        assert [event.type for event in result.events] == ["PlaceOrder", "OrderPlaced"]


def test_without_a_subscription_its_story_does_not_complete(changed: Change) -> None:
    def drop(resource: dict[str, Any]) -> bool:
        return not is_rule_for(resource, "PaymentCharged")

    with laptop_on(changed("shipping", drop)) as laptop:
        result = play(laptop, FULFILLED).stories[0]

        assert result.end == "none"
        assert result.events[-1].type == "PaymentCharged"


def test_a_queue_that_its_rule_may_not_write_to_leaves_the_event_in_the_dlq(changed: Change) -> None:
    def forbid(resource: dict[str, Any]) -> None:
        if resource["Type"] == "AWS::SQS::QueuePolicy":
            statements = resource["Properties"]["PolicyDocument"]["Statement"]
            if "DeadLetters" not in str(resource["Properties"]["Queues"]):
                statements[:] = [statement for statement in statements if statement["Effect"] != "Allow"]

    with laptop_on(changed("shipping", forbid)) as laptop:
        play(laptop, FULFILLED)

        assert list(laptop.dead_letters()) == [dead_letters_of(laptop, "shipping", "PaymentCharged")]
