"""A busy stage in a browser: what the page takes beside an empty one, in the same run."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import quantiles
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.toolkit.console.browser import browser
from tests.toolkit.console.served import Busy, console_of, long_document

RATE, BEFORE, SECONDS, QUIET_SECONDS = 100, 10_000, 5, 2
"""Events a second, workflows that were there before, for how long it is looked, and for how long at an empty page."""

LONGEST_FRAMES = 6
"""So many frames of an empty page, 16.7 ms each on a usual screen, one of the busy page may take: 100 ms."""

EMPTY_PAGE = "data:text/html,<title>empty</title>"

WATCH = """() => {
  window.frames_ = [];
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    window.frames_.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""


class Watched:
    """A page whose frames and whose work are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")
        page.evaluate(WATCH)
        self._before = self._metrics()

    def _metrics(self) -> dict[str, float]:
        return {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}

    def frames(self) -> list[float]:
        """Return how long each frame took, in milliseconds."""
        found: list[float] = self.page.evaluate("window.frames_")
        return found

    def busy(self) -> float:
        """Return how many seconds its main thread was busy since it was watched."""
        return self._metrics()["TaskDuration"] - self._before["TaskDuration"]

    def heap(self) -> float:
        """Return what it holds in memory, in bytes, without what is garbage."""
        self._session.send("HeapProfiler.collectGarbage")
        return self._metrics()["JSHeapUsedSize"]


def slow(frames: list[float]) -> float:
    """Return what 95% of the frames do not exceed, in milliseconds."""
    return quantiles(frames, n=20)[-1]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Any]:
    contexts = []

    def open_page(url: str) -> Page:
        contexts.append(chromium.new_context(viewport={"width": 1440, "height": 900}))
        page: Page = contexts[-1].new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_a_hundred_events_a_second_and_ten_thousand_workflows_leave_the_page_free(opened: Any) -> None:
    with console_of(Busy(BEFORE, RATE)) as url:
        busy, empty = opened(url), opened(EMPTY_PAGE)
        busy.locator(".row").first.wait_for()
        empty.bring_to_front()
        beside = Watched(empty)
        empty.wait_for_timeout(1_000 * QUIET_SECONDS)
        quiet = slow(beside.frames())
        busy.bring_to_front()
        watched = Watched(busy)

        busy.wait_for_timeout(1_000 * SECONDS)

        rows, share = busy.locator(".row").count(), watched.busy() / SECONDS
        total = sum(int(text.replace(",", "")) for text in busy.locator(".states b").all_inner_texts())
        frames, heap = watched.frames(), watched.heap() / beside.heap()
    print(
        f"busy {share:.2f} of a core, longest frame {max(frames):.0f} ms, 95% within {slow(frames):.1f} ms "
        f"(empty {quiet:.1f} ms), heap {heap:.0f} times an empty page"
    )
    assert slow(frames) < LONGEST_FRAMES * quiet
    assert total == BEFORE
    assert rows < 60
    assert heap < 40


def test_memory_does_not_grow_with_the_events_that_were_shown(opened: Any) -> None:
    with console_of(Busy(200, 10 * RATE)) as url:
        page = opened(url)
        page.locator(".row").first.wait_for()
        page.wait_for_timeout(2_000)
        watched = Watched(page)
        before = watched.heap()

        page.wait_for_timeout(4_000)

        after = watched.heap()
    print(f"heap {before / 1e6:.1f} MB, then {after / 1e6:.1f} MB")
    assert after < 3 * before


def test_a_workflow_of_five_thousand_events_opens_with_the_steps_in_sight_alone(opened: Any) -> None:
    document = long_document(5_000)
    with console_of(Busy(0, 0), {"workflow/{asked:path}": lambda _: document}) as url:
        page = opened(url)
        page.goto(f"{url.partition('/?')[0]}/workflow/1")
        page.get_by_role("heading", name="1", exact=True).wait_for()
        first = page.locator(".waterfall .row").count()

        page.keyboard.press("j")
        page.locator(".waterfall .rows").evaluate("box => (box.scrollTop = box.scrollHeight)")
        page.get_by_text("Step1").first.wait_for()

        steps = page.locator(".title dd").all_inner_texts()
    assert "5,000" in steps
    assert 0 < first < 80
    assert page.locator(".waterfall .row").count() < 80
