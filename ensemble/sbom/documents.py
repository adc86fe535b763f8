"""The documents of `make sbom`: what the CycloneDX tool says of lock files, with licences and npm's packages. Pure."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]


def with_licences(document: Json, npm: Iterable[Json], licence_of: Callable[[str], str]) -> Json:
    """Return a document of CycloneDX 1.6 with the licence of each package, and npm's packages beside Python's.

    A package that several lock files have is in it once.
    """
    python = [{**one, "licenses": _licences(licence_of(one["name"]))} for one in document.get("components", [])]
    components = {one["purl"]: {**one, "bom-ref": one["purl"]} for one in (*python, *npm)}
    listed = [components[purl] for purl in sorted(components)]
    return {**document, "components": listed, "dependencies": [{"ref": one["bom-ref"]} for one in listed]}


def npm_packages(lock: Mapping[str, Any]) -> Iterator[Json]:
    """Yield the components of an npm lock file (npm Docs, "package-lock.json", lockfileVersion 3)."""
    for place, package in lock["packages"].items():
        name = place.rpartition("node_modules/")[2]
        if name:
            yield npm_package(name, package["version"], package.get("license", ""), package.get("integrity", ""))


def npm_package(name: str, version: str, licence: str, integrity: str = "") -> Json:
    """Return the component of a package of npm. `integrity`: as Subresource Integrity writes a hash."""
    algorithm, _, digest = integrity.partition("-")
    hashes = [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": b64decode(digest).hex()}] if digest else []
    purl = f"pkg:npm/{quote(name, safe='/')}@{version}"
    component = {"type": "library", "name": name, "version": version, "purl": purl, "licenses": _licences(licence)}
    return {**component, **({"hashes": hashes} if hashes else {})}


def licences_in(document: Json) -> Iterator[tuple[str, str]]:
    """Yield each package with its licence, as an expression."""
    for one in document["components"]:
        yield one["name"], one["licenses"][0]["expression"]


def _licences(expression: str) -> list[Json]:
    return [{"expression": expression or "unknown"}]
