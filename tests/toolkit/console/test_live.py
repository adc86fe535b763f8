"""The live page in a browser: what a list says of a workflow that is late, and of rules that are deployed otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from ensemble.console.progress import Looked, Shown
from ensemble.trace.known import Happened
from tests.toolkit.console.browser import browser
from tests.toolkit.console.events import WITHIN_SECONDS, workflow
from tests.toolkit.console.served import Busy, console_of


class Astray(Busy):
    """A stage on which one workflow ended in time and one is late, and of which two rules are deployed otherwise."""

    def __init__(self) -> None:
        super().__init__(0, 0)

    def opening(self) -> Iterator[list[Happened]]:
        now = time.time()
        yield [*workflow("in-time", at=now - 10), *workflow("too-long", 2, at=now - 2 * WITHIN_SECONDS)]

    def rules(self) -> Mapping[str, Any]:
        return {"faults": {}, "differs": ["one is not deployed", "another is deployed with another pattern"]}

    def looked(self, workflow: str) -> Looked:
        return Looked(Shown.WAITING, f"{workflow} waits", self.now())


def test_a_late_workflow_has_a_mark_and_deployed_rules_that_differ_are_said_with_which() -> None:
    with browser() as chromium, console_of(Astray()) as url:
        page = chromium.new_page()
        page.goto(url)

        late = page.locator(".row", has_text="too-long").locator(".late")
        late.wait_for()
        page.get_by_text("The graph is that of the working tree: 2 rules are deployed otherwise.").click()

        assert late.text_content() == "late"
        assert late.locator("path").get_attribute("d")
        assert page.locator(".row", has_text="in-time").locator(".late").count() == 0
        assert page.locator(".differs li").all_inner_texts() == [
            "one is not deployed",
            "another is deployed with another pattern",
        ]
