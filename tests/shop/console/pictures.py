"""Takes the pictures of the console that the documents show: `make pictures`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from ensemble.command_line.project import root_of_project
from ensemble.command_line.run.sending import local_client
from infrastructure.naming import Names
from tests.shop.console.story import ADDRESS, Person, running_shop, walk
from tests.toolkit.console.browser import browser

FOLDER = Path("docs", "pictures")

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

SEED, BUS = "16", Names("shop", "dev").bus

INCOMPLETE = {"order_id": "o-1", "customer_id": "c-1"}
"""A command that its service refuses, so that there is a dead letter."""


def take_pictures(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium, running_shop() as shop:
        page = chromium.new_page(viewport=WIDE, color_scheme="light")  # type: ignore[arg-type]

        def take(view: str) -> None:
            page.emulate_media(color_scheme="dark" if view == "live" else "light")
            page.screenshot(path=folder / f"{view}.png")

        quick, slow = walk(Person(page, shop.console, take))
        _refuse_a_command(shop.endpoint)
        page.get_by_label("Pages").locator(".badge").first.wait_for()
        base = shop.console.partition("/?")[0]
        for view, path, text in (
            ("compare", f"compare/{quick}/{slow}", slow),
            ("dead-letters", "dead-letters", "ContractViolation"),
            ("alarms", "alarms", "It means"),
        ):
            page.goto(f"{base}/{path}")
            page.get_by_text(text).first.wait_for()
            take(view)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.goto(f"{base}/")
        page.locator(".row").first.wait_for()
        take("phone")
        with recording() as address:
            page.set_viewport_size(WIDE)  # type: ignore[arg-type]
            _middle_of(page, address)
            take("recording")


def _refuse_a_command(endpoint: str) -> None:
    detail = json.dumps(INCOMPLETE)
    local_client(endpoint).put_events(
        Entries=[
            {
                "EventBusName": Names("shop", "dev").bus,
                "Source": "storefront",
                "DetailType": "PlaceOrder",
                "Detail": detail,
            }
        ]
    )


@contextmanager
def recording() -> Iterator[str]:
    """Record a simulated schedule, and give the address of a console that shows it."""
    ensemble = [sys.executable, "-u", "-m", "ensemble"]
    with TemporaryDirectory() as folder:
        file = str(Path(folder, "seed.jsonl"))
        quiet = subprocess.DEVNULL
        subprocess.run([*ensemble, "simulate", "--seed", SEED, "--record", file], stdout=quiet, cwd=root_of_project())
        command = [*ensemble, "console", "--recording", file, "--at", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root_of_project()) as console:
            assert console.stdout is not None
            yield next(address[0] for line in console.stdout if (address := re.search(ADDRESS, line)))
            console.terminate()


def _middle_of(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("slider").first.evaluate(
        "slider => { slider.value = (Number(slider.min) + Number(slider.max)) / 2;"
        " slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.locator(".row").first.wait_for()


if __name__ == "__main__":
    take_pictures(root_of_project() / FOLDER)
