"""The pages by which a stage is operated, in a browser: the way that a person goes on each, in both themes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from ensemble.command_line.run.control import routes
from ensemble.command_line.run.injecting import Injected
from ensemble.command_line.run.up import questions
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.console.packages import packages_of_page
from ensemble.console.security import TOKEN_VARIABLE
from ensemble.laptop import Laptop, VirtualClock
from ensemble.scenario.sandboxes import Sandboxes
from scenarios.lending.scenario import SCENARIO, loan
from tests.conftest import NAMES
from tests.toolkit.console.asking import TOKEN
from tests.toolkit.console.browser import browser

AXE = "node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")
VIOLATIONS = f"""async () => (await axe.run()).violations
    .filter((one) => {list(SERIOUS)}.includes(one.impact))
    .map((one) => `${{one.id}}: ${{one.nodes[0].html}}`)"""


@dataclass
class Operated:
    """A laptop whose time a test lets pass, and a tab of a browser that has its console open."""

    laptop: Laptop
    page: Page
    url: str

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def pass_time(self, seconds: float) -> None:
        self.laptop.run_for(seconds)

    def ask_for(self, loan_id: str, **changes: object) -> None:
        """Ask for a loan."""
        command = loan(loan_id, 1)
        entry = {**command.entry(NAMES.bus), "Detail": json.dumps({**command.fields, **changes})}
        self.laptop.put_events([entry])
        self.pass_time(20)


@pytest.fixture(scope="module")
def console(lending: Path) -> Iterator[tuple[Laptop, str]]:
    """One laptop, and a console in a process of its own: functions have this one's modules while they run."""
    (lending / "cdk.out" / FINGERPRINT).write_text(fingerprint(lending))
    with Laptop(lending / "cdk.out" / "assembly-dev", VirtualClock(), settings=SCENARIO.settings) as laptop:
        laptop.load_all()
        asked = questions(laptop, NAMES) | Injected(laptop, NAMES, Sandboxes()).questions()
        port = urlsplit(laptop.serve(0, routes(asked)).url).port
        command = [sys.executable, "-m", "ensemble", "console", "--port", str(port), "--at", "0"]
        environment = {**os.environ, "PYTHONPATH": str(lending), "CDK_OUTDIR": "cdk.out", TOKEN_VARIABLE: TOKEN}
        with subprocess.Popen(
            command, cwd=lending, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            address = re.search(r"http://[\d.:]+", process.stdout.readline())
            assert address is not None
            laptop.put_events([one.entry(NAMES.bus) for one in SCENARIO.opening])
            laptop.run_for(20)
            yield laptop, address[0]
            process.terminate()


@pytest.fixture(scope="module")
def tab(console: tuple[Laptop, str]) -> Iterator[Callable[[], Page]]:
    """Return a function that opens a tab whose person has the printed address."""
    with browser() as chromium:
        context = chromium.new_context()
        context.set_default_timeout(20_000)
        first = context.new_page()
        first.goto(f"{console[1]}/?token={TOKEN}")
        first.close()
        yield context.new_page


@pytest.fixture
def operated(console: tuple[Laptop, str], tab: Callable[[], Page]) -> Iterator[Operated]:
    """That laptop in a new tab; what goes wrong in it fails the test, and so does what not everybody can use."""
    page, wrong = tab(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    yield Operated(console[0], page, console[1])
    page.evaluate((packages_of_page().parent / AXE).read_text())  # the policy lets no script in
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wrong += page.evaluate(VIOLATIONS)
    page.close()
    assert wrong == []


def test_a_command_is_sent_by_its_form_and_its_workflow_is_one_click_away(operated: Operated) -> None:
    page = operated.page
    operated.open("/send?type=RequestLoan")
    form = page.get_by_role("form", name="RequestLoan")
    key = form.get_by_label("loan_id").input_value()

    form.get_by_role("button", name="New key").click()
    expect(form.get_by_label("loan_id")).not_to_have_value(key)
    form.get_by_label("copies").fill("0")
    form.get_by_role("button", name="Send RequestLoan").click()
    expect(form.get_by_role("alert")).to_have_text("must be bigger than or equal to 1")
    expect(form.get_by_label("copies")).to_be_focused()

    form.get_by_role("button", name="Add to books").click()
    form.get_by_label("copies").last.fill("2")
    form.get_by_role("button", name="Remove books 1").click()
    form.get_by_role("button", name="Send RequestLoan").click()
    link = form.get_by_role("listitem").get_by_role("link")
    expect(link).to_have_text(form.get_by_label("loan_id").input_value())
    operated.pass_time(20)
    link.click()
    expect(page.locator("main h1")).to_be_visible()


def test_what_is_sensitive_is_shown_when_it_is_asked_for(operated: Operated) -> None:
    operated.open("/send?type=RequestLoan")
    email = operated.page.get_by_label("email", exact=False).first

    expect(email).to_have_class("masked")
    operated.page.get_by_role("button", name="Show email").click()

    expect(email).not_to_have_class("masked")


def test_dead_letters_are_forecast_and_what_would_fail_again_is_not_redriven(operated: Operated) -> None:
    page = operated.page
    for number in range(2):
        operated.ask_for(f"loan-empty-{number}", books=[])
    operated.open("/dead-letters")
    group = page.get_by_role("article").filter(has_text="books")
    expect(group).to_contain_text("loan-empty-0")

    group.get_by_role("button", name="Forecast").click()
    expect(page.get_by_role("status").filter(has_text="Of 2 RequestLoan: 2 would fail again")).to_be_visible()
    group.get_by_role("button", name="Redrive 1").click()

    expect(page.get_by_role("status").filter(has_text="so nothing was redriven")).to_be_visible()
    expect(group.get_by_role("link", name="loan-empty-0")).to_have_attribute("href", "/workflow/loan-empty-0")


def test_a_service_is_stopped_waits_and_is_started_and_a_fault_is_switched(operated: Operated) -> None:
    page = operated.page
    operated.open("/switches")
    services = page.get_by_role("region", name="Services")

    services.get_by_role("button", name="Stop courier").click()
    expect(services.get_by_role("button", name="Start courier")).to_be_enabled()
    operated.ask_for("loan-stopped")
    expect(services).to_contain_text("1 waiting")
    services.get_by_role("button", name="Start courier").click()
    expect(services.get_by_role("button", name="Stop courier")).to_be_enabled()
    operated.pass_time(20)

    fault = page.get_by_role("group", name="the bus delivers twice").get_by_role("button")
    fault.click()
    expect(fault).to_have_attribute("aria-pressed", "true")
    assert operated.laptop.duplicate_deliveries == 2
    fault.click()
    expect(fault).to_have_attribute("aria-pressed", "false")


def test_the_alarm_that_goes_off_is_shown_with_what_it_looks_at(operated: Operated) -> None:
    page = operated.page
    operated.laptop.queue(f"{NAMES.consumer('shelf')}-commands-dlq").send("what failed")
    operated.pass_time(240)
    operated.open(f"/alarms?alarm={NAMES.alarm('shelf', 'failures')}")
    alarm = page.get_by_role("region", name=NAMES.alarm("shelf", "failures"))

    expect(alarm).to_contain_text("goes off")
    expect(alarm.get_by_role("img")).to_be_visible()
    page.keyboard.press("j")
    expect(alarm).not_to_be_visible()
