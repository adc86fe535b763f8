"""The runtime of every function: which Python, on which machine, and what is there beside the bundle.

Facts of November 2026. When the runtime moves, all of them are to be looked up again.
"""

from __future__ import annotations

PYTHON = "3.14"
RUNTIME = f"python{PYTHON}"
"""The runtime's name (AWS Lambda Developer Guide, "Lambda runtimes")."""

ARCHITECTURE = "arm64"
"""The instruction set's name (AWS Lambda Developer Guide, "Selecting and configuring an instruction set")."""

GLIBC = (2, 34)
"""The C library of Amazon Linux 2023, which the runtimes since Python 3.12 run on (Amazon Linux 2023 User Guide, "Core
toolchain packages glibc, gcc, binutils")."""
