"""A recorded seed in a browser: scrubbed in time, two workflows compared, one saved as a file that opens offline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ensemble.command_line.console.recorded import Recorded, questions
from ensemble.console.packages import packages_of_page
from ensemble.console.recording import Recording, read_recording
from ensemble.console.server import console_app
from ensemble.laptop.server import Server
from tests.toolkit.command_line.recorded import recorded_seed
from tests.toolkit.console.browser import browser

TOKEN = "a-token"
SEED = 3
AXE = packages_of_page() / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def recording(lending: Path, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return read_recording(recorded_seed(lending, SEED, tmp_path_factory.mktemp("recorded") / "seed.jsonl"))


@pytest.fixture(scope="module")
def url(recording: Recording) -> Iterator[str]:
    app = console_app(Recorded(recording), recording.fixed, questions(recording), {}, packages_of_page(), TOKEN)
    with Server(app).start() as server:
        yield server.url


@pytest.fixture
def page(chromium: Browser, url: str) -> Iterator[Page]:
    """A page of the console, in which nothing goes wrong until the end of the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page, wrong = context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(f"{url}/?token={TOKEN}")
    page.wait_for_selector(".scrubber")
    yield page
    context.close()
    assert wrong == []


def loans(recording: Recording) -> list[str]:
    """Return the keys of the loans, those with the most events first."""
    ended = {workflow: ones[-1] for workflow, ones in recording.documents.items()}
    keys = {key: ended[workflow] for key, workflow in recording.keys.items() if workflow in ended}
    asked = [key for key, one in keys.items() if any(event["type"] == "RequestLoan" for event in one["events"])]
    return sorted(asked, key=lambda key: -len(keys[key]["events"]))


def steps_back_to_before(recording: Recording, key: str) -> int:
    """Return how many steps from event to event it is from the end to before the last one of a workflow."""
    told = [(batch["now"], event["key"]) for batch in recording.batches for event in batch["events"]]
    last = max(now for now, of in told if of == key)
    return len({now for now, _ in told if last <= now < recording.end}) + 1


def press(page: Page, *keys: str) -> None:
    """Press keys, and wait until what follows is drawn."""
    for key in keys:
        page.keyboard.press(key)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def instant(page: Page) -> str:
    return page.locator(".scrubber time").inner_text()


def newest_by(recording: Recording, instant: str) -> str:
    """Return the time of what the tape has first at an instant."""
    until = 1_000 * datetime.fromisoformat(instant.replace(" UTC", "+00:00")).timestamp() + 0.999
    happened = [event["at"] for batch in recording.batches if batch["now"] <= until for event in batch["events"]]
    happened += [note["at"] for note in recording.notes if note["at"] <= until]
    return datetime.fromtimestamp(max(happened) / 1_000, UTC).isoformat(timespec="milliseconds")[11:23]


def told(page: Page) -> list[str]:
    """Return the times of the tape."""
    return page.locator(".tape time").all_inner_texts()


def test_a_recording_opens_at_its_end_with_all_workflows_and_offers_nothing_that_it_cannot_do(
    page: Page, recording: Recording
) -> None:
    rows = {line["workflow"] for batch in recording.batches for line in batch["lines"]}

    assert page.locator(".rows .row").count() == len(rows)
    assert page.locator("header nav a").all_inner_texts() == ["Live"]
    assert "recording of seed 3, core lane" in page.locator("header").inner_text()
    assert page.locator(".tape .fault").count() > 0


def test_it_is_stepped_from_event_to_event_by_keyboard_and_shows_nothing_later(
    page: Page, recording: Recording
) -> None:
    at_the_end = instant(page)
    press(page, *",,,,")
    earlier = instant(page)

    assert earlier < at_the_end
    assert told(page)[0] == newest_by(recording, earlier)
    press(page, ".")
    assert earlier < instant(page) < at_the_end


def test_it_is_played_from_any_instant_at_a_multiple_of_its_speed(page: Page, recording: Recording) -> None:
    all_rows, at_the_end = len(recording.documents), instant(page)
    page.get_by_label("Instant").fill("0")
    press(page)
    assert page.locator(".rows .row").count() == 0
    press(page, ".")
    assert page.locator(".rows .row").count() == 1

    page.get_by_role("button", name="60").click()
    press(page, "p")

    page.wait_for_function("all => document.querySelectorAll('.rows .row').length === all", arg=all_rows)
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert instant(page) == at_the_end


def test_a_workflow_grows_with_the_instant(page: Page, url: str, recording: Recording) -> None:
    key = loans(recording)[0]
    page.goto(f"{url}/workflow/{key}")
    page.wait_for_selector(".waterfall li")
    whole = page.locator(".waterfall li").count()

    press(page, *"," * steps_back_to_before(recording, key))
    page.wait_for_function("whole => document.querySelectorAll('.waterfall li').length < whole", arg=whole)

    page.keyboard.press(".")
    page.wait_for_function("whole => document.querySelectorAll('.waterfall li').length === whole", arg=whole)


def test_two_workflows_are_compared_from_the_page_of_one(page: Page, url: str, recording: Recording) -> None:
    a, b = loans(recording)[:2]
    page.goto(f"{url}/workflow/{a}")
    page.get_by_text("Compare with").click()
    page.get_by_label("Search a workflow to compare with").fill(b)
    page.get_by_label("Search a workflow to compare with").press("Enter")
    page.wait_for_selector(".sides")

    assert page.locator("h1").inner_text() == f"{a} and {b}"
    assert page.url == f"{url}/compare/{a}/{b}"
    assert page.locator(".first").count() + page.get_by_text("No difference").count() == 1
    page.get_by_role("button", name="Swap").click()
    page.wait_for_function("title => document.querySelector('h1')?.innerText === title", arg=f"{b} and {a}")


def test_a_workflow_is_saved_as_a_file_that_opens_offline_without_script(
    page: Page, url: str, recording: Recording, chromium: Browser, tmp_path: Path
) -> None:
    key = loans(recording)[0]
    page.goto(f"{url}/workflow/{key}")
    page.wait_for_selector(".graph svg")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    document = recording.told(key, recording.end) or {}
    context = chromium.new_context(offline=True, java_script_enabled=False)
    saved, asked = context.new_page(), list[str]()
    saved.on("request", lambda request: asked.append(request.url))

    saved.goto(file.as_uri())

    text = saved.locator("main").inner_text()
    assert file.name == f"{key}.html"
    assert asked == [file.as_uri()]
    assert all(event["type"] in text and event["event_id"] in text for event in document["events"])
    assert saved.locator(".graph svg").first.bounding_box() is not None
    assert saved.locator(".waterfall li").count() >= len(document["events"])
    assert saved.locator("button, script, [href], [src]").count() == 0
    assert "secret" not in file.read_text().lower()
    assert "(sensitive)" in text
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 420)])
def test_axe_finds_nothing_serious(theme: Any, width: int, page: Page, url: str, recording: Recording) -> None:
    a, b = loans(recording)[:2]
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    for path, ready in (("/", ".row"), (f"/compare/{a}/{b}", ".sides")):
        page.goto(url + path)
        page.wait_for_selector(ready)
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run()")
        serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
        assert [(path, one["id"], one["nodes"][0]["html"][:120]) for one in serious] == []
