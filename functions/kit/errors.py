"""Every fault the kit can meet, under one root. Business refusals are events, never exceptions."""


class EnsembleError(Exception):
    """Root of all errors raised by the kit."""


class ServiceMisdeclared(EnsembleError):
    """Raised when a service's table of reactions contradicts itself."""


class UndeclaredRead(EnsembleError):
    """Raised when a reaction asks an event for a field that it does not declare in `reads`."""


class UndeclaredEmission(EnsembleError):
    """Raised when a decision publishes an event that its reaction does not declare in `emits`."""


class UndeclaredEffect(EnsembleError):
    """Raised when a decision asks for an effect that its reaction does not declare in `effects`."""


class EffectNotProvided(EnsembleError):
    """Raised when a service declares an effect that its handler gives no adapter for."""


class SettingRefused(EnsembleError):
    """Raised when an environment variable is set to what would break a promise of the kit."""


class SettingMissing(EnsembleError):
    """Raised when an environment variable that the function needs is not set, or a service declares no settings."""


class SecretNotFound(EnsembleError):
    """Raised when a secret that a service declares is not where its reference says; the message says how to make it."""


class ContractViolation(EnsembleError):
    """Raised when an event can never be handled: unknown type or version, schema not met, too many hops.

    The reason names fields and rules but never a field's value, so that it is safe to log.
    """

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
    """Raised by a reaction that must wait for something else to be known: the event comes back later."""


class TooLittleTime(EnsembleError):
    """Raised when an invocation is about to end before a record was begun with: it comes back later."""


class TooManyEventsForOneRow(EnsembleError):
    """Raised when a row would remember more event ids than one workflow can have.

    A service that hears without end about one key must key its rows by event or by workflow
    and keep its totals in counters.
    """


class VersionConflict(EnsembleError):
    """Raised when another worker changed the row between load and commit."""


class FloorReached(EnsembleError):
    """Raised when a counter holds less than a decision takes and the decision has no `otherwise`."""


class PublicationRefused(EnsembleError):
    """Raised when a reaction publishes an event that breaks the event's own schema."""


class PublishingFailed(EnsembleError):
    """Raised when the bus refused entries at every attempt; `position` is the first such entry's."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
