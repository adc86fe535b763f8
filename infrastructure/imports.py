"""What the code of the bundles imports, and what of it a function would not find on AWS.

A function has the standard library of its own Python, what the runtime and the Powertools layer bring, its bundle: the
kit, its service's own modules, the upcasters; and the libraries that its service declares. An import that the code can
do without is none: for the type checker, or tried with something else to fall back on.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import packages_distributions
from pathlib import Path

from ensemble.contracts.findings import Finding
from infrastructure.errors import BundleRefused
from infrastructure.libraries import all_libraries
from infrastructure.locks import ASKED
from infrastructure.runtime import BROUGHT, BROUGHT_ALONG, PYTHON, REMOVED, STANDARD_LIBRARY

NOT_SHIPPED = "resources.py"
"""The file of a service that adds CDK resources of its own: it runs when the stacks are synthesized."""

GENERATED = "functions.contracts"
"""The module that each bundle has of its own, made of the schemas."""

AT_HOME = {"ensemble", "infrastructure", "scenarios", "tests"}
"""The folders of a project of which nothing is in a bundle."""

CALLS = ("import_module", "__import__")
"""The functions that import what they are given."""


@dataclass(frozen=True, slots=True)
class Import:
    """A module that is imported, the line, and the names that are taken from it, if any are."""

    module: str
    line: int
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.module + (f" ({', '.join(self.names)})" if self.names else "")


def shipped(root: Path) -> list[Path]:
    """Return the sources of the project that are in a bundle, but for the contracts, which are generated."""
    functions = [path for path in root.glob("functions/*/**/*.py") if not _stays(path.relative_to(root).parts)]
    return sorted(functions) + sorted(root.glob("schemas/*/*/upcast_to_*.py"))


def missing_imports(root: Path, libraries: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Yield each import in the project that a function would not find, or must not use.

    `libraries`: by service, the modules of the libraries that it declares.
    """
    paths = shipped(root)
    modules = {_module(path.relative_to(root)) for path in paths} | {GENERATED}
    for path in paths:
        file = path.relative_to(root)
        service = file.parts[1] if file.parts[0] == "functions" else ""
        for found in run_time_imports(path.read_text(encoding="utf-8"), str(path), ".".join(file.parent.parts)):
            if reason := _reason(found, service, modules, libraries.get(service, ())):
                yield Finding(f"{file.as_posix()}:{found.line}", f"imports {found}{reason[0]}", reason[1])


def check_imports(root: Path) -> None:
    """Refuse a project whose functions would lack what they import. Raises BundleRefused and SyntaxError."""
    if findings := list(missing_imports(root, modules_of_libraries(root))):
        raise BundleRefused(*findings)


def modules_of_libraries(root: Path) -> dict[str, Collection[str]]:
    """Return by service the modules of the libraries that it declares. Raises BundleRefused."""
    return {service: libraries.modules for service, libraries in all_libraries(root).items()}


@lru_cache(maxsize=2_048)
def run_time_imports(text: str, file: str, package: str) -> tuple[Import, ...]:
    """Return what the text of a module of a package imports and cannot do without, wherever in it. Raises SyntaxError.

    Whoever checks a project again finds most of its files as they were.
    """
    passed_over = () if any(call in text for call in CALLS) else ast.expr
    return tuple(_of_statements(ast.parse(text, filename=file).body, package, passed_over))


def _of_statements(nodes: Iterable[ast.AST], package: str, passed_over: type[ast.AST] | tuple[()]) -> Iterator[Import]:
    """Yield the imports of these nodes and of all within. `passed_over`: the nodes in which there can be none.

    Expressions are most of a module, and import only by a call.
    """
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield Import(_absolute(node, package), node.lineno, tuple(alias.name for alias in node.names))
        elif isinstance(node, ast.Call) and (name := _imported_by_call(node)):
            yield Import(name, node.lineno)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            yield from _of_statements(node.orelse, package, passed_over)
        elif isinstance(node, ast.Try) and any(map(_falls_back, node.handlers)):
            yield from _of_statements([*node.handlers, *node.orelse, *node.finalbody], package, passed_over)
        elif not isinstance(node, passed_over):
            yield from _of_statements(ast.iter_child_nodes(node), package, passed_over)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the full name of the module that something is imported from."""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1] if node.level else []
    return ".".join([*base, *([node.module] if node.module else [])])


def _imported_by_call(node: ast.Call) -> str:
    """Return what `importlib.import_module("name")`, in whichever spelling, imports; "" of any other call."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in CALLS and node.args and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value).lstrip(".")
    return ""


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test).rpartition(".")[2] == "TYPE_CHECKING"


def _falls_back(handler: ast.ExceptHandler) -> bool:
    """Whether a failed import is caught and something is done instead of raising."""
    caught = {"ImportError"} if handler.type is None else {ast.unparse(one) for one in _types(handler.type)}
    is_caught = caught & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    return bool(is_caught) and not any(isinstance(node, ast.Raise) for node in handler.body)


def _types(caught: ast.expr) -> list[ast.expr]:
    return caught.elts if isinstance(caught, ast.Tuple) else [caught]


def _reason(
    found: Import, service: str, modules: Collection[str], libraries: Collection[str]
) -> tuple[str, str] | None:
    """Return what is wrong with an import and what to do, or nothing."""
    top = found.module.partition(".")[0]
    if top in ("functions", "schemas"):
        return _of_project(found, service, modules)
    if top in libraries or top in STANDARD_LIBRARY or top in BROUGHT:
        return None
    if top in REMOVED:
        problem = f", which went with Python {REMOVED[top]}, and the functions run Python {PYTHON}"
        return problem, "use what took its place in the standard library, or declare a library that has it"
    if top in AT_HOME:
        return (
            ", which no bundle has: it stays on the developer's machine",
            "move what the function needs to its folder",
        )
    return _of_library(top, service)


def _of_project(found: Import, service: str, modules: Collection[str]) -> tuple[str, str] | None:
    """Return what is wrong with an import from `functions` or `schemas`."""
    names = [found.module, *(f"{found.module}.{name}" for name in found.names)]
    owners = {name.split(".")[1] for name in names if name.startswith("functions.")} or {""}
    if found.module.partition(".")[0] == "functions" and not owners <= {service, "kit", "contracts"}:
        return ", and a service knows no other", "publish an event, or hear one"
    if found.module == f"functions.{service}.events" or f"functions.{service}.events" in names:
        return ", which is for the types alone", "import it if TYPE_CHECKING"
    if owners <= {"kit"}:
        return None
    if not _is_there(found, names, modules):
        return ", which no bundle has", "correct the name, or move it to a module that is in the bundle"
    return None


def _is_there(found: Import, names: Collection[str], modules: Collection[str]) -> bool:
    """Whether a module is in the bundle: it, or if it is but a folder, all that is taken from it."""
    if found.module in modules:
        return True
    is_folder = any(module.startswith(f"{found.module}.") for module in modules)
    inner = set(names) - {found.module}
    return is_folder and all(name in modules or any(one.startswith(f"{name}.") for one in modules) for name in inner)


def _of_library(top: str, service: str) -> tuple[str, str]:
    """Return what is wrong with the import of a library that its service does not declare."""
    distributions = packages_distributions().get(top, [])
    name = distributions[0] if distributions else top
    where = f"functions/{service}/{ASKED}" if service not in ("kit", "") else ""
    fix = f"name {name} in {where}, then make lock setup" if where else "use the standard library"
    if top in BROUGHT_ALONG:
        return f", which {BROUGHT_ALONG[top]} brings for itself, today, and may leave out or move tomorrow", fix
    if distributions or importlib.util.find_spec(top):
        return (
            f", which this machine has ({name}, a library of the tools or tests) and the function on AWS has not",
            fix,
        )
    return ", which the function does not have on AWS", fix


def _stays(parts: tuple[str, ...]) -> bool:
    """Whether a source of a service stays at home."""
    return parts[1] != "kit" and parts[2:] == (NOT_SHIPPED,)


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")
