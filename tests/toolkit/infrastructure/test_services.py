"""Services are found by their folders, and a folder that holds none says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from functions.kit.model import Service
from infrastructure.errors import ServiceNotFound
from infrastructure.services import discover
from tests.conftest import LENDING, ROOT


def service(name: str) -> str:
    return (
        "from functions.kit.model import Service, on\n"
        f"{name.upper()} = Service(name={name!r}, key='id', state=dict, reactions=())\n"
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the kit and one service, `echo`."""
    functions = tmp_path / "functions"
    (functions / "echo").mkdir(parents=True)
    (functions / "kit").symlink_to(ROOT / "functions" / "kit")
    (functions / "echo" / "service.py").write_text(service("echo"))
    (functions / "echo" / "handler.py").touch()
    (tmp_path / "infrastructure").symlink_to(ROOT / "infrastructure")
    return tmp_path


def found(project: Path) -> str:
    """What is discovered by a process of its own, as this one has imported the modules of others."""
    script = (
        "from pathlib import Path\nfrom infrastructure.services import discover\n"
        "print(*[service.name for service in discover(Path.cwd())])\n"
    )
    run = subprocess.run([sys.executable, "-B", "-c", script], cwd=project, capture_output=True, text=True, check=False)
    return run.stdout.strip() or run.stderr.strip().splitlines()[-1]


def test_each_folder_with_a_service_is_found_in_the_order_of_names(services: tuple[Service, ...]) -> None:
    names = [service.name for service in services]

    assert names == sorted(path.parent.name for path in (LENDING / "functions").glob("*/service.py"))


def test_a_folder_without_a_service_is_none(project: Path) -> None:
    (project / "functions" / "notes").mkdir()

    assert found(project) == "echo"


def test_a_service_must_be_called_like_its_folder(project: Path) -> None:
    (project / "functions" / "echo" / "service.py").write_text(service("reply"))

    assert "declares the service 'reply': name it 'echo'" in found(project)


def test_a_folder_whose_name_no_stack_can_have_is_refused(project: Path) -> None:
    (project / "functions" / "echo").rename(project / "functions" / "echo_chamber")

    assert "name it in lower-case letters and digits" in found(project)


def test_a_module_must_declare_exactly_one_service(project: Path) -> None:
    module = project / "functions" / "echo" / "service.py"

    module.write_text(service("echo") + service("reply"))
    assert "holds 2 services: declare exactly one" in found(project)

    module.write_text("")
    assert "holds 0 services: declare exactly one" in found(project)


def test_a_project_without_services_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServiceNotFound, match="has no service: add functions"):
        discover(tmp_path)


def test_a_project_whose_modules_are_hidden_by_those_of_another_is_refused(project: Path) -> None:
    (project / "functions" / "loan").mkdir()
    (project / "functions" / "loan" / "service.py").write_text(service("loan"))
    (project / "functions" / "loan" / "handler.py").touch()
    (project / "functions" / "echo" / "service.py").unlink()

    with pytest.raises(ServiceNotFound, match="is hidden by"):
        discover(project)


def test_a_service_without_a_handler_is_refused_before_it_is_deployed(project: Path) -> None:
    (project / "functions" / "echo" / "handler.py").unlink()

    assert "has no handler.py, the entry of its function: add it" in found(project)
