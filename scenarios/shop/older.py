"""The versions of the services that were deployed before: with older events, and fewer fields in a state."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from functions.kit.contracts import Contracts
from functions.kit.model import Decision, Publication, Service
from functions.shipping.domain import Shipment

VERSIONS = {
    "OrderPlaced": "1.1",
    "InventoryReserved": "1.0",
    "PaymentCharged": "1.0",
    "PaymentRefunded": "1.0",
    "OrderCompleted": "1.0",
    "OrderCancellationRequested": "1.0",
    "CancellationRejected": "1.0",
}
"""What the events were published in before money had a currency, and a cancellation said who asked for it."""

NEWER = "requested_by"
"""The field that no event had then."""


@dataclasses.dataclass(frozen=True, slots=True)
class OlderShipment:
    """A shipment before it remembered its tracking number."""

    status: str


def older(service: Service, contracts: Contracts, versions: Mapping[str, str] = VERSIONS) -> tuple[Service, Contracts]:
    """Return the version of a service before the present one, which published these versions."""
    reactions = tuple(dataclasses.replace(one, react=_older(one.react, versions)) for one in service.reactions)
    state = OlderShipment if service.state is Shipment else service.state
    writers = {type: (versions.get(type, version), writer) for type, (version, writer) in contracts.writers.items()}
    for type in writers.keys() & versions.keys():
        writers[type] = (versions[type], lambda detail: detail)
    return (
        dataclasses.replace(service, reactions=reactions, state=state),
        dataclasses.replace(contracts, writers=writers),
    )


def _older(decide: Callable[..., Decision], versions: Mapping[str, str]) -> Callable[..., Decision]:
    def older_decide(state: Any, *args: Any) -> Decision:
        return _decided(decide(_present(state), *args), versions)

    return older_decide


def _decided(decision: Decision, versions: Mapping[str, str]) -> Decision:
    return Decision(
        _past(decision.state),
        *(_published(one, versions) for one in decision.publications),
        takes=decision.takes,
        gives=decision.gives,
        totals=decision.totals,
        otherwise=None if decision.otherwise is None else _decided(decision.otherwise, versions),
        effect=decision.effect,
        then=None if decision.then is None else _older(decision.then, versions),
    )


def _present(state: Any) -> Any:
    return Shipment(state.status) if isinstance(state, OlderShipment) else state


def _past(state: Any) -> Any:
    return OlderShipment(state.status) if isinstance(state, Shipment) else state


def _published(publication: Publication, versions: Mapping[str, str]) -> Publication:
    if publication.type not in versions:
        return publication
    fields = {name: _in_euros(value) for name, value in publication.fields.items() if name != NEWER}
    return Publication(publication.type, fields)


def _in_euros(value: Any) -> Any:
    is_money = isinstance(value, Mapping) and value.keys() == {"minor_units", "currency"}
    return value["minor_units"] / 100 if is_money else value
