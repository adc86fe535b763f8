"""The libraries of a service are packed for its functions' platform, the same bytes on any machine, or refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from infrastructure import libraries
from infrastructure.errors import BundleRefused
from infrastructure.libraries import all_libraries, libraries_of
from infrastructure.locks import ASKED, LOCK
from tests.toolkit.wheels import lock, only_from, wheel

LOCKED, ASKED_FOR = f"functions/hotel/{LOCK}", f"functions/hotel/{ASKED}"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, the only place that pip installs from."""
    only_from(tmp_path / "index", monkeypatch)
    return tmp_path / "index"


def packed(root: Path) -> dict[str, bytes]:
    return libraries_of(root, "hotel").files


def refusal(root: Path) -> str:
    with pytest.raises(BundleRefused) as refused:
        libraries_of(root, "hotel")
    return str(refused.value)


def test_a_service_without_a_lock_has_no_libraries(tmp_path: Path) -> None:
    (tmp_path / "functions" / "hotel").mkdir(parents=True)

    assert packed(tmp_path) == {}


def test_what_is_imported_is_kept_and_no_script_no_bytecode_and_no_note_of_pip(index: Path, tmp_path: Path) -> None:
    script = {"parcels/__init__.py": "", "parcels-1.0.data/scripts/track": "#!python\n", "parcels/data.json": "{}"}
    lock(tmp_path, "hotel", f"parcels==1.0 {wheel(index, files=script)}")

    files = packed(tmp_path)

    notes = {f"parcels-1.0.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")}
    assert files.keys() == notes | {"parcels/__init__.py", "parcels/data.json"}
    listed = [row.partition(",")[0] for row in files["parcels-1.0.dist-info/RECORD"].decode().splitlines()]
    assert sorted(listed) == sorted(files)


def test_packing_twice_makes_the_same_bytes(index: Path, tmp_path: Path) -> None:
    pins = [f"parcels==1.0 {wheel(index)}", f"stamps==2.1 {wheel(index, 'stamps', '2.1')}"]
    for machine in ("one", "other"):
        lock(tmp_path / machine, "hotel", *pins)

    assert packed(tmp_path / "one") == packed(tmp_path / "other")


def test_modules_are_known_by_the_names_in_the_wheel_and_not_by_the_librarys(index: Path, tmp_path: Path) -> None:
    files = {
        "yaml_of_parcels/__init__.py": "",
        "single.py": "",
        "_fast.cpython-314-aarch64-linux-gnu.so": "",
        "parcels.libs/libfast.so": "",
        "NOTES.txt": "",
    }
    lock(tmp_path, "hotel", f"parcels==1.0 {wheel(index, files=files)}")

    assert libraries_of(tmp_path, "hotel").modules == {"yaml_of_parcels", "single", "_fast"}


@pytest.mark.parametrize("tag", ["cp314-cp314-manylinux_2_34_aarch64", "cp311-abi3-manylinux2014_aarch64"])
def test_the_wheel_for_the_functions_machine_and_python_is_taken(tag: str, index: Path, tmp_path: Path) -> None:
    pins = [
        wheel(index, tag="cp311-cp311-manylinux_2_34_x86_64"),
        wheel(index, tag="cp311-cp311-manylinux_2_34_aarch64"),
    ]
    pins.append(wheel(index, tag=tag, files={"parcels/for_the_functions.py": ""}))
    lock(tmp_path, "hotel", " ".join(["parcels==1.0", *pins]))

    assert "parcels/for_the_functions.py" in packed(tmp_path)


@pytest.mark.parametrize(
    "tag",
    ["cp314-cp314-manylinux_2_34_x86_64", "cp314-cp314-manylinux_2_35_aarch64", "cp313-cp313-manylinux_2_28_aarch64"],
)
def test_a_library_without_a_wheel_for_the_functions_is_refused(tag: str, index: Path, tmp_path: Path) -> None:
    lock(tmp_path, "hotel", f"parcels==1.0 {wheel(index, tag=tag)}")

    assert refusal(tmp_path) == (
        f"{LOCKED}: parcels==1.0 has no wheel for Python 3.14 on Linux arm64 (glibc 2.34 or older), and nothing is "
        f"built from source for the functions. Fix: ask in {ASKED_FOR} for a version that has one or another library, "
        "then make lock setup"
    )


def test_a_library_whose_content_is_not_what_was_locked_is_refused(index: Path, tmp_path: Path) -> None:
    other = wheel(tmp_path / "elsewhere", files={"parcels/__init__.py": "# another\n"})
    wheel(index)
    lock(tmp_path, "hotel", f"parcels==1.0 {other}")

    assert refusal(tmp_path).startswith(f"{LOCKED}: pip cannot install what it names: ")


def test_without_a_network_and_a_cache_one_sentence_says_how_to_fill_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    lock(tmp_path, "hotel", f"parcels==1.0 {wheel(tmp_path / 'elsewhere')}")

    assert refusal(tmp_path) == (
        f"{LOCKED}: its libraries are not packed yet, and pip reaches no package index. "
        "Fix: run make setup where there is a network: it packs them once and for all"
    )


def test_what_is_packed_needs_pip_no_more(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(tmp_path, "hotel", f"parcels==1.0 {wheel(index)}")
    before = packed(tmp_path)
    monkeypatch.setattr(subprocess, "run", None)

    assert packed(tmp_path) == before


def test_another_version_is_packed_beside_and_the_first_one_stays(index: Path, tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        lock(tmp_path, "hotel", f"parcels=={version} {wheel(index, version=version)}")
        assert packed(tmp_path)["parcels/__init__.py"] == f"VERSION = {version!r}\n".encode()

    assert len(list((tmp_path / libraries.CACHE).iterdir())) == 2


def test_all_are_packed_by_the_installation(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(tmp_path, "hotel", f"parcels==1.0 {wheel(index)}")
    lock(tmp_path, "billing")
    monkeypatch.chdir(tmp_path)

    libraries.main()

    assert [*map(len, (one.paths for one in all_libraries(tmp_path).values()))] == [0, 5]


# Locks


def test_what_changed_since_it_was_locked_is_refused(tmp_path: Path) -> None:
    lock(tmp_path, "hotel")
    (tmp_path / ASKED_FOR).write_text("# a comment changes nothing\nparcels  # nor this one\n")
    assert packed(tmp_path) == {}

    (tmp_path / ASKED_FOR).write_text("parcels\nstamps\n")

    assert refusal(tmp_path) == f"{ASKED_FOR}: it changed since it was locked. Fix: make lock setup"


def test_what_is_asked_for_and_not_locked_is_refused(tmp_path: Path) -> None:
    lock(tmp_path, "hotel")
    (tmp_path / LOCKED).unlink()

    assert refusal(tmp_path) == f"{ASKED_FOR}: what it asks for is not locked. Fix: make lock setup"


def test_a_lock_of_what_nobody_asks_for_any_more_is_refused(tmp_path: Path) -> None:
    lock(tmp_path, "hotel")
    (tmp_path / ASKED_FOR).unlink()

    assert refusal(tmp_path).startswith(f"{LOCKED}: it was made from {ASKED}, which is gone. Fix: put {ASKED} back")


@pytest.mark.parametrize(
    ("pin", "problem"),
    [
        ("parcels==1.0", "parcels==1.0 has no hash"),
        ("parcels>=1.0 --hash=sha256:00", "'parcels>=1.0' is not one version of one library"),
        ("parcels==1.0 ; sys_platform == 'linux' --hash=sha256:00", "without conditions"),
        ("--index-url https://example.com/simple", "is not one version of one library"),
    ],
)
def test_a_lock_that_pins_less_than_one_content_is_refused(pin: str, problem: str, tmp_path: Path) -> None:
    lock(tmp_path, "hotel", pin)

    assert refusal(tmp_path).startswith(f"{LOCKED}: ")
    assert problem in refusal(tmp_path)
    assert refusal(tmp_path).endswith(f"Fix: name the library in {ASKED_FOR}, then make lock setup")
