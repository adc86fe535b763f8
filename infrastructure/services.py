"""Finds the services: each folder of `functions/` that has a `service.py`. Nothing else lists them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from functions.kit.model import Service
from infrastructure.errors import ServiceNotFound

NAME = re.compile(r"[a-z][a-z0-9]*")
"""What both a Python package and a CloudFormation stack can be called: the one takes no hyphen, the other no
underscore (AWS CloudFormation API Reference, CreateStack)."""


def discover(root: Path) -> tuple[Service, ...]:
    """Import every `functions/<name>/service.py` under the project root and return the services, by name.

    Raises ServiceNotFound when a module does not hold exactly one service, named like its folder, when it
    has no handler beside it, or when the name cannot be that of a stack.
    """
    modules = sorted((root / "functions").glob("*/service.py"))
    if not modules:
        raise ServiceNotFound(f"{root / 'functions'} has no service: add functions/<name>/service.py")
    return tuple(_service_in(module) for module in modules)


def _service_in(path: Path) -> Service:
    folder = path.parent.name
    if not NAME.fullmatch(folder):
        raise ServiceNotFound(f"{path.parent} cannot be a service: name it in lower-case letters and digits")
    if not (path.parent / "handler.py").exists():
        raise ServiceNotFound(f"{path.parent} has no handler.py, the entry of its function: add it")
    module = importlib.import_module(f"functions.{folder}.service")
    if module.__file__ is None or Path(module.__file__).resolve() != path.resolve():
        raise ServiceNotFound(f"{path} is hidden by {module.__file__}: run with its project as working directory")
    services = [value for value in vars(module).values() if isinstance(value, Service)]
    if len(services) != 1:
        raise ServiceNotFound(f"{path} holds {len(services)} services: declare exactly one")
    if services[0].name != folder:
        raise ServiceNotFound(f"{path} declares the service {services[0].name!r}: name it {folder!r}, like its folder")
    return services[0]
