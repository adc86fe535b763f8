"""What a person does in the console of the running shop: place orders, stop a service, see why one waits, start it."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from ensemble.command_line.project import root_of_project

LONGEST_START_SECONDS = 120
LONGEST_WAIT_MILLISECONDS = 60_000
"""Far more than any of it takes: the machine may be busy."""

ADDRESS, ENDPOINT = re.compile(r"http://\S+/\?token=\S+"), re.compile(r"runs at (http://\S+)")


@dataclass(frozen=True, slots=True)
class Shop:
    """A running shop: the address of its console, and the endpoint of its laptop AWS."""

    console: str
    endpoint: str


@contextmanager
def running_shop() -> Iterator[Shop]:
    """Run `ensemble up` with its console, and give the addresses that it prints."""
    command = [sys.executable, "-u", "-m", "ensemble", "up", "--port", "0"]
    with subprocess.Popen(
        command, cwd=root_of_project(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as shop:
        try:
            yield _addresses(shop)
        finally:
            shop.terminate()


def _addresses(shop: subprocess.Popen[str]) -> Shop:
    """Return them once something has happened that the console can show."""
    assert shop.stdout is not None
    watchdog = threading.Timer(LONGEST_START_SECONDS, shop.kill)
    watchdog.start()
    said = ""
    for line in shop.stdout:
        said += line
        console, endpoint = ADDRESS.search(said), ENDPOINT.search(said)
        if console is not None and endpoint is not None and "StockReceived" in line:
            watchdog.cancel()
            threading.Thread(target=shop.stdout.read, daemon=True).start()  # so that it never waits for a reader
            return Shop(console[0], endpoint[1])
    raise AssertionError(said)


Look = Callable[[str], None]
"""Is told the name of each view when it is there to be looked at."""


class Person:
    """Somebody with the console in front of them. `look`: what they do at each view that the story has."""

    def __init__(self, page: Page, address: str, look: Look = lambda _: None) -> None:
        page.set_default_timeout(LONGEST_WAIT_MILLISECONDS)
        expect.set_options(timeout=LONGEST_WAIT_MILLISECONDS)
        self.page, self.look = page, look
        page.goto(address)
        self.base = address.partition("/?")[0]

    def open(self, name: str) -> None:
        """Go to a page by the head."""
        self.page.get_by_label("Pages").get_by_role("link", name=name).click()

    def place_order(self) -> str:
        """Place an order by its form, and return its id."""
        self.open("Send")
        self.page.get_by_label("What can be sent").get_by_role("button", name="PlaceOrder").click()
        form = self.page.get_by_role("form", name="PlaceOrder")
        order_id = form.get_by_label("order_id").input_value()
        self.look("send")
        form.get_by_role("button", name="Send PlaceOrder").click()
        form.get_by_role("link", name=order_id).first.wait_for()
        return order_id

    def open_workflow(self, order_id: str) -> None:
        """Look for an order in the live list, by the keyboard, and open it."""
        self.open("Live")
        self.page.keyboard.press("/")
        self.page.get_by_label("Search workflows").fill(order_id)
        self.page.locator(".row", has_text=order_id).wait_for()
        self.page.keyboard.press("Enter")
        self.page.get_by_role("heading", name=order_id).wait_for()

    def expect_state(self, state: str) -> None:
        """Wait until the workflow that is open is shown so."""
        expect(self.page.locator(".title > .state")).to_have_text(state)

    def expect_logged(self, service: str, message: str) -> None:
        """Wait until the first step has its log line and its segment of X-Ray."""
        self.page.get_by_text("Log lines and X-Ray").click()
        expect(self.page.locator(".logged").first).to_contain_text(message)
        expect(self.page.locator(".segment", has_text=service).first).to_contain_text("X-Ray")

    def switch(self, what: str, then: str, service: str) -> None:
        """Stop or start a service, and wait until it is."""
        self.open("Switches")
        services = self.page.get_by_label("Services")
        services.get_by_role("button", name=f"{what} {service}").click()
        services.get_by_role("button", name=f"{then} {service}").wait_for()

    def expect_card(self, service: str, text: str) -> None:
        """Wait until the card of a service in the live graph says so."""
        self.open("Live")
        expect(self.page.locator(f'.graph [aria-label^="{service}"]').first).to_contain_text(text)


def walk(person: Person) -> tuple[str, str]:
    """Do it all; return the ids of an order that went well at once, and of one that waited."""
    quick = person.place_order()
    person.open_workflow(quick)
    person.expect_state("done")
    person.look("workflow")
    person.expect_logged("order", "EventHandled")

    person.switch("Stop", "Start", "payment")
    person.look("switches")
    slow = person.place_order()
    person.expect_card("payment", "stopped, 1 waiting")
    person.look("live")
    person.open_workflow(slow)
    why = person.page.get_by_label("Why not further")
    expect(why).to_contain_text("payment has not handled InventoryReserved")
    expect(why).to_contain_text("shop-dev-payment")
    person.look("waiting")

    person.switch("Start", "Stop", "payment")
    person.open_workflow(slow)
    person.expect_state("done")
    expect(person.page.get_by_label("Why not further")).to_have_count(0)
    return quick, slow
