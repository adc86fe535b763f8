"""What a service is billed for one event that it handles, measured by a story on the laptop AWS."""

from __future__ import annotations

from rich.console import Console

from ensemble.command_line.run.metering import metered
from ensemble.meter.bill import Meter
from ensemble.meter.prices import usd


def usd_for_an_event(console: Console, environment: str, rate: float) -> dict[str, float]:
    """Return it by service, where so many events come a second; of services that the story reaches. Raises
    CommandFailed."""
    return usd_each(metered(console, environment, None).meter, rate)


def usd_each(meter: Meter, rate: float) -> dict[str, float]:
    """Return what a meter has measured, by service, for one of its events."""
    bill, records = meter.bill(rate), dict[str, float]()
    for name, of in meter.alone.items():
        service = meter.stage.functions[name].service
        records[service] = records.get(service, 0.0) + of.records.total
    return {name: usd(bill.units[name]) / number for name, number in records.items() if number and name in bill.units}
