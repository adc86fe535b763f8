"""Of a bundle its own modules are imported here; its libraries, for another machine, come from the environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.laptop import bundled
from ensemble.laptop.answers import Answer
from ensemble.laptop.bundled import BYTECODE, missing_libraries, own_modules
from ensemble.laptop.output import Output
from ensemble.laptop.sandbox import Bundle, Sandbox
from ensemble.laptop.wire import Interceptor


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle with a function and a library, which cannot be imported here."""
    return put(tmp_path / "assembly" / "asset.1", "parcels", "raise RuntimeError('built for another machine')")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with the same library, as the virtual environment has it."""
    folder = put(tmp_path / "environment", "parcels", "FROM = 'the environment'")
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]
    bundled._own.clear()


def put(folder: Path, library: str, source: str, version: str = "1.0") -> Path:
    notes = folder / f"{library}-{version}.dist-info"
    for path in (notes, folder / library, folder / "functions_of_tests"):
        path.mkdir(parents=True)
    (notes / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: {version}\n")
    (notes / "RECORD").write_text(f"{library}/__init__.py,,\n{notes.name}/METADATA,,\n{notes.name}/RECORD,,\n")
    (folder / library / "__init__.py").write_text(source)
    (folder / "functions_of_tests" / "__init__.py").write_text("")
    (folder / "functions_of_tests" / "handler.py").write_text("import parcels")
    return folder


def test_the_libraries_of_a_bundle_are_not_its_own(bundle: Path) -> None:
    assert own_modules(bundle) == {"functions_of_tests"}


def test_a_function_gets_its_library_from_the_environment(bundle: Path, environment: Path) -> None:
    sandbox = Sandbox(Interceptor(lambda _headers, _body: Answer(500, {}, b"")))
    sandbox.enter(Bundle(bundle, {}, Output(None)))
    try:
        from functions_of_tests import handler  # type: ignore[import-not-found]
    finally:
        sandbox.leave()

    assert handler.__file__.startswith(str(bundle))
    assert handler.parcels.FROM == "the environment"


def test_the_bytecode_of_a_bundle_lies_beside_it_and_not_in_it(
    bundle: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_modules(bundle)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [str(bundle), *sys.path])

    from functions_of_tests import handler

    cached = list((bundle.parent / BYTECODE).rglob("*.pyc"))
    assert len(cached) == 2
    assert handler.__cached__ is not None
    assert not [*bundle.rglob("*.pyc"), *environment.rglob("*.pyc")]
    assert (sys.pycache_prefix, sys.dont_write_bytecode) == (None, True)


def test_a_library_that_the_environment_lacks_or_has_in_another_version_is_named(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert missing_libraries(bundle) == ["the bundle has parcels 1.0, and this environment has none"]

    monkeypatch.syspath_prepend(str(put(tmp_path / "older", "parcels", "", version="0.9")))
    assert missing_libraries(bundle) == ["the bundle has parcels 1.0, and this environment has 0.9"]

    monkeypatch.syspath_prepend(str(put(tmp_path / "same", "parcels", "")))
    assert missing_libraries(bundle) == []
