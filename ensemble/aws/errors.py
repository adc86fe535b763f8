"""Every fault of the laptop AWS, under one root; AWS's own error answers are `AwsError`."""


class LocalError(Exception):
    """Root of all errors raised by the laptop AWS."""


class AssemblyUnreadable(LocalError):
    """Raised when a directory is not a cloud assembly with stacks, or a file it names is not there."""


class PropertyUnsupported(LocalError):
    """Raised when a resource that must run has a property, a value or a reference that is not run here."""


class DeploymentRefused(LocalError):
    """Raised when AWS would refuse to deploy: a name used twice, or something named that is not there."""


class ResourceNotFound(LocalError):
    """Raised when the laptop is asked for a queue, function, table, topic, bucket or bus that it does not run."""


class InvocationFailed(LocalError):
    """Raised by `Laptop.invoke` when the handler raised; the handler's own exception is the cause."""


class FunctionUnloadable(LocalError):
    """Raised when the modules of a service's function raise while they are imported; that is the cause."""


class TimedOut(LocalError):
    """Raised for a handler that returned after its function's timeout: the invocation failed."""


class PortUnavailable(LocalError):
    """Raised when the laptop cannot be served on a port: another program has it, or it may not be had."""


class Killed(LocalError):
    """Raised by a hook before or after an invocation: the sandbox dies there and the invocation fails."""


class AwsError(LocalError):
    """Raised when AWS would answer a request with an error: its code, its message, its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class DeliveryRefused(LocalError):
    """Raised when a rule's target or a dead-letter queue does not take an event.

    `code` is what EventBridge writes as ERROR_CODE; one that is not `retriable` is not tried again
    (EventBridge user guide, "Using dead-letter queues to process undelivered events").
    """

    def __init__(self, code: str, message: str, *, retriable: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.retriable = code, message, retriable
