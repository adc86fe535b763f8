"""Who may import whom, in any project: each breach is one sentence that says where, what and what to do.

`functions/` ships to AWS and imports what is there (`infrastructure/imports.py`). `infrastructure/` imports
declarations. The toolkit knows no service. No module imports itself, by however many others.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Set
from pathlib import Path

from ensemble.testing.circles import Graph, circles
from infrastructure.imports import NOT_SHIPPED, missing_imports, modules_of_libraries
from infrastructure.runtime import STANDARD_LIBRARY

DECLARATIONS = {"functions.kit.model", "functions.kit.needs", "functions.kit.errors"}
"""What of the functions may be imported wherever a service is declared or looked at."""

OF_THE_MODEL = ("functions.kit.model", "functions.kit.amounts", "functions.kit.states")
"""What a decision is made of: pure, as what a domain imports."""

IMPURE = {"asyncio", "http", "logging", "os", "random", "secrets", "socket", "subprocess", "time", "urllib", "uuid"}
"""Of the standard library, what reaches for the environment, the clock, chance, the log or the network."""

PURE = STANDARD_LIBRARY - IMPURE

PARTS = ("ensemble", "functions", "infrastructure", "scenarios", "schemas")
"""The folders of a project that hold its modules, without its tests."""


def forbidden_imports(root: Path, libraries: Mapping[str, Collection[str]] | None = None) -> Iterator[str]:
    """Yield each breach of a rule in the project in the folder `root`.

    `libraries`: by service, the modules of the libraries that it declares; unless given, those of its lock. What the
    functions may import is checked at each synthesis too, by the same rule. Raises BundleRefused when a library
    cannot be packed.
    """
    yield from map(str, missing_imports(root, modules_of_libraries(root) if libraries is None else libraries))
    yield from _of_own_stacks(root)
    yield from _of_domains(root)
    yield from _of_upcasters(root)
    yield from _of_infrastructure(root)
    yield from _of_toolkit(root)
    for circle in circles(import_graph(root)):
        yield f"{' -> '.join(circle)}: modules that import each other in a circle. Fix: move what both need to a third"


def imports(path: Path, *, at_run_time: bool = False) -> list[str]:
    """Return the modules that a file imports, wherever in it; at run time: all but those for the type checker.

    Raises ValueError at a relative import, which hides what depends on what.
    """
    return [module for module, _ in _statements(path, at_run_time)]


def import_graph(root: Path) -> Graph:
    """Return which module of a project needs which others of it at run time, the packages that they lie in too."""
    files = {_module(path.relative_to(root)): path for part in PARTS for path in _sources(root / part)}
    return {name: _needed(name, path, files.keys()) for name, path in files.items()}


def _needed(module: str, path: Path, known: Set[str]) -> Set[str]:
    named = {
        full if (full := f"{source}.{name}") in known else source
        for source, names in _statements(path, at_run_time=True)
        for name in names or [""]
    }
    loaded_first = {package for one in named for package in _packages(one)} - {*_packages(module)}
    return ((named | loaded_first) & known) - {module}


def _packages(module: str) -> Iterator[str]:
    """Yield the packages that a module lies in."""
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _of_own_stacks(root: Path) -> Iterator[str]:
    for path in sorted((root / "functions").glob(f"*/{NOT_SHIPPED}")):
        for name in imports(path):
            if _is(name, "functions") and not _is(name, f"functions.{path.parent.name}") and name not in DECLARATIONS:
                yield _breach(root, path, name, "a service knows no other: make the resource in its owner's stack")


def _of_domains(root: Path) -> Iterator[str]:
    model = [path for name in OF_THE_MODEL if (path := (root / Path(*name.split("."))).with_suffix(".py")).exists()]
    for path in [*sorted((root / "functions").glob("*/domain.py")), *model]:
        views = f"functions.{path.parent.name}.events"  # for the types alone: the rule above
        known = {*DECLARATIONS, views, *(OF_THE_MODEL if path in model else ())}
        for name in imports(path):
            if name not in known and name.partition(".")[0] not in PURE:
                yield _breach(root, path, name, "a domain is pure: move it to an adapter, or take it as an argument")


def _of_upcasters(root: Path) -> Iterator[str]:
    for path in sorted((root / "schemas").glob("*/*/upcast_to_*.py")):
        for name in imports(path):
            if name.partition(".")[0] not in PURE:
                yield _breach(root, path, name, "an upcaster is pure: the same event has to become the same")


def _of_infrastructure(root: Path) -> Iterator[str]:
    for path in _sources(root / "infrastructure"):
        for name in imports(path):
            top = name.partition(".")[0]
            if top == "functions" and name not in DECLARATIONS:
                yield _breach(root, path, name, "the stacks know what a service declares: discover the services")
            elif top in PARTS and top not in ("functions", "infrastructure") and not _is(name, "ensemble.contracts"):
                yield _breach(root, path, name, "of the toolkit the stacks know its contracts alone")


def _of_toolkit(root: Path) -> Iterator[str]:
    for path in _sources(root / "ensemble"):
        for name in imports(path):
            if _is(name, "scenarios") or (_is(name, "functions") and not _is(name, "functions.kit")):
                yield _breach(root, path, name, "the toolkit knows no service and no scenario: discover them")


def _breach(root: Path, path: Path, name: str, why: str) -> str:
    return f"{path.relative_to(root).as_posix()}: imports {name}. Fix: {why}"


def _is(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _statements(path: Path, at_run_time: bool) -> Iterator[tuple[str, list[str] | None]]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for node in (node for one in body if not (at_run_time and _is_for_types(one)) for node in ast.walk(one)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}, line {node.lineno}: relative imports hide what depends on what")
            yield str(node.module), [alias.name for alias in node.names]


def _is_for_types(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING" and not statement.orelse
