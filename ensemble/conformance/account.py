"""A world that is asked by AWS's own requests alone: resources are made for a question and removed after it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ensemble.conformance.needed import FUNCTION, MAPPING, POLICY, RULE, make, remove, resolved
from ensemble.conformance.questions import Need, Needs, World, real_wait


class OnAnAccount:
    """Opens an account for each question. Whatever is made has a name that begins with `conformance-` and a token.

    `client` makes a client of a service; `patience`: how long, in seconds, is waited for what should come; `lacks`: a
    type of resource that does not run there.
    """

    def __init__(
        self, client: Callable[[str], Any], account_id: str, region: str, patience: float, lacks: str | None = None
    ) -> None:
        self._client, self._account_id, self._region, self._patience = client, account_id, region, patience
        self._prefix = f"conformance-{secrets.token_hex(3)}"
        self._number, self._lacks = 0, lacks

    @contextmanager
    def __call__(self, needs: Needs) -> Iterator[World]:
        """Yield the account with these resources, which are removed at the end, whatever has come of the question.

        Raises NotImplementedError for a resource that does not run there.
        """
        if any(kind == self._lacks for kind, _ in needs.values()):
            raise NotImplementedError(f"{self._lacks} does not run there")
        self._number += 1
        prefix = f"{self._prefix}-{self._number}-"
        made: list[tuple[str, dict[str, Any]]] = []

        def stream(table: str) -> str:
            return str(world.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"])

        def add(name: str, need: Need) -> None:
            for _, kind, properties in resolved({name: need}, prefix, world.arn, _url, stream):
                made.append((kind, properties))
                make(world, kind, properties)

        def refuses(kind: str, properties: dict[str, Any]) -> bool:
            try:
                add("refused", (kind, properties))
            except (ClientError, BotoCoreError):
                return True
            return False

        world = World(self._account_id, self._region, prefix, self._client, real_wait, refuses, self._patience)
        try:
            for name, need in sorted(needs.items(), key=_order):
                add(name, need)
            yield world
        finally:
            for kind, properties in reversed(made):
                with suppress(ClientError, BotoCoreError):  # it may be what was refused
                    remove(world, kind, properties)


def _url(name: str) -> str:
    """Return what stands for a queue's URL where the queue is made by the same hands: its name."""
    return name


def _order(named: tuple[str, Need]) -> tuple[bool, int]:
    """Return what sorts those to the end that refer to others."""
    kind, properties = named[1]
    return "@" in str(properties), LAST.index(kind) if kind in LAST else -1


LAST = (POLICY, RULE, FUNCTION, MAPPING)
"""Of those that refer to others."""
