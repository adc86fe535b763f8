"""An import that a function would not find on AWS is refused before it is deployed, with its place and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infrastructure.errors import BundleRefused
from infrastructure.imports import check_imports, missing_imports
from infrastructure.runtime import ADDED, REMOVED, STANDARD_LIBRARY
from tests.toolkit.wheels import lock, only_from, wheel

HANDLER = "functions/hotel/handler.py"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two services, an upcaster and what stays at home, all of which is as it should be."""
    put(
        tmp_path,
        "functions/kit/clients.py",
        "import json\nfrom botocore.config import Config\nimport functions.contracts",
    )
    put(tmp_path, "functions/kit/telemetry.py", "import aws_lambda_powertools, boto3")
    put(tmp_path, "functions/hotel/domain.py", "from functions.kit.model import Decision")
    put(tmp_path, "functions/hotel/service.py", "from functions.hotel import domain\nimport functions.hotel.domain")
    put(
        tmp_path,
        "functions/hotel/client/__init__.py",
        "from .rooms import Room\nfrom . import rooms\nfrom .. import domain",
    )
    put(tmp_path, "functions/hotel/client/rooms.py", "Room = str")
    put(tmp_path, "functions/hotel/resources.py", "import aws_cdk\nimport infrastructure.service")
    put(tmp_path, "functions/billing/service.py", "from compression import zstd")
    put(tmp_path, "functions/billing/domain.py", "")
    put(tmp_path, "schemas/hotel/RoomBooked/upcast_to_2.py", "import datetime")
    return tmp_path


def put(project: Path, file: str, source: str) -> None:
    (project / file).parent.mkdir(parents=True, exist_ok=True)
    (project / file).write_text(source + "\n")


def found(project: Path) -> list[str]:
    return list(map(str, missing_imports(project, {"hotel": ["carrier_client"]})))


def test_a_project_that_imports_what_its_functions_have_is_well(project: Path) -> None:
    assert found(project) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import nowhere_to_be_found.inner",
            "imports nowhere_to_be_found.inner, which the function does not have on AWS. "
            "Fix: name nowhere_to_be_found in functions/hotel/requirements.in, then make lock setup",
        ),
        (
            "from yaml import safe_load",
            "imports yaml (safe_load), which this machine has (PyYAML, a library of the tools or tests) and the "
            "function on AWS has not. Fix: name PyYAML in functions/hotel/requirements.in, then make lock setup",
        ),
        (
            "import urllib3",
            "imports urllib3, which boto3 brings for itself, today, and may leave out or move tomorrow. "
            "Fix: name urllib3 in functions/hotel/requirements.in, then make lock setup",
        ),
        (
            "from functions.billing import domain",
            "imports functions.billing (domain), and a service knows no other. Fix: publish an event, or hear one",
        ),
        (
            "import infrastructure.naming",
            "imports infrastructure.naming, which no bundle has: it stays on the developer's machine. "
            "Fix: move what the function needs to its folder",
        ),
        (
            "import distutils.util",
            "imports distutils.util, which went with Python 3.12, and the functions run Python 3.14. "
            "Fix: use what took its place in the standard library, or declare a library that has it",
        ),
        (
            "from functions.hotel.resources import add",
            "imports functions.hotel.resources (add), which no bundle has. "
            "Fix: correct the name, or move it to a module that is in the bundle",
        ),
        (
            "from functions.hotel import missing",
            "imports functions.hotel (missing), which no bundle has. "
            "Fix: correct the name, or move it to a module that is in the bundle",
        ),
        (
            "from functions.hotel.events import RoomBooked",
            "imports functions.hotel.events (RoomBooked), which is for the types alone. "
            "Fix: import it if TYPE_CHECKING",
        ),
    ],
)
def test_what_a_function_lacks_is_found_with_file_line_and_fix(source: str, message: str, project: Path) -> None:
    put(project, HANDLER, f'"""A handler."""\n\n{source}')

    assert found(project) == [f"{HANDLER}:3: {message}"]


@pytest.mark.parametrize(
    "source",
    [
        "def late():\n    import cgi",
        "if x:\n    pass\nelse:\n    import cgi",
        "import importlib\nimportlib.import_module('cgi')",
        "from importlib import import_module\ncgi = import_module('cgi')",
        "cgi = __import__('cgi')",
        "try:\n    import cgi\nexcept ImportError:\n    raise",
        "try:\n    import cgi\nexcept ValueError:\n    pass",
        "try:\n    pass\nexcept ImportError:\n    import cgi",
        "try:\n    import json\nexcept ImportError:\n    pass\nelse:\n    import cgi",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import cgi",
        "class Client:\n    with x:\n        import cgi",
    ],
)
def test_an_import_is_found_wherever_it_is(source: str, project: Path) -> None:
    put(project, HANDLER, source)

    (one,) = found(project)
    assert ": imports cgi, which went with Python 3.13" in one


@pytest.mark.parametrize(
    "source",
    [
        "if TYPE_CHECKING:\n    import mypy_boto3_sns",
        "if typing.TYPE_CHECKING:\n    import functions.hotel.events",
        "try:\n    import orjson\nexcept ImportError:\n    orjson = None",
        "try:\n    import orjson\nexcept (ModuleNotFoundError, OSError):\n    import json as orjson",
        "try:\n    import orjson\nexcept:\n    pass",
        "import carrier_client.session",
        "import_module(name)\nimport_module()",
    ],
)
def test_an_import_that_a_function_has_or_can_do_without_is_well(source: str, project: Path) -> None:
    put(project, HANDLER, source)

    assert found(project) == []


def test_a_library_is_of_the_service_that_declares_it_alone(project: Path) -> None:
    put(project, "functions/billing/handler.py", "import carrier_client")
    put(project, "functions/kit/rows.py", "import carrier_client")
    put(project, "schemas/hotel/RoomBooked/upcast_to_2.py", "import carrier_client")

    assert [one.partition(":1: ")[0] for one in found(project)] == [
        "functions/billing/handler.py",
        "functions/kit/rows.py",
        "schemas/hotel/RoomBooked/upcast_to_2.py",
    ]


def test_the_modules_of_what_is_locked_may_be_imported(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_from(tmp_path / "index", monkeypatch)
    put(project, HANDLER, "import of_parcels")
    with pytest.raises(BundleRefused, match=r"functions/hotel/handler\.py:1: imports of_parcels"):
        check_imports(project)

    lock(project, "hotel", f"parcels==1.0 {wheel(tmp_path / 'index', files={'of_parcels.py': ''})}")
    put(project, "functions/hotel/service.py", "")

    check_imports(project)


def test_the_standard_library_is_that_of_the_functions_python() -> None:
    is_of_this_python = sys.stdlib_module_names <= STANDARD_LIBRARY | REMOVED.keys()

    assert is_of_this_python
    assert not STANDARD_LIBRARY & REMOVED.keys()
    assert ADDED < STANDARD_LIBRARY
