"""What somebody puts on the bus, on its way to the console's page and to the file that is saved of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ensemble.trace.known import Happened
from tests.toolkit.console.asking import Visitor
from tests.toolkit.console.browser import browser
from tests.toolkit.console.served import TOKEN, Busy, console_of, long_document

MARKUP = (
    "</title></script><img src=x onerror=window.pwned=1><svg onload=window.pwned=1><a href=javascript:pwned=1>x</a>"
)
POLLUTION = {"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "toString": "x"}
NAMES = [MARKUP, "__proto__", "constructor", "toString", "javascript:window.pwned=1", "\ud800", "{{7*7}}", "../../x"]


class Hostile(Busy):
    """A stage on which each event has names that mean something to a page."""

    def __init__(self) -> None:
        super().__init__(0, 0)

    def opening(self) -> Iterator[list[Happened]]:
        now = self.now()
        yield [Happened(f"e-{name}", name, name, name, now, None, {"ticket_id": name}) for name in NAMES]


def document() -> dict[str, Any]:
    """Return a document of a workflow of which everything that a sender writes is hostile."""
    told = long_document(len(NAMES))
    for event, name in zip(told["events"], NAMES, strict=True):
        event |= {"type": name, "source": name, "fields": {name: MARKUP, "inside": POLLUTION}}
        event["heard"] = [{**event["heard"][0], "service": name, "reason": MARKUP}]
    why = {"text": MARKUP, "state": "failed", "service": "__proto__", "cause": "dead letter"}
    rows = [{"service": "__proto__", "row": MARKUP, "state": {"status": MARKUP, **POLLUTION}, "history": []}]
    head = {"asked": MARKUP, "key": MARKUP, "now": told["events"][-1]["at"], "shown": "failed"}
    return told | head | {"why": [why], "rows": rows}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with console_of(Hostile(), {"workflow/{asked:path}": lambda _: document()}) as address:
        yield address


@pytest.fixture
def page(url: str) -> Iterator[Page]:
    with browser() as chromium:
        page = chromium.new_context(accept_downloads=True).new_page()
        page.goto(url)
        page.wait_for_selector(".rows .row")
        yield page


def harm(page: Page) -> Any:
    return page.evaluate("[window.pwned, {}.polluted, Object.prototype.polluted, typeof ({}).toString]")


UNHARMED = [None, None, None, "function"]


def test_names_with_markup_or_of_javascripts_own_are_shown_as_they_are(page: Page) -> None:
    shown = page.locator("main").inner_text()

    assert page.locator(".rows .row").count() == len(NAMES)
    assert "<img src=x onerror=window.pwned=1>" in shown
    assert "__proto__" in shown
    assert page.locator("main img, main script, a[href^=javascript]").count() == 0
    assert harm(page) == UNHARMED


def test_a_workflow_of_hostile_events_is_shown_and_saved_as_text(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url.partition('/?')[0]}/workflow/1")
    page.wait_for_selector(".waterfall li")
    shown = page.locator("main").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(file := tmp_path / "saved.html")

    assert "<img src=x onerror=window.pwned=1>" in shown
    assert harm(page) == UNHARMED
    assert "/" not in download.value.suggested_filename
    assert_harmless(page.context.browser, file)


def assert_harmless(chromium: Browser | None, file: Path) -> None:
    assert chromium is not None
    saved = chromium.new_context(offline=True).new_page()
    saved.goto(file.as_uri())
    assert MARKUP[:20] in saved.title()
    assert saved.locator("script, img, svg[onload], a[href]").count() == 0
    assert harm(saved) == UNHARMED
    saved.context.close()


def test_half_a_character_in_one_event_ends_no_page_for_others(url: str) -> None:
    visitor = Visitor(url.partition("/?")[0])
    visitor.enter(TOKEN)

    keys = [line["key"] for line in visitor.get("snapshot")["lines"]]

    assert "?" in keys
    assert len(keys) == len(NAMES)
