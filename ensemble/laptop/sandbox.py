"""Lets each function have its own modules, environment, logging and output within one process."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS

from ensemble.laptop.botocore_data import read_endpoints_once
from ensemble.laptop.breakpoints import Hook, breakpoint_hook
from ensemble.laptop.bundled import own_modules
from ensemble.laptop.debugged import is_debugged_at_the_terminal
from ensemble.laptop.output import Output
from ensemble.laptop.sources import PROJECT, SourceFinder
from ensemble.laptop.wire import Interceptor

# What a process needs of the machine around it, and a debugger of the terminal. All else a function sees of the
# environment is its own.
KEPT_VARIABLES = ("HOME", "LANG", "PATH", "PYTHONBREAKPOINT", "SYSTEMROOT", "TEMP", "TERM", "TMPDIR")

# What this process hooks into must be one for all, even where a bundle brings its own copy.
NEVER_OWN = frozenset({"boto3", "botocore"})

BEFORE_SEND = "before-send"

SENDING = "functions.kit.aws.sending"
"""The module that the kit's own client sends requests by."""


class _Logs:
    """A root logger and its loggers, writing to a function's output as Lambda's runtime does."""

    def __init__(self, output: Output) -> None:
        self.root = logging.RootLogger(logging.WARNING)
        self.root.addHandler(logging.StreamHandler(output))
        self.manager = logging.Manager(self.root)


@dataclass(eq=False)
class Bundle:
    """What a function has for its own: its code's directory, its variables and output, and its modules once loaded."""

    directory: Path
    variables: dict[str, str]
    output: Output
    modules: dict[str, ModuleType] = field(default_factory=dict)
    boto3_session: Any = None
    path: list[str] | None = None  # `sys.path`, once the function was entered

    def __post_init__(self) -> None:
        self.declared = dict(self.variables)
        self.logs = _Logs(self.output)
        self.names = own_modules(self.directory) - NEVER_OWN

    def another(self) -> Bundle:
        """Return the same code and output with modules of its own, not loaded yet."""
        return Bundle(self.directory, dict(self.variables), self.output)


@dataclass(frozen=True, slots=True)
class _Outside:
    """What the process had before a function was entered."""

    variables: Mapping[str, str]
    modules: dict[str, ModuleType]
    streams: tuple[Any, Any]
    breakpoint_hook: Hook
    logs: tuple[Any, Any]
    boto3_session: Any
    writes_bytecode: bool
    path: list[str]
    directory: str


class Sandbox:
    """Enters one function's world at a time; `leave` gives the process back what was there before.

    Libraries are not the functions' own: what is installed in the environment is shared by all. Clients made inside,
    the kit's own and botocore's, send their requests to `interceptor` and never to the network.
    `root`: the project whose files the code names.
    """

    def __init__(self, interceptor: Interceptor, root: Path = PROJECT) -> None:
        read_endpoints_once()
        self._hook = (BEFORE_SEND, interceptor)
        self._finder = SourceFinder(root, {SENDING: {"send": interceptor.send}})
        self._inside: Bundle | None = None
        self._outside: _Outside | None = None
        self._module_count = 0
        self._scanned: dict[frozenset[str], tuple[int, list[str]]] = {}

    def enter(self, bundle: Bundle) -> None:
        """Make the process the function's."""
        if self._inside is bundle:
            return
        if self._inside is not None and self._inside.names != bundle.names:
            self.leave()
        if self._inside is None or self._outside is None:
            self._outside = self._save(bundle)
            BUILTIN_HANDLERS.insert(0, self._hook)
            sys.meta_path.insert(0, self._finder)
            sys.breakpointhook = breakpoint_hook(self._outside.breakpoint_hook, self._outside.streams)
            sys.dont_write_bytecode = True
            _become(bundle.variables, dict(os.environ))
        else:
            self._take_out(self._inside, self._outside)
            _become(bundle.variables, self._inside.variables)
        self._inside = bundle
        self._finder.enter(bundle.directory, bundle.names)
        sys.path[:] = bundle.path or [str(bundle.directory), *sys.path]
        sys.modules.update(bundle.modules)
        self._module_count = len(sys.modules)
        if is_debugged_at_the_terminal():
            sys.stdout, sys.stderr = self._outside.streams  # else its prompt would be in the function's log
        else:
            sys.stdout = sys.stderr = bundle.output
        _log_with(bundle.logs.root, bundle.logs.manager)
        _set_boto3_session(bundle.boto3_session)

    def leave(self) -> None:
        """Give the process back, if a function is inside."""
        if self._inside is None or self._outside is None:
            return
        self._take_out(self._inside, self._outside)
        inside, outside = self._inside, self._outside
        self._inside = self._outside = None
        BUILTIN_HANDLERS.remove(self._hook)
        sys.meta_path.remove(self._finder)
        sys.breakpointhook = outside.breakpoint_hook
        sys.dont_write_bytecode = outside.writes_bytecode
        _become(outside.variables, inside.variables)
        sys.modules.update(outside.modules)
        sys.stdout, sys.stderr = outside.streams
        _log_with(*outside.logs)
        _set_boto3_session(outside.boto3_session)

    def _save(self, bundle: Bundle) -> _Outside:
        outside = _Outside(
            variables=dict(os.environ),
            modules={name: sys.modules[name] for name in self._modules_outside(bundle)},
            streams=(sys.stdout, sys.stderr),
            breakpoint_hook=sys.breakpointhook,
            logs=(logging.root, logging.Logger.manager),
            boto3_session=_boto3_session(),
            writes_bytecode=sys.dont_write_bytecode,
            path=list(sys.path),
            directory=_working_directory(),
        )
        for name in outside.modules:
            del sys.modules[name]
        return outside

    def _modules_outside(self, bundle: Bundle) -> list[str]:
        """Return the process's own modules that the function's would hide; looked for only after an import."""
        modules, found = self._scanned.get(bundle.names, (0, []))
        if modules != len(sys.modules):
            found = _modules_of(bundle)
            self._scanned[bundle.names] = (len(sys.modules), found)
        return found

    def _take_out(self, bundle: Bundle, outside: _Outside) -> None:
        """Take what is the function's out of the process; modules are looked for only when something was imported."""
        if len(sys.modules) != self._module_count:
            bundle.modules = {name: sys.modules[name] for name in _modules_of(bundle)}
        for name in bundle.modules:
            del sys.modules[name]
        if sys.path != bundle.path:
            bundle.path = list(sys.path)
        sys.path[:] = outside.path
        if _working_directory() != outside.directory:
            os.chdir(outside.directory)
        bundle.boto3_session = _boto3_session()
        bundle.variables = dict(os.environ)


def _working_directory() -> str:
    """Return the working directory, or nothing when it was removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def _modules_of(bundle: Bundle) -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in bundle.names]


def _become(wanted: Mapping[str, str], present: Mapping[str, str]) -> None:
    """Make the environment be `wanted`, given what is `present`: asking `os.environ` for each would cost more."""
    for name in present:
        if name not in wanted:
            os.environ.pop(name, None)
    for name, value in wanted.items():
        if present.get(name) != value:
            os.environ[name] = value


def kept_variables() -> dict[str, str]:
    """Return what functions see of the machine's environment."""
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}


def _log_with(root: logging.RootLogger, manager: logging.Manager) -> None:
    """Make `logging.getLogger` give the loggers of this root and no other's."""
    logging.root = logging.Logger.root = root
    logging.Logger.manager = manager


def _boto3_session() -> Any:
    boto3 = sys.modules.get("boto3")
    return boto3.DEFAULT_SESSION if boto3 is not None else None


def _set_boto3_session(session: Any) -> None:
    boto3 = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.DEFAULT_SESSION = session  # type: ignore[attr-defined]
