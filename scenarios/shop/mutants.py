"""The guards of the shop, beside those of the kit, each with how to take it out."""

from __future__ import annotations

from ensemble.simulator.guards import GUARDS, HARD
from ensemble.simulator.mutation import Edit, Mutant

INVENTORY, ORDER = "functions/inventory/domain.py", "functions/order/domain.py"
PAYMENT, SHIPPING = "functions/payment/domain.py", "functions/shipping/domain.py"

MUTANTS = (
    *GUARDS,
    # Tombstones
    Mutant(
        "tombstone of an order that is cancelled before it is placed",
        (
            Edit(
                ORDER,
                'return _refused(tombstone, event, "there is no such order, and from now on none is placed")',
                'return Decision(order, *_refused(tombstone, event, "there is none").publications)',
            ),
        ),
    ),
    Mutant(
        "tombstone of a release before the reservation",
        (Edit(INVENTORY, "    if holding is not None and holding.status", "    if holding is None or holding.status"),),
    ),
    Mutant(
        "tombstone of a refund before the charge",
        (Edit(PAYMENT, 'return Decision(Payment("voided"), failed)', "return Decision(None, failed)"),),
    ),
    Mutant(
        "tombstone of a cancellation before the shipment",
        (
            Edit(
                SHIPPING,
                '        return _decline(event, event["reason"])',
                '        return Decision(None, *_decline(event, event["reason"]).publications)',
            ),
        ),
    ),
    # Effects
    Mutant(
        "refund waits while the charge is not known",
        (
            Edit(
                PAYMENT,
                '        raise NotYet("whether the charge went through is not known yet")',
                "        return unchanged(payment)",
            ),
        ),
    ),
    Mutant(
        "cancellation waits while the shipment is not known",
        (
            Edit(
                SHIPPING,
                '        raise NotYet("whether the carrier took the parcel is not known yet")',
                "        return unchanged(shipment)",
            ),
        ),
    ),
    Mutant(
        "look-up once the provider may have forgotten the key",
        (
            Edit(
                "functions/payment/gateway.py",
                "        return age > self._provider.key_lifetime - MARGIN and self._provider.find(key) is not None",
                "        return False",
            ),
        ),
    ),
    Mutant(
        "the same key for a charge tried again",
        (
            Edit(
                PAYMENT,
                """    return f"{event['order_id']}/charge"\n""",
                """    from functions.kit import clock\n\n    return f"{event['order_id']}/charge{clock.now()}"\n""",
            ),
        ),
    ),
    # Time
    Mutant(
        "deadline of an order",
        (Edit(ORDER, 'return order.deadline if order.status == "placed" else None', "return None"),),
    ),
    # What the shop's reactions look at
    Mutant(
        "an order is placed once",
        (Edit(ORDER, "    if order is not None:\n        return _refused", "    if False:\n        return _refused"),),
    ),
    Mutant(
        "an order asks for its cancellation once",
        (
            Edit(
                ORDER,
                '    if order.status != "placed":\n        return _refused',
                "    if False:\n        return _refused",
            ),
        ),
    ),
    Mutant(
        "an order that there is answers whoever places it again",
        (
            Edit(
                ORDER,
                "    if order is not None:\n        return _refused(",
                "    if order is not None:\n        return unchanged(order)\n        return _refused(",
            ),
        ),
    ),
    Mutant(
        "a delivery that is counted already is answered",
        (Edit(INVENTORY, "        return Decision(holding, refused)", "        return unchanged(holding)"),),
    ),
    Mutant(
        "a refusal says which command it answers",
        (Edit(ORDER, "            command_id=event.external_id,", "            command_id=event.event_id,"),),
    ),
    Mutant(
        "an order completes only from placed or cancelling",
        (
            Edit(
                ORDER,
                """    if order is None or order.status not in ("placed", "cancelling"):
        return unchanged(order)
    return Decision(
        replace(order, status="completed"),""",
                """    if order is None:
        return unchanged(order)
    return Decision(
        replace(order, status="completed"),""",
            ),
        ),
        redundant="of shipment and release only one ever happens, and each once: the pivot decides",
    ),
    Mutant(
        "stock is reserved once",
        (
            Edit(
                INVENTORY,
                "    if holding is not None:  # released: the compensation overtook us\n"
                "        return unchanged(holding)\n",
                "",
            ),
        ),
    ),
    Mutant(
        "stock is released once",
        (Edit(INVENTORY, 'if holding is not None and holding.status != "reserved":', "if False:"),),
        redundant="of failed and refunded only one is ever published, and a repeated event is known by its id",
    ),
    Mutant(
        "stock is given back",
        (Edit(INVENTORY, "        gives=_stock(held.pieces),\n", ""),),
    ),
    Mutant(
        "a delivery is received once",
        (
            Edit(
                INVENTORY,
                "    if holding is not None:\n        refused = publish.ReceiptRefused",
                "    if False:\n        refused = publish.ReceiptRefused",
            ),
        ),
    ),
    Mutant(
        "an order is charged once",
        (Edit(PAYMENT, 'if payment is not None and payment.status != "charging":', "if False:"),),
    ),
    Mutant(
        "a payment is refunded only when it was charged",
        (Edit(PAYMENT, 'if payment.status not in ("charged", "refunding"):', "if False:"),),
    ),
    Mutant(
        "an order is shipped once",
        (Edit(SHIPPING, 'if shipment is not None and shipment.status != "shipping":', "if False:"),),
    ),
    Mutant(
        "an event is counted once",
        (
            Edit(
                "functions/analytics/domain.py",
                "    if event.type in before.events:\n        return unchanged(before)\n",
                "",
            ),
        ),
        redundant="each of these events is published once in an order's life, and a repeated one is known by its id",
    ),
)

HARD_MUTANTS = (
    *HARD,
    Mutant(
        "a provider's memory of a key is not trusted to its last hour",
        (Edit("functions/payment/gateway.py", "MARGIN = 3600.0", "MARGIN = 0.0"),),
    ),
)
