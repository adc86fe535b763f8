"""Every fault of the infrastructure code."""

from functions.kit.errors import EnsembleError


class ServiceNotFound(EnsembleError):
    """Raised when a folder's `service.py` does not hold exactly one service of the folder's name."""


class PrefixRefused(EnsembleError):
    """Raised when a project's prefix holds what AWS takes in no name, or is too long."""


class NeedsRefused(EnsembleError):
    """Raised when a service does not get what it declares to need; each line is about one value."""


class VariableTaken(EnsembleError):
    """Raised when a service's own CDK code adds a variable that its consumer has already."""


class ResourcesMisdeclared(EnsembleError):
    """Raised when a service's `resources.py` has no function `add`."""


class NameTooLong(EnsembleError):
    """Raised when a name made by convention is longer than AWS allows."""


class ArchiveTooShort(EnsembleError):
    """Raised when an archive would keep events for less than a day: EventBridge takes 0 for "for ever"."""
