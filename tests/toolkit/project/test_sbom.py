"""What `make sbom` lists, and that every package that is pinned is under a licence that is allowed."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from ensemble.project.locking import DEVELOP, PIN
from ensemble.sbom.__main__ import PAGE_LOCK, npm_of, shipped_locks
from ensemble.sbom.documents import licences_in, npm_packages, with_licences
from ensemble.sbom.licences import Rules, is_allowed, licence_of, read_rules, refused
from tests.conftest import ROOT

ALLOWED = frozenset({"MIT", "BSD-3-Clause", "PSF-2.0"})


def pins() -> list[str]:
    locks = [ROOT / DEVELOP, *shipped_locks(ROOT)]
    return [pin.partition("==")[0] for lock in locks for pin in PIN.findall(lock.read_text())]


def test_every_package_that_is_pinned_is_under_a_licence_that_is_allowed() -> None:
    rules = read_rules()
    python = [(name, licence_of(name, rules)) for name in pins()]
    npm = [(one["name"], one["licenses"][0]["expression"]) for one in npm_of(ROOT)]

    assert list(refused([*python, *npm], rules)) == []
    assert len(python) > 90
    assert len(npm) > 6


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT AND PSF-2.0) OR AGPL-3.0-only", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_a_choice_needs_one_licence_that_is_allowed_and_a_sum_all(expression: str, allowed: bool) -> None:
    assert is_allowed(expression, ALLOWED) is allowed


def test_a_package_that_says_no_licence_or_is_not_there_is_refused_by_name() -> None:
    rules = Rules(ALLOWED, {}, {"stated": "MIT"})

    found = [(name, licence_of(name, rules)) for name in ("stated", "no-such-package")]

    assert found == [("stated", "MIT"), ("no-such-package", "unknown")]
    (fault,) = refused(found, rules)
    assert fault.startswith("no-such-package is under 'unknown', which is not allowed. Fix: ")


def component(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "library", "name": name, "version": "1", "purl": f"pkg:pypi/{name}@1", "bom-ref": "line-1", **more}


def test_a_document_has_each_package_once_with_its_licence_and_npms_beside() -> None:
    lock = {
        "packages": {
            "": {"name": "page"},
            "node_modules/@a/b": {"version": "2", "license": "MIT", "integrity": "sha512-AAEC"},
        }
    }
    document = {"bomFormat": "CycloneDX", "components": [component("x"), component("x"), component("a")]}

    made = with_licences(document, npm_packages(lock), {"x": "MIT", "a": "PSF-2.0"}.__getitem__)

    assert list(licences_in(made)) == [("@a/b", "MIT"), ("a", "PSF-2.0"), ("x", "MIT")]
    assert made["components"][0]["hashes"] == [{"alg": "SHA-512", "content": "000102"}]
    assert made["components"][0]["purl"] == "pkg:npm/%40a/b@2"
    assert made["dependencies"] == [{"ref": one["bom-ref"]} for one in made["components"]]
    assert len({one["bom-ref"] for one in made["components"]}) == 3


def test_a_page_package_under_another_licence_is_refused() -> None:
    lock = json.loads((ROOT / PAGE_LOCK).read_text())
    lock["packages"]["node_modules/htm"]["license"] = "AGPL-3.0-only"
    document = with_licences({"components": []}, npm_packages(lock), partial(licence_of, rules=read_rules()))

    (fault,) = refused(licences_in(document), read_rules())

    assert fault.startswith("htm is under 'AGPL-3.0-only'")
