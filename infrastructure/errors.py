"""Every fault of the infrastructure code."""

from ensemble.contracts.findings import Finding
from functions.kit.errors import EnsembleError


class ServiceNotFound(EnsembleError):
    """Raised when a folder's `service.py` does not hold exactly one service of the folder's name."""


class PrefixRefused(EnsembleError):
    """Raised when a project's prefix holds what AWS takes in no name, or is too long."""


class VariableTaken(EnsembleError):
    """Raised when a service's own CDK code adds a variable that its consumer has already."""


class ResourcesMisdeclared(EnsembleError):
    """Raised when a service's `resources.py` has no function `add`."""


class NameTooLong(EnsembleError):
    """Raised when a name made by convention is longer than AWS allows."""


class ArchiveTooShort(EnsembleError):
    """Raised when an archive would keep events for less than a day: EventBridge takes 0 for "for ever"."""


class SynthesisRefused(EnsembleError):
    """Root of the refusals that have several reasons: `findings`, one by one."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class BundleRefused(SynthesisRefused):
    """Raised when a function would lack what it imports: a library cannot be packed, or an import finds nothing."""


class NeedsRefused(SynthesisRefused):
    """Raised when a service does not get what it declares to need: a value is missing, wrong, or for nothing."""
