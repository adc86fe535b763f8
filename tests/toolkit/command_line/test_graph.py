"""`ensemble graph`, `ensemble docs` and `ensemble export` as they are typed."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ensemble.command_line.check.graph import draw_into_readme, graph_of, is_drawn
from ensemble.command_line.errors import UsageRefused
from tests.toolkit.command_line.conftest import Command

pytestmark = pytest.mark.usefixtures("in_lending")

PICTURE = "# Ours\n\n<!-- made by `make picture` -->\n```mermaid\n{}```\n"


def test_the_whole_graph_is_printed_as_mermaid_and_drawn_into_the_readme(ensemble: Command, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(PICTURE.format("nothing yet\n"))

    outcome = ensemble("graph")
    draw_into_readme(Console(file=StringIO()), "dev", tmp_path)

    assert outcome.status == 0
    assert "loan -->|LoanRequested| shelf" in outcome.output
    assert (tmp_path / "README.md").read_text() == PICTURE.format(outcome.output)


@pytest.mark.parametrize(("format", "start"), [("dot", "digraph"), ("json", "{"), ("mermaid", "flowchart LR")])
def test_a_part_of_it_is_printed_in_the_format_that_is_asked_for(format: str, start: str, ensemble: Command) -> None:
    outcome = ensemble("graph", "CopiesReserved", "--format", format)

    assert outcome.output.startswith(start)
    assert "AddCopies" not in outcome.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["CopiesSend"], "did you mean CopiesSent?"),
        (["xyz"], "there are AddCopies, CancelLoan"),
        (["--format", "png"], "there are mermaid, dot, json"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_can(arguments: list[str], complaint: str, ensemble: Command) -> None:
    outcome = ensemble("graph", *arguments)

    assert outcome.status == 2
    assert complaint in outcome.errors


def test_a_readme_with_an_old_picture_is_noticed_and_drawn_anew(ensemble: Command, tmp_path: Path) -> None:
    console = Console(file=StringIO())
    readme = tmp_path / "README.md"
    readme.write_text(PICTURE.format(ensemble("graph").output.replace("|LoanRequested|", "|LoanAsked|")))

    before = is_drawn(graph_of(console, "dev"), tmp_path)
    draw_into_readme(console, "dev", tmp_path)

    assert not before
    assert is_drawn(graph_of(console, "dev"), tmp_path)
    assert "|LoanAsked|" not in readme.read_text()


def test_a_readme_without_a_picture_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Ours\n")

    assert is_drawn(graph_of(Console(file=StringIO()), "dev"), tmp_path)
    with pytest.raises(UsageRefused, match="has no picture"):
        draw_into_readme(Console(file=StringIO()), "dev", tmp_path)


def test_asyncapi_is_printed_or_written(ensemble: Command, tmp_path: Path) -> None:
    printed = ensemble("export", "asyncapi")
    written = ensemble("export", "asyncapi", "--output", str(tmp_path / "out" / "api.json"))

    document = json.loads((tmp_path / "out" / "api.json").read_text())
    assert json.loads(printed.output) == document
    assert f"{len(document['channels'])} channels" in written.output


def test_an_export_replaces_what_it_wrote_and_nothing_else(ensemble: Command, tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    other.mkdir()
    (other / "precious").write_text("")
    ensemble("export", "eventcatalog", "--output", str(ours))
    gone, own = ours / "services" / "gone" / "index.mdx", ours / "eventcatalog.config.js"
    for file in (gone, own):
        file.parent.mkdir(exist_ok=True)
        file.write_text("export default {}")
    mark = ours / ".written-by-ensemble"
    mark.write_text(mark.read_text() + "services/gone/index.mdx\n../other/precious\n")

    again = ensemble("export", "eventcatalog", "--output", str(ours))
    refused = ensemble("export", "eventcatalog", "--output", str(other))

    assert again.status == 0
    assert not gone.parent.exists()
    assert own.read_text() == "export default {}"
    assert (ours / "services" / "loan" / "index.mdx").exists()
    assert (refused.status, (other / "precious").exists()) == (2, True)
    assert "no export of Ensemble" in refused.errors


def test_the_catalogue_is_written_where_it_is_asked_for(ensemble: Command, tmp_path: Path) -> None:
    outcome = ensemble("docs", "--output", str(tmp_path / "page.html"))

    assert outcome.status == 0
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


def test_a_place_that_cannot_be_written_is_refused(ensemble: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    outcome = ensemble("docs", "--output", str(tmp_path / "file" / "page.html"))

    assert outcome.status == 2
    assert "cannot be written" in outcome.errors
