"""`python -m tests.shop.operations.replay_many [EVENTS]`: analytics rebuilt from so many events, interrupted twice.

Puts orders that end on the bus of a laptop on which only analytics and audit listen, empties analytics, and replays all
that audit has in a process of its own, which is stopped twice by Ctrl-C. Ends with 0 if the figures are what they were.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ensemble.command_line.run.look import names_of
from ensemble.command_line.stage.account import Account
from ensemble.laptop import Laptop
from functions.kit.model import rfc3339
from tests.conftest import ROOT, synthesize
from tests.shop.operations.replayed import START, figures
from tests.shop.stories.conftest import laptop_on

EVENTS = 100_000
AT_ONCE = 10
BETWEEN = 40 * AT_ONCE
"""So many are put before they are handled, in full batches."""

BEFORE = START - timedelta(days=1)
"""When the first order was placed; a second later comes the next."""

LISTENERS = ("analytics", "audit")
MONEY = {"minor_units": 4250, "currency": "EUR"}


def events(number: int) -> Iterator[dict[str, Any]]:
    """Yield the events of half as many orders: placed, and completed or, one of three, cancelled."""
    for order in range(number // 2):
        fields = {"order_id": f"o-{order}", "customer_id": "c-1"}
        item = {"sku": "a-1", "quantity": 1}
        address = {"country": "DE", "postcode": "1", "street": "s"}
        placed = {"items": [item], "total": MONEY, "payment_token": "tok_visa", "address": address}
        yield event("OrderPlaced", order, fields | placed)
        fields["email"] = "a@example.com"
        if order % 3:
            yield event("OrderCompleted", order, fields | {"total": MONEY, "tracking_number": "t-1"})
        else:
            yield event("OrderCancelled", order, fields | {"reason": "out of stock"})


def event(type: str, order: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Return an entry for PutEvents, as the order service publishes it."""
    instant = rfc3339(BEFORE + timedelta(seconds=order))  # of the past: an event of the future is refused
    envelope = {
        "event_id": f"{type}-{order}",
        "type": type,
        "version": VERSIONS[type],
        "timestamp": instant,
        "correlation_id": f"w-{order}",
        "causation_id": f"c-{order}",
        "hops": 1,
    }
    return {"Source": "order", "DetailType": type, "Detail": json.dumps(envelope | fields)}


VERSIONS = {
    type: max((ROOT / "schemas/order" / type).glob("[0-9]*.json")).stem
    for type in ("OrderPlaced", "OrderCompleted", "OrderCancelled")
}


def listen_alone(laptop: Laptop, url: str) -> None:
    """Switch off the rules of the domain bus but those of analytics and audit."""
    client, names = Account(url).client("events"), names_of(laptop)
    kept = tuple(f"{names.beginning}-{name}-" for name in LISTENERS)
    for page in client.get_paginator("list_rules").paginate(EventBusName=names.bus):
        for rule in page["Rules"]:
            if not rule["Name"].startswith(kept):
                client.disable_rule(Name=rule["Name"], EventBusName=names.bus)


def put(laptop: Laptop, number: int) -> None:
    """Put them, and let them be handled."""
    entries = [{"EventBusName": names_of(laptop).bus, **entry} for entry in events(number)]
    for first in range(0, number, AT_ONCE):
        assert laptop.put_events(entries[first : first + AT_ONCE])["FailedEntryCount"] == 0
        if first % BETWEEN == 0:
            laptop.run_until_idle()
    laptop.run_until_idle()


def rebuild(url: str, assembly: Path, root: Path, until: int) -> str:
    """Rebuild, stopped once so many events are put; return what the process says of it."""
    command = [sys.executable, "-m", "tests.shop.operations.rebuilding", url, str(assembly), str(root)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    while progress(root) < until and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate()
    return f"{output.strip()}, exit status {process.returncode}"


def progress(root: Path) -> int:
    return max((int(json.loads(one.read_text())["put"]) for one in root.rglob("*.json")), default=0)


def main(number: int) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a process in the background ignores it, and its own too
    with TemporaryDirectory() as folder:
        root, assembly = Path(folder) / "progress", Path(folder) / "cdk.out"
        synthesize(ROOT, assembly)
        with laptop_on(assembly) as laptop, laptop.serve() as server:
            listen_alone(laptop, server.url)
            began = time.monotonic()
            put(laptop, number)
            dead = {queue: len(letters) for queue, letters in laptop.dead_letters().items() if letters}
            assert not dead, f"what is counted is not all that was put: {dead}"
            before = figures(laptop)
            print(f"{number:,} events counted in {time.monotonic() - began:.0f} s: {len(before):,} items", flush=True)
            for until in (number // 3, 2 * number // 3, number + 1):
                began = time.monotonic()
                said = rebuild(server.url, assembly, root, until)
                print(f"{said}, {time.monotonic() - began:.0f} s", flush=True)
            laptop.run_until_idle()
            after = figures(laptop)
    print("equal" if after == before else "NOT equal")
    return int(after != before)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS))
