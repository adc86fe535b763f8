"""Lets functions go on in a changed account: those that did not change keep their modules, and all they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemble.aws.errors import FunctionUnloadable
from ensemble.aws.resource_types import FUNCTION
from ensemble.aws.resources import NotRun, Resource
from ensemble.aws.service_resources import consumer_of, is_of_a_service
from ensemble.aws.types.table import TYPES
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.functions import Function
from ensemble.laptop.sandbox import Bundle


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a changed account has that the one before had not, and the other way round; what was lost by that.

    Each is a text such as `queue dev-loan-RequestLoan`.
    """

    made: tuple[str, ...]
    gone: tuple[str, ...]
    lost: tuple[str, ...]


def compared(before: Iterable[Resource], after: Iterable[Resource], lost: Iterable[str]) -> TakenOver:
    """Return what was made and what is gone."""
    old, new = _names(before), _names(after)
    made = (text for text in new if text not in old)
    gone = (text for text in old if text not in new)
    return TakenOver(tuple(made), tuple(gone), tuple(lost))


def _names(resources: Iterable[Resource]) -> dict[str, None]:
    """Return those that people know by their names, each by its type's word and its name."""
    return dict.fromkeys(f"{TYPES[one.type].word} {one.name}" for one in resources if TYPES[one.type].word)


def is_same(before: Iterable[Resource], after: Iterable[Resource]) -> bool:
    """Whether the resources are the same, whatever the code of functions is."""
    return _bare(before) == _bare(after)


def _bare(resources: Iterable[Resource]) -> list[tuple[str, str, str, dict[str, Any]]]:
    return [
        (one.stack, one.logical_id, one.name, {name: value for name, value in one.properties.items() if name != "Code"})
        for one in resources
    ]


def adopt(before: Cloud, after: Cloud) -> bool:
    """Let the functions of an account be those of the account before, where their code and their settings are.

    Return whether all are.
    """
    adopted = 0
    for function in after.functions.values():
        old = before.functions.get(function.name)
        service = consumer_of(function.handler)
        if old is not None and after.given.of(service) == before.given.of(service) and _is_same(old, function):
            function.adopt(old)
            adopted += 1
    return adopted == len(after.functions)


def _is_same(old: Function, new: Function) -> bool:
    return (
        old.is_loaded
        and (old.handler, old.bundle.declared) == (new.handler, new.bundle.declared)
        and is_same_code(old.bundle.directory, new.bundle.directory)
    )


def is_same_code(one: Path, other: Path) -> bool:
    """Whether two bundles have the same files, but for compiled code."""
    return one == other or _files(one) == _files(other)


def _files(directory: Path) -> dict[str, bytes]:
    files = (path for path in sorted(directory.rglob("*.py")) if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def load(cloud: Cloud) -> list[NotRun]:
    """Load all functions that are not; return those beside the services that do not load.

    Raises FunctionUnloadable for one of a service, caused by what its modules raised.
    """
    not_run = []
    for function in cloud.functions.values():
        try:
            cloud.invoker.load(function)
        except Exception as error:  # whatever a handler's modules raise
            complaint = f"{type(error).__name__}: {error}"
            if is_of_a_service(function.handler):
                raise FunctionUnloadable(f"{function.name} does not load: {complaint}") from error
            not_run.append(NotRun(f"{FUNCTION} {function.name}", 1, f"it does not load: {complaint}"))
        finally:
            cloud.sandbox.leave()
    return not_run


def renewed(cloud: Cloud, names: Iterable[str], directory: Path) -> list[Function]:
    """Return these functions, loaded from another directory. Raises FunctionUnloadable."""
    functions = []
    for old in (cloud.functions[name] for name in names):
        bundle = Bundle(directory, dict(old.bundle.declared), old.bundle.output)
        function = Function(old.name, old.arn, old.handler, old.memory, old.timeout, bundle)
        try:
            cloud.invoker.load(function)
        except Exception as error:  # whatever a handler's modules raise
            raise FunctionUnloadable(f"{old.name} does not load: {type(error).__name__}: {error}") from error
        finally:
            cloud.sandbox.leave()
        functions.append(function)
    return functions
