"""How long things take on AWS, as assumed: medians of what is published, in seconds. They are changed here alone.

They are what a person can check on a deployed stage: the traces of a service show each of them.
"""

from __future__ import annotations

from random import Random

DATABASE = 0.0055
"""A read or a write of one item."""

REQUESTS = {
    "GetItem": DATABASE,
    "PutItem": DATABASE,
    "UpdateItem": DATABASE,
    "DeleteItem": DATABASE,
    "Query": DATABASE,
    "BatchGetItem": 0.008,
    "TransactWriteItems": 0.012,
    "PutEvents": 0.012,
    "Publish": 0.020,
    "SendMessage": 0.009,
    "SendMessageBatch": 0.009,
    "DeleteMessage": 0.009,
    "DeleteMessageBatch": 0.009,
    "ChangeMessageVisibility": 0.009,
}
"""By operation; a transaction holds its items for all of its time."""

OF_LISTED_ITEM = 0.000_002
"""What each item that a query returns adds: a page of 1 MB has about 10,000 of them and takes 20 ms."""

EFFECT = 0.150
"""A call of a system outside AWS."""

INVOCATION = 0.005
"""What an invocation takes beside its records: Lambda hands over the batch, and deletes it."""

RECORD = 0.002
"""The CPU time of a record: opening, checking, deciding, encoding. `make bench` measures it on a whole core."""

SHORTEST, TAIL = 0.7, 0.3
"""Each duration is 0.7 of the mean, and an exponential tail of 0.3 on average: most are shorter, few much longer."""


class Jitter:
    """Draws how long one thing takes, the same in every run with the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def of(self, mean: float) -> float:
        """Return a duration, in seconds, whose mean is given."""
        return mean * (SHORTEST + TAIL * self._random.expovariate(1.0))

    def up_to(self, longest: float) -> float:
        """Return a duration between none and the longest, each as likely."""
        return self._random.random() * longest
