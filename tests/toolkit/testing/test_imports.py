"""Each rule of who may import whom holds of the lending project, and is seen broken by one import too many."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ensemble.testing.circles import circles
from ensemble.testing.imports import forbidden_imports, import_graph, imports
from tests.conftest import LENDING


def test_the_lending_project_breaks_no_rule() -> None:
    assert list(forbidden_imports(LENDING)) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a kit, two services, an upcaster, stacks and a toolkit, all of them as they should be."""
    put(tmp_path, "functions/kit/model.py", "import functions.kit.errors")
    put(tmp_path, "functions/kit/errors.py", "")
    put(tmp_path, "functions/kit/clients.py", "import time\nfrom botocore.config import Config")
    put(tmp_path, "functions/hotel/domain.py", "from functions.kit.model import Decision\nimport dataclasses")
    put(tmp_path, "functions/hotel/service.py", "from functions.hotel.domain import book")
    put(tmp_path, "functions/billing/service.py", "import functions.kit.model\nimport functions.billing.settings")
    put(tmp_path, "functions/billing/settings.py", "import functions.kit.needs")
    put(tmp_path, "functions/billing/resources.py", "import aws_cdk, constructs\nimport infrastructure.stack")
    put(tmp_path, "schemas/hotel/RoomBooked/upcast_to_2.py", "import datetime")
    put(tmp_path, "infrastructure/stack.py", "import aws_cdk\nfrom ensemble.contracts.loading import load_schemas")
    put(tmp_path, "ensemble/laptop.py", "import moto\nimport functions.kit.rows")
    return tmp_path


def put(project: Path, file: str, source: str) -> None:
    (project / file).parent.mkdir(parents=True, exist_ok=True)
    (project / file).write_text(source)


def test_a_project_in_which_everybody_keeps_to_what_is_theirs_breaks_no_rule(project: Path) -> None:
    assert list(forbidden_imports(project)) == []


@pytest.mark.parametrize(
    ("file", "source", "complaint"),
    [
        ("functions/hotel/domain.py", "import functions.billing.domain", "a service knows no other"),
        ("functions/kit/rows.py", "from functions.hotel.domain import book", "a service knows no other"),
        ("functions/hotel/handler.py", "import nowhere_to_be_found", "the function does not have on AWS"),
        ("functions/hotel/handler.py", "import ensemble.contracts", "stays on the developer's machine"),
        ("functions/hotel/adapter.py", "from functions.hotel.events import Seen", "for the types alone"),
        ("functions/hotel/resources.py", "import functions.billing.service", "a service knows no other"),
        ("functions/hotel/domain.py", "import time", "a domain is pure"),
        ("functions/hotel/domain.py", "from functions.kit.clients import sns", "a domain is pure"),
        ("functions/kit/model.py", "import random", "a domain is pure"),
        ("schemas/hotel/RoomBooked/upcast_to_2.py", "import uuid", "an upcaster is pure"),
        ("infrastructure/stack.py", "from functions.hotel.service import HOTEL", "discover the services"),
        ("infrastructure/stack.py", "from functions.kit.rows import RowStore", "discover the services"),
        ("infrastructure/stack.py", "import ensemble.laptop", "its contracts alone"),
        ("ensemble/simulator.py", "import scenarios.travel", "knows no service and no scenario"),
        ("ensemble/simulator.py", "from functions.hotel import domain", "knows no service and no scenario"),
    ],
)
def test_an_import_too_many_is_found_with_its_file_and_what_to_do(
    file: str, source: str, complaint: str, project: Path
) -> None:
    put(project, file, source)

    found = list(forbidden_imports(project))

    place = re.compile(rf"{re.escape(file)}(:1)?: imports ")
    assert [one for one in found if place.match(one) and complaint in one], found


def test_a_library_that_the_service_declares_is_its_own_and_no_others(project: Path) -> None:
    put(project, "functions/hotel/handler.py", "import requests")
    put(project, "functions/billing/handler.py", "import requests")

    (found,) = forbidden_imports(project, {"hotel": ["requests"]})

    assert found.startswith("functions/billing/handler.py:1: imports requests, ")


def test_what_is_imported_for_the_types_alone_ships_nowhere(project: Path) -> None:
    put(project, "functions/hotel/adapter.py", "if TYPE_CHECKING:\n    import mypy_boto3_sns, functions.hotel.events")

    assert list(forbidden_imports(project)) == []


def test_a_relative_import_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "one.py", "\nfrom . import two")

    with pytest.raises(ValueError, match=r"one\.py, line 2: relative imports hide"):
        imports(tmp_path / "one.py")


# Circles


def test_modules_that_import_each_other_are_found_with_the_way_around(project: Path) -> None:
    put(project, "ensemble/one.py", "from ensemble import two")
    put(project, "ensemble/two.py", "def late():\n    import ensemble.three")
    put(project, "ensemble/three.py", "import ensemble.one")

    (found,) = forbidden_imports(project)

    assert found.startswith("ensemble.one -> ensemble.two -> ensemble.three -> ensemble.one: modules that import")


def test_a_module_that_needs_the_package_that_imports_it_is_found(project: Path) -> None:
    put(project, "ensemble/part/__init__.py", "from ensemble.part.inner import thing")
    put(project, "ensemble/part/inner.py", "from ensemble.part import other_thing")

    (found,) = forbidden_imports(project)

    assert found.startswith("ensemble.part -> ensemble.part.inner -> ensemble.part: ")


def test_a_circle_through_a_package_that_is_loaded_before_its_module_is_found(project: Path) -> None:
    put(project, "ensemble/part/__init__.py", "import ensemble.user")
    put(project, "ensemble/part/inner.py", "")
    put(project, "ensemble/user.py", "import ensemble.part.inner")

    assert list(circles(import_graph(project))) == [("ensemble.part", "ensemble.user", "ensemble.part")]


def test_an_import_for_the_types_alone_closes_no_circle(project: Path) -> None:
    put(project, "ensemble/one.py", "import ensemble.two")
    put(project, "ensemble/two.py", "if TYPE_CHECKING:\n    import ensemble.one")

    assert list(forbidden_imports(project)) == []


def test_each_group_of_modules_is_one_circle() -> None:
    graph = {"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c"}, "e": {"a"}}

    assert list(circles(graph)) == [("a", "b", "a"), ("c", "d", "c")]
