"""Every fault that ends a command: what is wrong and what to do, in one line, or as findings."""

from __future__ import annotations

from ensemble.contracts.findings import Finding


class CommandFailed(Exception):
    """Root of the faults that end a command with one line each; `exit_status` is the process's."""

    exit_status = 1


class UsageRefused(CommandFailed):
    """Raised when what was typed cannot be meant: an unknown event type, a field that its schema refuses."""

    exit_status = 2


class CheckFailed(CommandFailed):
    """Raised when the project must not go out as it is; `findings` say why, one by one."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(*findings)
        self.findings = findings


class SynthesisFailed(CheckFailed):
    """Raised when `app.py` does not synthesize; the findings say where, as far as that is known."""


class StartingFailed(CommandFailed):
    """Raised when the laptop AWS cannot run the synthesized stacks, or a function does not load."""


class PortTaken(CommandFailed):
    """Raised when another program listens where the laptop AWS should."""


class SendingFailed(CommandFailed):
    """Raised when the bus does not answer, or answers with an error."""


class AwsFailed(CommandFailed):
    """Raised when AWS does not answer, or answers with an error."""
