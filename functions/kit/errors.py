"""Every fault the kit can meet, under one root, each with its kind. Business refusals are events, never exceptions."""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import ClassVar


class Kind(StrEnum):
    """What a fault does to the event that met it.

    NEVER: it cannot be handled, however often it is tried. PERHAPS: nobody declared the fault; a few tries may help.
    OUTAGE: something that the service needs is down; the event waits as long as that takes. NOT_YET: something else
    must come first; the event waits, for as long as its reaction has patience.
    """

    NEVER = "never"
    PERHAPS = "perhaps"
    OUTAGE = "outage"
    NOT_YET = "not yet"


class EnsembleError(Exception):
    """Root of all errors raised by the kit."""

    kind: ClassVar[Kind] = Kind.PERHAPS


class ServiceMisdeclared(EnsembleError):
    """Raised when a service's table of reactions contradicts itself."""

    kind = Kind.NEVER


class UndeclaredRead(EnsembleError):
    """Raised when a reaction asks an event for a field that it does not declare in `reads`."""

    kind = Kind.NEVER


class UndeclaredEmission(EnsembleError):
    """Raised when a decision publishes an event that its reaction does not declare in `emits`."""

    kind = Kind.NEVER


class UndeclaredEffect(EnsembleError):
    """Raised when a decision asks for an effect that its reaction does not declare in `effects`."""

    kind = Kind.NEVER


class EffectNotProvided(EnsembleError):
    """Raised when a service declares an effect that its handler gives no adapter for."""

    kind = Kind.NEVER


class AmountRefused(EnsembleError):
    """Raised when a decision moves a counter or a total by what is no whole number or below zero, or by a long name."""

    kind = Kind.NEVER


class SettingRefused(EnsembleError):
    """Raised when an environment variable is set to what would break a promise of the kit."""

    kind = Kind.OUTAGE


class SettingMissing(EnsembleError):
    """Raised when an environment variable that the function needs is not set, or a service declares no settings."""

    kind = Kind.OUTAGE


class SecretNotFound(EnsembleError):
    """Raised when a secret that a service declares is not where its reference says; the message says how to make it."""

    kind = Kind.OUTAGE


class ContractViolation(EnsembleError):
    """Raised when an event can never be handled: unknown type or version, schema not met, too many hops.

    The reason names fields and rules but never a field's value, so that it is safe to log.
    """

    kind = Kind.NEVER

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SchemaViolation(Exception):
    """Raised by the compiled schema validators, with the arguments they pass.

    Only a missing field's message is kept, for it has the schema's names alone; others can hold what the
    event holds, which may be sensitive. The value is dropped.
    """

    def __init__(self, message: str, value: object, name: str, definition: object, rule: str) -> None:
        super().__init__(message if rule == "required" else f"{name} breaks the rule {rule!r}")
        self.name, self.rule = name, rule


class NotYet(EnsembleError):
    """Raised by a reaction that must wait for something else to be known: the event comes back later.

    The reason is logged: it must hold nothing of the event.
    """

    kind = Kind.NOT_YET


class TooLittleTime(EnsembleError):
    """Raised when an invocation is about to end before a record was begun with: it comes back later."""

    kind = Kind.NOT_YET


class TooManyEventsForOneRow(EnsembleError):
    """Raised when a row would remember more event ids than one workflow can have.

    A service that hears without end about one key must key its rows by event or by workflow
    and keep its totals in counters.
    """

    kind = Kind.NEVER


class RowTooLarge(EnsembleError):
    """Raised when a row would be larger than an item of DynamoDB may be; the message says of which part it is full."""

    kind = Kind.NEVER


class VersionConflict(EnsembleError):
    """Raised when another worker changed the row between load and commit.

    `is_passing`: it is only at it, with the row or with a counter. What was decided may be committed still.
    """

    kind = Kind.NOT_YET

    def __init__(self, what: str, *, is_passing: bool = False) -> None:
        super().__init__(what)
        self.is_passing = is_passing


class TransactionTooLarge(EnsembleError):
    """Raised when decisions that are committed together are more than one transaction takes."""


class FloorReached(EnsembleError):
    """Raised when a counter holds less than a decision takes and the decision has no `otherwise`."""

    kind = Kind.NOT_YET


class PublicationRefused(EnsembleError):
    """Raised when a reaction publishes an event that breaks the event's own schema."""

    kind = Kind.NEVER


class TimerLeftDue(EnsembleError):
    """Raised when the reaction to a timer decides a state that wants the same timer, or an earlier one, again."""

    kind = Kind.NEVER


class StateRefused(EnsembleError):
    """Raised when a reaction decides a state that JSON, or a row, cannot hold."""

    kind = Kind.NEVER


class StateUnreadable(EnsembleError):
    """Raised when a row's state cannot be read by this version of the service, since a newer one wrote it: it waits.

    The reason is logged: it must hold nothing of the state.
    """

    kind = Kind.NOT_YET


class EventRefused(EnsembleError):
    """Raised when the bus refuses an event for good. It stays in its row, and a redrive of its cause publishes it."""

    kind = Kind.NEVER


class NoAnswerBefore(EnsembleError):
    """Raised for an event that was received more often than it waited: the function died, or never began with it."""

    kind = Kind.NOT_YET


class FunctionDied(EnsembleError):
    """Raised when the function died each time while it handled an event, or never began with it."""

    kind = Kind.NEVER


class Unavailable(EnsembleError):
    """Raised by an adapter when the system that it asks does not answer, or answers that it cannot now.

    `retry_after`: in how many seconds the system may be asked again, where it said so. The reason is logged: it must
    hold nothing of the event.
    """

    kind = Kind.OUTAGE

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after if retry_after is not None and 0 <= retry_after < inf else None


class BreakerOpen(Unavailable):
    """Raised instead of asking a system that is known to be down."""


class PublishingFailed(Unavailable):
    """Raised when the bus did not take all events of an outbox."""
