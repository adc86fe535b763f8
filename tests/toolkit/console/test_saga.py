"""A saga's steps in a browser: a line with each one's state in words, which goes on while it is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from ensemble.command_line.trace.document import row_document
from ensemble.console.packages import PAGE, packages_of_page
from ensemble.trace.known import Row
from tests.kit.saga.tables import APPROVE, SHIP, charge, conducted, if_large, reserve
from tests.toolkit.console.browser import browser, show
from tests.toolkit.trace.test_sagas import NOON

SAGA = conducted(reserve(), (charge(), if_large()), APPROVE, SHIP)
SINCE = {"since": "2026-01-01T11:59:20.000Z", "asked": None, "reason": "too much"}
CHARGING = {
    "status": "running",
    "steps": {"HoldParts": "done", "TakeDeposit": "sent", "CheckLimit": "skipped"},
    "deadlines": {"TakeDeposit": "2026-01-01T12:04:20.000Z"},
}
GOING_BACK = {
    "status": "undoing",
    "steps": {"HoldParts": "done", "TakeDeposit": "undoing", "CheckLimit": "refused"},
    "deadlines": {},
}

SCRIPT = """
import { render } from "preact";
import { Sagas } from "/page/saga.js";
import { html } from "/page/html.js";
window.tell = (told) => render(html`<${Sagas} told=${told} />`, document.getElementById("part"));
window.tell(TOLD);
"""


def told(state: dict[str, Any]) -> dict[str, Any]:
    row = Row("repair", "repair_id#o-1", "w-1", 3, SINCE | state, table=SAGA.table)
    other = Row("stock", "repair_id#o-1", "w-1", 1, {"status": "held"})
    return {"now": "2026-01-01T12:00:00.000Z", "rows": [row_document(one, NOON) for one in (other, row)]}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1440, "height": 600})
    style = "".join((PAGE / name).read_text(encoding="utf-8") for name in ("style.css", "saga.css"))
    wrong = show(page, SCRIPT.replace("TOLD", json.dumps(told(CHARGING))), style)
    page.wait_for_selector(".saga")
    yield page
    page.close()
    assert wrong == []


def step(page: Page, name: str) -> Locator:
    return page.locator(".of-saga").filter(has=page.get_by_text(name, exact=True))


def test_each_step_says_in_words_how_it_is_and_those_that_are_waited_for_are_current(page: Page) -> None:
    texts = {name: step(page, name).inner_text() for name in ("HoldParts", "TakeDeposit", "CheckLimit", "Approval")}

    assert "is done" in texts["HoldParts"]
    assert "↩ FreeParts" in texts["HoldParts"]
    assert "waits for its answer" in texts["TakeDeposit"]
    assert "asked for 40 s ago" in texts["TakeDeposit"]
    assert "to answer within 4 min 20 s" in texts["TakeDeposit"]
    assert "was not needed" in texts["CheckLimit"]
    assert "only if is_large" in texts["CheckLimit"]
    assert "is to come" in texts["Approval"]
    assert "by RepairApproved or RepairDeclined" in texts["Approval"]
    assert "the pivot" in step(page, "FixDevice").inner_text()
    assert page.locator('[aria-current="step"] b').all_inner_texts() == ["TakeDeposit"]
    assert page.get_by_role("region", name="repair, step by step").count() == 1
    assert "repair is at step 2 of 4: TakeDeposit" in page.locator(".saga h2").inner_text()


def test_stages_are_a_list_with_their_steps_side_by_side_which_the_keyboard_reaches(page: Page) -> None:
    stages = page.get_by_role("list", name="Stages of repair")

    page.keyboard.press("Tab")

    assert stages.locator("> li").count() == 4
    assert stages.locator("> li").nth(1).locator("b").all_inner_texts() == ["TakeDeposit", "CheckLimit"]
    assert stages.evaluate("list => list === document.activeElement")


def test_what_is_looked_at_goes_on_with_the_saga(page: Page) -> None:
    late = {**CHARGING, "deadlines": {"TakeDeposit": "2026-01-01T11:59:30.000Z"}}

    page.evaluate("told => window.tell(told)", told(late))
    overdue = step(page, "TakeDeposit").inner_text()
    page.evaluate("told => window.tell(told)", told(GOING_BACK))

    assert "and is late" in overdue
    assert "to have answered 30 s ago" in overdue
    assert "is being undone" in step(page, "TakeDeposit").inner_text()
    assert "will not be asked for" in step(page, "Approval").inner_text()
    assert "too much" in page.locator(".saga h2").inner_text()


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_it_light_and_dark_wide_and_narrow(page: Page, width: int) -> None:
    axe = Path(packages_of_page(), "axe-core", "axe.min.js").read_text(encoding="utf-8")
    page.set_viewport_size({"width": width, "height": 600})
    page.evaluate(axe)
    found = []

    for state in (CHARGING, GOING_BACK):
        page.evaluate("told => window.tell(told)", told(state))
        for theme in ("light", "dark"):
            page.evaluate("theme => (document.documentElement.style.colorScheme = theme)", theme)
            found += [one["id"] for one in page.evaluate("axe.run('.saga')")["violations"]]

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
