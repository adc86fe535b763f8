"""What a service publishes, as its source says it: held against what its reactions declare, and against the schemas.

Nothing is run. A function is taken to reach all that it names, so what it does not name it surely never publishes.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from ensemble.contracts.consumers import harmed, hearing
from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Reaction, Service
from functions.kit.saga import Saga

KIT = "functions.kit.model"
PUBLISH = "publish"
UNHELD = ": mypy does not hold it to the schema"


@dataclass(frozen=True, slots=True)
class Published:
    """A place where an event is published. `fields`: the names that are given there; None when they are not seen."""

    event: str
    place: str
    fields: tuple[str, ...] | None


@dataclass(slots=True)
class Source:
    """The modules of a service. `parts`: what each name at the top of a module stands for, and what that names.

    `untyped`: the places, with what is wrong there, at which mypy does not hold what is published to the schema.
    """

    parts: dict[str, set[str]] = field(default_factory=dict)
    published: dict[str, list[Published]] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)
    untyped: list[tuple[str, str, str]] = field(default_factory=list)

    def reached(self, reaction: Reaction) -> set[str]:
        """Return the names that a reaction comes to; all of them when its function is not found by its name."""
        start = getattr(reaction.react, "__qualname__", "")
        if start not in self.parts:  # a partial, a lambda, a method, or made by another function
            return set(self.parts)
        found, waiting = {start}, [start]
        while waiting:
            following = self.parts[waiting.pop()] & self.parts.keys() - found
            found |= following
            waiting += following
        return found

    def published_by(self, reaction: Reaction) -> list[Published]:
        """Return all that a reaction may publish, as far as it is seen."""
        return [one for name in sorted(self.reached(reaction)) for one in self.published.get(name, ())]

    def is_seen(self, reaction: Reaction) -> bool:
        """Return whether all that a reaction may publish is seen."""
        return self.unseen.isdisjoint(self.reached(reaction))


def source_of(root: Path, service: str) -> Source:
    """Read the modules of a service."""
    source = Source()
    for path in sorted((root / "functions" / service).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        _Module(source, path.relative_to(root).as_posix(), tree).read()
    return source


class _Module:
    """Reads one module into the source of its service."""

    def __init__(self, source: Source, file: str, tree: ast.Module) -> None:
        self._source = source
        self._file = file
        self._tree = tree
        self._names, self._modules, self._publications = _imported(tree)

    def read(self) -> None:
        self._find_untyped_imports()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if alias.asname and alias.asname not in self._names:
                        self._source.parts.setdefault(alias.asname, set()).add(alias.name)
        for statement in self._tree.body:
            for name in _defined(statement):
                self._source.parts.setdefault(name, set()).update(_named(statement))
                self._read(statement, name)

    def _read(self, statement: ast.stmt, name: str) -> None:
        """Note what is published in one part: each use of `publish`, and what else makes a publication."""
        owners = {child: node for node in ast.walk(statement) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in self._publications:
                self._untyped(node, f"makes a Publication by itself{UNHELD}", "write publish.<Event>(...)")
                self._source.unseen.add(name)
            elif self._is_publish(node):
                self._use(name, node, owners)

    def _is_publish(self, node: ast.AST) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self._names
            case ast.Attribute(attr="publish", value=ast.Name(id=module)):
                return module in self._modules
        return False

    def _use(self, name: str, node: ast.AST, owners: Mapping[ast.AST, ast.AST]) -> None:
        """Note one use of `publish`: `publish.<Event>`, a call by the event's name, or something that is not seen."""
        owner = owners.get(node)
        if isinstance(owner, ast.Attribute):
            call = owners.get(owner)
            is_called = isinstance(call, ast.Call) and call.func is owner
            self._publishes(name, owner.attr, owner, call if isinstance(call, ast.Call) and is_called else None)
            return
        event = _text(owner.args[0]) if isinstance(owner, ast.Call) and owner.func is node and owner.args else None
        if isinstance(owner, ast.Call) and event is not None:
            self._publishes(name, event, owner, owner)
        else:
            self._source.unseen.add(name)
        if isinstance(owner, ast.Call) and (owner.func is node or getattr(owner.func, "id", "") == "getattr"):
            self._untyped(
                owner,
                (f'calls publish("{event}", ...)' if event else "publishes an event whose name is not written down")
                + UNHELD,
                f"write publish.{event or '<Event>'}(...)",
            )

    def _publishes(self, name: str, event: str, node: ast.expr, call: ast.Call | None) -> None:
        fields = None if call is None else _fields(call)
        if call is not None and fields is None:
            self._untyped(
                node,
                f"publishes {event} with fields that stand in a dictionary{UNHELD}",
                "write each field by its name; one that is None is left out",
            )
        found = Published(event, f"{self._file}:{node.lineno}", fields)
        self._source.published.setdefault(name, []).append(found)

    def _find_untyped_imports(self) -> None:
        """Note where mypy, too, is given the kit's `publish`, which knows no event, and where only mypy is."""
        blocks = [node for node in ast.walk(self._tree) if isinstance(node, ast.If) and _is_type_checking(node.test)]
        for_mypy = {node for block in blocks for one in block.body for node in ast.walk(one)}
        to_run = {node for block in blocks for one in block.orelse for node in ast.walk(one)}
        imports = [
            node
            for node in ast.walk(self._tree)
            if isinstance(node, ast.ImportFrom) and any(alias.name == PUBLISH for alias in node.names)
        ]
        of_the_kit = [node for node in imports if node.module == KIT]
        fix = (
            f"write `if TYPE_CHECKING: from functions.{self._file.split('/')[1]}.events import publish`, and "
            f"`from {KIT} import publish` under its `else:`"
        )
        for node in of_the_kit:
            if node not in to_run:
                self._untyped(node, f"imports the kit's `publish` for mypy too, which knows no event{UNHELD}", fix)
        for node in imports:
            if node in for_mypy and not of_the_kit:
                self._untyped(node, "imports `publish` for mypy alone, so that it would not be there as it runs", fix)

    def _untyped(self, node: ast.stmt | ast.expr, what: str, fix: str) -> None:
        self._source.untyped.append((f"{self._file}:{node.lineno}", what, fix))


def _imported(tree: ast.Module) -> tuple[set[str], set[str], set[str]]:
    """Return what a module calls `publish`, the modules that have it (the kit's, the stub), and `Publication`."""
    found: dict[str, set[str]] = {PUBLISH: set(), "module": set(), "Publication": set()}
    for node in ast.walk(tree):
        for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            module = (getattr(node, "module", None) or "").split(".")
            whole = ".".join([*module, alias.name]) if isinstance(node, ast.ImportFrom) else alias.name
            name = alias.asname or alias.name
            if alias.name in (PUBLISH, "Publication") and (module[-1] == "events" or ".".join(module) == KIT):
                found[alias.name].add(name)
            elif whole == KIT or whole.endswith(".events"):
                found["module"].add(name)
    return found[PUBLISH], found["module"], found["Publication"]


def _is_type_checking(test: ast.expr) -> bool:
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")) == "TYPE_CHECKING"


def _defined(statement: ast.stmt) -> list[str]:
    """Return the names that a statement at the top of a module defines; one of no name's for any other."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import() | ast.ImportFrom():
            return []
        case ast.Assign(targets=targets):
            return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.If() | ast.Try() | ast.With() | ast.For():
            inner = [node for node in ast.walk(statement) if isinstance(node, ast.stmt) and node is not statement]
            return list(dict.fromkeys(name for one in inner for name in _defined(one)))
    return []


def _named(statement: ast.stmt) -> set[str]:
    """Return all names that stand in a statement."""
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)}


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _fields(call: ast.Call) -> tuple[str, ...] | None:
    """Return the names of the fields that a call gives, also by `**{"from": ...}`; None where they are not seen."""
    names: list[str] = []
    for keyword in call.keywords:
        if keyword.arg is not None:
            names.append(keyword.arg)
        elif isinstance(keyword.value, ast.Dict):
            keys = [None if key is None else _text(key) for key in keyword.value.keys]
            if None in keys:
                return None
            names += [key for key in keys if key is not None]
        else:
            return None
    return tuple(names)


def mispublished(root: Path, services: Sequence[Service], schemas: Schemas) -> Iterator[Finding]:
    """Yield what is published and undeclared, declared and never published, not as its schema says, or not typed.

    Of a service the first cause is told, and not what follows from it. For a saga the kit publishes, by
    its table.
    """
    for service in services:
        if not service.stores_events and not isinstance(service, Saga):
            source = source_of(root, service.name)
            yield from (
                [*_undeclared(service, source, schemas, services)]
                or [*_misfilled(service, source, schemas, services)]
                or [*_never_published(service, source, services)]
                or [*_untyped(service, source, services)]
            )


def _undeclared(service: Service, source: Source, schemas: Schemas, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each event that some reaction comes to publish and no reaction of the service declares."""
    causes: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    for reaction in service.reactions:
        for one in source.published_by(reaction):
            if one.event not in service.emits:
                causes.setdefault(one.event, [])
                if reaction.event not in causes[one.event]:
                    causes[one.event].append(reaction.event)
                places.setdefault(one.event, one.place)
    for event, place in places.items():
        yield _undeclared_finding(service, event, place, causes[event], source, schemas, services)


def _undeclared_finding(
    service: Service,
    event: str,
    place: str,
    causes: list[str],
    source: Source,
    schemas: Schemas,
    services: Sequence[Service],
) -> Finding:
    owner, table = schemas.publishers.get(event), f"functions/{service.name}/service.py"
    everywhere = {one.event for places in source.published.values() for one in places}
    (near,) = get_close_matches(event, service.emits, n=1) or [""]
    if owner is None and near:
        return Finding(
            place,
            f"{service.name} publishes {event}, which has no schema"
            + (f", and never {near}, which it declares" if near not in everywhere else "")
            + f". Harmed: {harmed(services, near)}, who would wait in vain",
            f"write publish.{near}(...)",
        )
    if owner is None:
        return Finding(
            place,
            f"{service.name} publishes {event}, which has no schema. Harmed: whatever leads to it, which would end in "
            "the dead-letter queue",
            f"add schemas/{service.name}/{event}/1.0.json, and {event} to the `emits` of the reaction, or correct the "
            "name",
        )
    if owner != service.name:
        return Finding(
            place,
            f"{service.name} publishes {event}, which belongs to {owner} (schemas/{owner}/{event}/). "
            f"Harmed: {harmed(services, event)}, who would take it for {owner}'s",
            f"publish an event of {service.name}'s own, or let {owner} publish it",
        )
    return Finding(
        place,
        f"{service.name} publishes {event}, which no reaction of it declares. "
        f"Harmed: {harmed(services, event)}, who would never hear it",
        f"declare it in {table}: {_listed(causes)} with {event} in `emits`, or in `refusals` if others undo because "
        "of it",
    )


def unemitted(services: Sequence[Service], schemas: Schemas, new: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """Yield each event that lies in the folder of a service which never publishes it.

    `new`: the (event, version) pairs that were not published yet. What was may end: its files stay, as its events are
    still on their way and in the archive.
    """
    for service in services:
        for event in schemas.published_by(service.name):
            if event not in service.emits and all((event, one) in new for one in schemas.versions[event]):
                yield Finding(
                    f"schemas/{service.name}/{event}/",
                    f"{service.name} owns {event}, and no reaction of it declares that it publishes it. "
                    f"Harmed: {harmed(services, event)}, who would wait in vain",
                    f"declare {event} in `emits` or `refusals` in functions/{service.name}/service.py, and publish it; "
                    "or remove the folder",
                )


def _listed(causes: list[str]) -> str:
    reactions = "the reaction" if len(causes) == 1 else "the reactions"
    return f"{reactions} to {', '.join(causes)}"


def _misfilled(service: Service, source: Source, schemas: Schemas, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each place that does not give what the newest schema requires, or gives what it does not have."""
    for place in dict.fromkeys(one for places in source.published.values() for one in places):
        if place.fields is None or place.event not in service.emits:
            continue
        version = schemas.newest(place.event)
        schema = schemas.versions[place.event][version]
        missing = [name for name in schema.get("required", []) if name not in place.fields]
        extra = [name for name in place.fields if name not in schema["properties"]]
        if missing or extra:
            file = schemas.file(place.event, version)
            wrong = [f"without {', '.join(missing)}"] if missing else []
            wrong += [f"with {', '.join(extra)}"] if extra else []
            says = " and ".join([*(["requires"] if missing else []), *(["does not have"] if extra else [])])
            yield Finding(
                place.place,
                f"{service.name} publishes {place.event} {' and '.join(wrong)}, which {file} {says}. "
                f"Harmed: {harmed(services, place.event, [f'$.{name}' for name in missing])}, who would never hear it",
                _filled(missing, extra, list(schema["properties"])),
            )


def _filled(missing: list[str], extra: list[str], known: list[str]) -> str:
    """Return what to do about fields: a name that is nearly right is corrected, others are given or taken out."""
    steps, missing = [], list(missing)
    for name in extra:
        near = get_close_matches(name, missing or known, n=1)
        steps.append(f"write {near[0]} instead of {name}" if near else f"take out {name}")
        missing = [one for one in missing if [one] != near]
    steps += [f"give {', '.join(missing)}"] if missing else []
    return f"{', '.join(steps)}, or add a version of the schema"


def _never_published(service: Service, source: Source, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each event that a reaction declares, and that nothing it comes to publishes."""
    lacking: dict[str, list[str]] = {}
    for reaction in service.reactions:
        if reaction.event != EVERY_EVENT and source.is_seen(reaction):
            published = {one.event for one in source.published_by(reaction)}
            for event in reaction.publishes:
                if event not in published:
                    lacking.setdefault(event, []).append(reaction.event)
    for event, causes in lacking.items():
        does = "declares" if len(causes) == 1 else "declare"
        yield Finding(
            f"functions/{service.name}/service.py",
            f"{_listed(causes)} {does} {event} and never publishes it. "
            f"Harmed: {harmed(services, event)}, who would wait in vain",
            f"write publish.{event}(...) in what the reaction decides, or take {event} out of what it declares",
        )


def _untyped(service: Service, source: Source, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield the first place where mypy does not hold what is published to the schemas."""
    hearers = sorted({name for event in service.emits for name in hearing(services, event)})
    for place, what, fix in source.untyped[:1]:
        yield Finding(
            place,
            f"{service.name} {what}. Harmed: {', '.join(hearers) or 'nobody yet'}",
            fix,
        )
