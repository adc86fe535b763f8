"""A recorded schedule told apart by workflow: who changed what, what was published, which fault struck whom."""

from __future__ import annotations

from ensemble.command_line.simulate.simulating import Runs
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.story import Line, Workflow, workflows
from scenarios.shop.simulation import Shop

CALM_SEED, STORMY_SEED = 7, 394


def told(outcome: Outcome, shop: Shop) -> dict[str, Workflow]:
    return {workflow.title: workflow for workflow in workflows(outcome.steps, shop.services)}


def line_of(workflow: Workflow, who: str, text: str) -> Line:
    return next(line for line in workflow.lines if (line.who, line.text) == (who, text))


def test_a_step_has_its_cause_the_changed_fields_and_what_it_publishes(core: Runs, shop: Shop) -> None:
    order = told(core(CALM_SEED, recorded=True), shop)["PlaceOrder order-1"]

    first = line_of(order, "storefront", "sends PlaceOrder")
    reserved = line_of(order, "inventory", "OrderPlaced")
    charged = line_of(order, "payment", "InventoryReserved")
    assert order.lines[0] is first
    assert reserved.changes == {"status": (None, "reserved"), "pieces.sku-2": (None, 6), "stock#sku-2": ("7", "1")}
    assert reserved.published == ("InventoryReserved",)
    assert charged.changes == {"status": ("charging", "charged")}
    assert order.lines == sorted(order.lines, key=lambda line: line.instant)


def test_each_event_is_in_the_workflow_of_its_correlation_id(core: Runs, shop: Shop) -> None:
    outcome = core(CALM_SEED, recorded=True)

    found = workflows(outcome.steps, shop.services)

    assert len({workflow.id for workflow in found}) == len(found)
    assert [workflow.title for workflow in found if "order-2" in workflow.subjects] == ["PlaceOrder order-2"]


def test_a_fault_is_marked_in_the_workflow_that_it_struck(core: Runs, shop: Shop) -> None:
    outcome = core(STORMY_SEED, recorded=True)

    found = workflows(outcome.steps, shop.services)

    marked = [line for workflow in found for line in workflow.lines if line.is_fault]
    assert sum(outcome.faults.values()) <= len(marked)
    first = told(outcome, shop)["PlaceOrder order-1"]
    assert line_of(first, "inventory", "a crash: before load").is_fault
    assert line_of(first, "inventory", "crashes").is_fault
    assert all(not line.is_fault for line in first.lines if line.published)


def test_what_belongs_to_no_workflow_is_a_block_of_its_own(core: Runs, shop: Shop) -> None:
    for seed in (STORMY_SEED, 42, 700):
        found = workflows(core(seed, recorded=True).steps, shop.services)
        assert [workflow.id for workflow in found].count("") <= 1
        assert all(workflow.id for workflow in found[:-1])


def test_a_violation_names_the_workflows_of_what_it_is_about() -> None:
    workflow = Workflow("w-1", "PlaceOrder order-1", {"order-1"})

    assert workflow.is_in("order-1 is cancelled and has paid 3750 cents, not 0")
    assert not workflow.is_in("order-10 is cancelled")


def test_a_schedule_that_is_not_recorded_has_no_steps(core: Runs) -> None:
    assert core(CALM_SEED).steps == []
