"""How events and commands are named: `OrderPlaced` is a fact, `PlaceOrder` a request. The kind follows the name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Schemas

Kind = Literal["event", "command"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")
_NO_PARTICIPLES = {
    "Bed",
    "Breed",
    "Creed",
    "Deed",
    "Feed",
    "Greed",
    "Need",
    "Red",
    "Reed",
    "Seed",
    "Shed",
    "Speed",
    "Weed",
}
"""Nouns that end as regular participles do."""

_IRREGULAR = """
Become Begun Bent Bet Bid Bound Bought Broken Brought Built Burnt Cast Caught Chosen Cut Dealt Done Drawn Driven
Dropped Fallen Fed Felt Forbidden Forgotten Forgiven Found Frozen Given Gone Grown Heard Held Hidden Hit Kept
Known Laid Learnt Led Left Lent Let Lost Made Meant Met Overdrawn Overridden Overtaken Paid Put Read Rebuilt
Resent Reset Rewritten Risen Run Said Seen Sent Set Shown Shut Sold Sought Spent Split Spoken Spread Stolen
Stood Struck Taken Taught Thought Thrown Told Torn Undergone Understood Undone Upheld Withdrawn Withheld Won
Worn Written
"""
IRREGULAR = frozenset(_IRREGULAR.split())
"""Past participles that do not end in -ed."""

_VERBS = """
Accept Acknowledge Activate Add Adjust Allocate Amend Approve Archive Ask Assign Award Block Book Calculate Call
Cancel Capture Change Charge Check Claim Clear Close Complete Compute Confirm Convert Copy Correct Count Create
Credit Debit Decline Delete Deliver Deny Deposit Disable Dispatch Dispute Draw Drop Enable End Enrich Enrol
Escalate Estimate Evict Expire Export Extend Extract Fetch File Fill Finish Flag Forward Freeze Fulfil Generate
Get Give Grant Halt Hold Import Index Inform Initiate Inspect Invite Invoice Issue Join Launch List Load Lock
Log Mail Make Mark Match Merge Move Notify Offer Open Pack Pause Pay Pick Place Plan Post Prepare Print
Process Produce Provision Publish Purchase Purge Put Queue Quote Rate Rebuild Receive Reconcile Record Redeem
Refill Refresh Refund Register Reject Release Remind Remove Rename Renew Repair Replace Report Request Reserve
Reset Resize Resolve Restock Restore Resume Retry Return Reverse Review Revoke Run Save Scan Schedule Score Sell
Send Set Settle Ship Show Sign Split Start Stop Store Submit Subscribe Suspend Sync Tag Take Terminate Test
Tokenize Track Train Transfer Translate Unblock Unlock Unsubscribe Update Upgrade Upload Validate Verify Void
Weigh Withdraw Withhold Write
"""
VERBS = frozenset(_VERBS.split())
"""Verbs that commands begin with. Another one is added here."""


def kind_of(name: str) -> Kind | None:
    """Return what the name says it is: noun and past participle an event, verb and noun a command, else neither."""
    words = _WORD.findall(name)
    if len(words) < 2 or "".join(words) != name:
        return None
    if _is_participle(words[-1]):
        return "event"
    return "command" if words[0] in VERBS else None


def misnamed(schemas: Schemas) -> Iterator[Finding]:
    """Yield each event whose name is neither that of an event nor of a command."""
    for event, publisher in sorted(schemas.publishers.items()):
        if kind_of(event) is None:
            yield Finding(
                f"schemas/{publisher}/{event}/",
                f"{event} is named neither like an event (noun and past participle, OrderPlaced) nor like a command "
                "(verb and noun, PlaceOrder), so who hears it cannot tell what it is",
                "rename it, or add its first word to VERBS in choreography/names.py",
            )


def _is_participle(word: str) -> bool:
    return word in IRREGULAR or (word.endswith("ed") and word not in _NO_PARTICIPLES)
