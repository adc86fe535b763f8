"""A changed assembly in the place of the present one: what is the same keeps all it holds, and what is new is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.aws.errors import DeploymentRefused, FunctionUnloadable
from ensemble.laptop import Laptop, VirtualClock
from tests.toolkit.laptop.assemblies import Template, function, queue, subscription
from tests.toolkit.laptop.small import entry
from tests.toolkit.laptop.test_state import assembly, stored

COUNTS = """
seen = []
def handler(event, context):
    print("handled")
    seen.append(event)
    return {"seen": len(seen), "by": "old"}
"""
COUNTS_OTHERWISE = COUNTS.replace("old", "new")
BROKEN = "def handler(event, context)\n    pass\n"


def small(folder: Path, one: str = COUNTS, /, **resources: Template) -> Path:
    """Return an assembly with two functions that count in memory, `one` and `other`."""
    return assembly(folder, {"one": one, "other": COUNTS}, **resources)


def test_a_function_whose_code_is_the_same_keeps_what_it_has_in_memory(tmp_path: Path) -> None:
    with Laptop(small(tmp_path / "1"), VirtualClock()) as laptop:
        for name in ("one", "other"):
            laptop.invoke(name, {})

        laptop.take_over(small(tmp_path / "2", COUNTS_OTHERWISE))

        assert laptop.invoke("one", {}) == {"seen": 1, "by": "new"}
        assert laptop.invoke("other", {}) == {"seen": 2, "by": "old"}
        assert laptop.function("other").invocations == 2
        assert laptop.function("one").output == ["handled", "handled"]


def test_a_function_with_another_variable_begins_anew(tmp_path: Path) -> None:
    with Laptop(small(tmp_path / "1"), VirtualClock()) as laptop:
        laptop.invoke("one", {})

        changed = function("one", Environment={"Variables": {"SOME": "value"}})
        laptop.take_over(small(tmp_path / "2", One=changed))

        assert laptop.invoke("one", {})["seen"] == 1


def test_rows_and_messages_stay_and_clients_of_kept_functions_reach_them(tmp_path: Path) -> None:
    with Laptop(stored(tmp_path / "1"), VirtualClock()) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()
        laptop.put_events([entry()])

        taken_over = laptop.take_over(stored(tmp_path / "2"))
        laptop.run_until_idle()

        assert (taken_over.made, taken_over.gone, taken_over.lost) == ((), (), ())
        assert len(laptop.table_items("rows")) == 2
        assert laptop.function("relay").invocations == 2


def test_what_is_new_is_made_and_what_is_gone_goes_with_its_messages(tmp_path: Path) -> None:
    with Laptop(small(tmp_path / "1", Old=queue(QueueName="old")), VirtualClock()) as laptop:
        laptop.queue("old").send("one")
        laptop.queue("old").send("two")

        taken_over = laptop.take_over(small(tmp_path / "2", **subscription({"detail-type": ["LoanRequested"]}, "One")))
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert taken_over.made == (
            "queue one-queue-dlq",
            "queue one-queue",
            "rule one",
            "queue one-queue-undelivered",
        )
        assert taken_over.gone == ("queue old",)
        assert taken_over.lost == ("2 messages of the queue old",)
        assert "old" not in laptop.queues
        assert laptop.function("one").invocations == 1


def test_listeners_hooks_and_failures_go_on(tmp_path: Path) -> None:
    heard, invoked = [], []
    with Laptop(stored(tmp_path / "1"), VirtualClock()) as laptop:
        laptop.on_event(lambda bus, event: heard.append(event["detail-type"]))
        laptop.before_invoke(lambda name, event: invoked.append(name))
        laptop.take_over(stored(tmp_path / "2"))

        laptop.put_events([entry()])
        laptop.run_until_idle()

    assert heard == ["LoanRequested"]
    assert invoked == ["loan", "relay"]


def test_what_is_refused_or_does_not_load_leaves_the_present_one_as_it_is(tmp_path: Path) -> None:
    with Laptop(stored(tmp_path / "1"), VirtualClock()) as laptop:
        laptop.put_events([entry()])

        with pytest.raises(DeploymentRefused, match="two resources want to be"):
            laptop.take_over(small(tmp_path / "2", A=queue(QueueName="a"), B=queue(QueueName="a")))
        with pytest.raises(FunctionUnloadable, match="one does not load: ModuleNotFoundError"):
            laptop.take_over(small(tmp_path / "3", One=service("one")))
        laptop.run_until_idle()

        assert len(laptop.table_items("rows")) == 1
        assert laptop.function("relay").invocations == 1


def service(name: str) -> Template:
    """Return a function with the handler of a service's consumer."""
    return function(name, handler="functions.one.handler.handler")


def test_other_code_is_met_by_the_next_invocation_and_broken_code_never(tmp_path: Path) -> None:
    first, changed, broken = (
        small(tmp_path / name, source).parent / "asset.one"
        for name, source in (("1", COUNTS), ("2", COUNTS_OTHERWISE), ("3", BROKEN))
    )
    with Laptop(first.parent / "assembly", VirtualClock()) as laptop:
        laptop.invoke("one", {})
        laptop.replace_code(["one"], changed)
        assert laptop.invoke("one", {}) == {"seen": 1, "by": "new"}

        with pytest.raises(FunctionUnloadable, match="one does not load: SyntaxError"):
            laptop.replace_code(["one", "other"], broken)

        assert laptop.invoke("one", {}) == {"seen": 2, "by": "new"}
        assert laptop.function("one").output == ["handled"] * 3
