"""Every fault of the infrastructure code."""

from __future__ import annotations

import sys
from pathlib import Path
from traceback import extract_tb
from types import TracebackType

from ensemble.contracts.findings import Finding
from functions.kit.errors import EnsembleError

ROOT = Path(__file__).parents[1]


class ServiceNotFound(EnsembleError):
    """Raised when a folder's `service.py` does not hold exactly one service of the folder's name."""


class Refused(EnsembleError):
    """Raised when what `app.py` and the declarations ask for cannot be deployed; a sentence says all about it."""


class PrefixRefused(Refused):
    """Raised when a project's prefix holds what AWS takes in no name, or is too long."""


class VariableTaken(Refused):
    """Raised when a service's own CDK code adds a variable that its consumer has already."""


class ResourcesMisdeclared(Refused):
    """Raised when a service's `resources.py` has no function `add`."""


class StageRefused(Refused):
    """Raised when a stage cannot have its name or its arguments."""


class NameTooLong(Refused):
    """Raised when a name made by convention is longer than AWS allows."""


class ConcurrencyExceeded(Refused):
    """Raised when the functions of a stage may run more often at once than the account allows."""


class ArchiveTooShort(Refused):
    """Raised when an archive would keep events for less than a day: EventBridge takes 0 for "for ever"."""


class SynthesisRefused(Refused):
    """Root of the refusals that have several reasons: `findings`, one by one."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class BundleRefused(SynthesisRefused):
    """Raised when a function would lack what it imports: a library cannot be packed, or an import finds nothing."""


class NeedsRefused(SynthesisRefused):
    """Raised when a service does not get what it declares to need: a value is missing, wrong, or for nothing."""


def print_refusals_without_traceback() -> None:
    """Let this process, when something is refused and nobody catches it, print the sentence alone; what the kit
    refuses in a declaration, after its place."""

    def print_fault(kind: type[BaseException], fault: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, Refused):
            print(fault, file=sys.stderr)
        elif issubclass(kind, EnsembleError):
            print(f"{_declared_at(traceback)}{fault}", file=sys.stderr)
        else:
            sys.__excepthook__(kind, fault, traceback)

    sys.excepthook = print_fault


def _declared_at(traceback: TracebackType | None) -> str:
    """Return the last place of a traceback in the functions of the project, but for the kit: "file:line: "."""
    for frame in reversed(extract_tb(traceback)):
        path = Path(frame.filename)
        file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
        if file.startswith("functions/") and not file.startswith("functions/kit/"):
            return f"{file}:{frame.lineno}: "
    return ""
