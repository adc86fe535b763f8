"""The runtime of every function: which Python, on which machine, and what is there beside the bundle.

Facts of November 2026. When the runtime moves, all of them are to be looked up again.
"""

from __future__ import annotations

import sys

PYTHON = "3.14"
RUNTIME = f"python{PYTHON}"
"""The runtime's name (AWS Lambda Developer Guide, "Lambda runtimes")."""

ARCHITECTURE = "arm64"
"""The instruction set's name (AWS Lambda Developer Guide, "Selecting and configuring an instruction set")."""

GLIBC = (2, 34)
"""The C library of Amazon Linux 2023, which the runtimes since Python 3.12 run on (Amazon Linux 2023 User Guide, "Core
toolchain packages glibc, gcc, binutils")."""

MACHINE = "aarch64"
"""What wheels call the architecture."""

PLATFORMS = (
    *(f"manylinux_{GLIBC[0]}_{minor}_{MACHINE}" for minor in range(GLIBC[1], 16, -1)),
    f"manylinux2014_{MACHINE}",
)
"""The tags of the wheels that run there: built for this C library or an older one, back to the first that has the
architecture (PEP 599, PEP 600). pip takes none of them to imply another."""

BYTECODE_TAG = f"cpython-{PYTHON.replace('.', '')}"
"""What the runtime's Python calls its bytecode (`sys.implementation.cache_tag`)."""

BROUGHT = {"boto3": "the runtime", "botocore": "the runtime", "aws_lambda_powertools": "the Powertools layer"}
"""The packages that a function may count on beside its bundle, and what brings them (AWS Lambda Developer Guide,
"Building Lambda functions with Python", Runtime-included SDK versions; Powertools for AWS Lambda (Python)
documentation, "Installation", Lambda Layers)."""

BROUGHT_ALONG = {
    **dict.fromkeys(("dateutil", "jmespath", "s3transfer", "six", "urllib3"), "boto3"),
    **dict.fromkeys(("aws_encryption_sdk", "aws_xray_sdk", "fastjsonschema", "jsonpath_ng"), "the Powertools layer"),
    **dict.fromkeys(("pydantic", "pydantic_core", "pydantic_settings", "typing_extensions"), "the Powertools layer"),
}
"""What these bring for themselves, by what brings it. AWS moves it without notice ("Working with .zip file archives for
Python Lambda functions", Runtime dependencies in Python), so that a service that uses it has to declare it."""

REMOVED = {
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), "3.12"),
    **dict.fromkeys(("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"), "3.13"),
    **dict.fromkeys(("msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau"), "3.13"),
    **dict.fromkeys(("telnetlib", "uu", "xdrlib"), "3.13"),
}
"""The modules of Python 3.11 that the runtime's Python no longer has, and the version that they went with ("What's New
In Python" of 3.12, 3.13 and 3.14; 3.14 removed none)."""

ADDED = {"annotationlib", "compression"}
"""The modules that the runtime's Python has since 3.12 ("What's New In Python 3.14", New modules)."""

STANDARD_LIBRARY = (sys.stdlib_module_names - REMOVED.keys()) | ADDED
"""The modules of the runtime's Python, whichever Python this is."""
