"""Where the laptop AWS answers otherwise than AWS, and why: nothing else may."""

from __future__ import annotations

from collections.abc import Mapping

_MOTO = "DynamoDB on the laptop is moto (decision 0010), which answers so"
_GROUPS = "FIFO queues, groups and deduplication are not run: such a queue is listed when the stacks are deployed"
_INPUT = "a target with an input transformer is not run: it is listed when the stacks are deployed"

ON_PURPOSE: Mapping[str, str] = {
    "an event for a bus that does not exist succeeds and is gone": "a misspelt bus is told at once (decision 0012)",
    "a target may get a text with parts of the event": _INPUT,
    **dict.fromkeys(
        (
            "a standard queue takes no deduplication id",
            "a standard queue takes the group of a message",
            "a fifo queue wants the group of a message",
            "a fifo queue takes the same message once",
            "a fifo queue holds a group back while one of it is in flight",
        ),
        _GROUPS,
    ),
    **dict.fromkeys(
        (
            "a key that is not that of the table is refused",
            "a number has 38 digits at most",
            "a number is kept without needless zeros",
            "an item has 400 kilobytes at most",
            "an update answers what it changed before and after",
            "an update without an expression makes an item",
            "a transaction with a token is done once",
            "a token of another transaction is refused",
            "a batch of writes has 25 items at most",
            "a page that is just full says that there may be more",
            "an index that the table does not have is refused",
            "the key of an index of another type is refused",
            "a consistent read of a small item is one unit",
        ),
        _MOTO,
    ),
}
"""Why, by the sentence of a question. A test holds that all of these are different, and nothing else is."""
