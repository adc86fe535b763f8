"""A newer toolkit is taken over: into the files that it owns, beside what the project has changed in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toolkit.upgrade.trees import OWN, OWNED, Tree, made_from

Upgrade = Callable[..., int]

DONE, FAILED, USAGE, SOMETHING_TO_DO = 0, 1, 2, 3


def patch(project: Tree) -> None:
    """Change a file of the toolkit, of the kit and of the infrastructure, as a team does."""
    project.edit("ensemble/laptop/queues.py", "queues 1\n", "queues 1, patched\n")
    project.edit("functions/kit/rows.py", "rows 1\n", "rows 1, patched\n")
    project.edit("infrastructure/table.py", "table 1\n", "table 1, patched\n")
    project.commit("Three patches")


def all_owned(paths: set[str]) -> bool:
    return all(path == ".ensemble.json" or path.startswith(tuple(f"{owned}/" for owned in OWNED)) for path in paths)


@pytest.mark.usefixtures("newer")
def test_a_newer_toolkit_comes_in_and_patches_are_kept_also_through_a_rename(project: Tree, upgrade: Upgrade) -> None:
    patch(project)

    assert upgrade() == DONE

    assert not project.has("ensemble/laptop/queues.py")
    renamed = project.text("ensemble/laptop/waiting.py")
    assert "queues 1, patched\n" in renamed
    assert "queues 28 of 0.3.0\n" in renamed
    assert "rows 1, patched\n" in project.text("functions/kit/rows.py")
    assert "rows 28 of 0.3.0\n" in project.text("functions/kit/rows.py")
    assert "table 1, patched\n" in project.text("infrastructure/table.py")
    assert "table 28 of 0.3.0\n" in project.text("infrastructure/table.py")


def test_nothing_is_touched_but_what_is_owned_and_the_mark_and_nothing_of_the_shop_comes(
    newer: Tree, project: Tree, upgrade: Upgrade
) -> None:
    assert upgrade() == DONE

    assert all_owned(project.changed())
    assert {path: project.text(path) for path in OWN} == OWN
    assert not project.has("functions/order")
    assert not project.has("tests/test_order.py")
    assert project.mark() == {
        "version": "0.3.0",
        "commit": newer.git("rev-parse", "HEAD"),
        "source": str(newer.path),
    }


@pytest.mark.usefixtures("newer")
def test_a_rename_is_followed_also_where_the_teams_git_follows_none(project: Tree, upgrade: Upgrade) -> None:
    project.git("config", "merge.renames", "false")
    patch(project)

    assert upgrade() == DONE

    assert "queues 1, patched\n" in project.text("ensemble/laptop/waiting.py")


@pytest.mark.usefixtures("newer")
def test_it_is_staged_and_not_committed_and_a_reset_undoes_it(project: Tree, upgrade: Upgrade) -> None:
    before = project.git("rev-parse", "HEAD")

    assert upgrade() == DONE
    assert project.git("rev-parse", "HEAD") == before
    assert project.git("diff", "--name-only") == ""
    project.git("reset", "--hard", "--quiet")

    assert project.git("status", "--porcelain") == ""
    assert project.mark()["version"] == "0.2.0"
    assert project.has("ensemble/laptop/queues.py")


@pytest.mark.usefixtures("newer")
def test_the_commit_that_keeps_it_has_a_message_already(project: Tree, upgrade: Upgrade) -> None:
    assert upgrade() == DONE

    project.git("commit", "--quiet", "--no-edit")

    assert project.git("log", "-1", "--format=%s").startswith("Toolkit 0.3.0 (")
    assert project.git("log", "-1", "--format=%an") == "somebody"


@pytest.mark.usefixtures("newer")
def test_it_prints_the_versions_the_notes_between_them_and_how_to_keep_or_undo_it(
    upgrade: Upgrade, capsys: pytest.CaptureFixture[str]
) -> None:
    assert upgrade() == DONE

    printed = capsys.readouterr().out
    assert "Toolkit 0.2.0 (" in printed
    assert "-> 0.3.0 (" in printed
    assert "Renew the lock." in printed
    assert "Empty the tables." not in printed
    assert "git commit" in printed
    assert "git reset --hard" in printed


def test_after_an_upgrade_that_was_squashed_the_next_one_has_no_conflict(
    newer: Tree, project: Tree, upgrade: Upgrade
) -> None:
    patch(project)
    project.git("switch", "--quiet", "--create", "upgrade")
    assert upgrade() == DONE
    project.commit("Toolkit 0.3.0")
    project.git("switch", "--quiet", "main")
    project.git("merge", "--quiet", "--squash", "upgrade")
    project.commit("Toolkit 0.3.0, squashed")
    newer.edit("ensemble/laptop/waiting.py", "queues 28 of 0.3.0\n", "queues 28 of 0.4.0\n")
    newer.move("functions/kit/rows.py", "functions/kit/store.py")
    newer.write({"ensemble/VERSION": "0.4.0\n"})
    newer.commit("0.4.0")

    assert upgrade() == DONE

    assert all_owned(project.changed())
    assert "queues 1, patched\n" in project.text("ensemble/laptop/waiting.py")
    assert "queues 28 of 0.4.0\n" in project.text("ensemble/laptop/waiting.py")
    assert "rows 1, patched\n" in project.text("functions/kit/store.py")
    assert project.mark()["version"] == "0.4.0"


def test_lines_that_both_changed_are_a_conflict_with_its_file_and_the_way_on_and_back(
    newer: Tree, project: Tree, upgrade: Upgrade, capsys: pytest.CaptureFixture[str]
) -> None:
    project.edit("functions/kit/rows.py", "rows 28\n", "rows 28, patched\n")
    project.commit("A patch that conflicts")

    assert upgrade() == SOMETHING_TO_DO

    printed = capsys.readouterr().out
    assert "git add functions/kit/rows.py" in printed
    assert "git reset --hard" in printed
    assert "<<<<<<<" in project.text("functions/kit/rows.py")
    assert "table 28 of 0.3.0\n" in project.text("infrastructure/table.py")
    project.git("checkout", "--theirs", "functions/kit/rows.py")
    assert project.text("functions/kit/rows.py") == newer.text("functions/kit/rows.py")
    project.git("add", "functions/kit/rows.py")
    project.git("commit", "--quiet", "--no-edit")
    assert upgrade("--check") == DONE


@pytest.mark.usefixtures("newer")
def test_a_conflict_is_undone_by_a_reset(project: Tree, upgrade: Upgrade) -> None:
    project.edit("functions/kit/rows.py", "rows 28\n", "rows 28, patched\n")
    project.commit("A patch that conflicts")
    assert upgrade() == SOMETHING_TO_DO

    project.git("reset", "--hard", "--quiet")

    assert project.git("status", "--porcelain") == ""
    assert project.mark()["version"] == "0.2.0"


@pytest.mark.usefixtures("newer")
def test_a_dirty_tree_is_refused_and_left_alone(
    project: Tree, upgrade: Upgrade, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write({"README.md": "half a sentence"})

    assert upgrade() == FAILED

    assert "1 files have changes that are not committed, such as README.md" in capsys.readouterr().err
    assert project.changed() == {"README.md"}


@pytest.mark.usefixtures("newer")
def test_a_file_that_git_does_not_know_is_never_overwritten(
    project: Tree, upgrade: Upgrade, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write({"ensemble/laptop/archives.py": "mine\n"})

    assert upgrade() == FAILED

    assert "nothing was changed" in capsys.readouterr().err
    assert project.text("ensemble/laptop/archives.py") == "mine\n"
    assert project.git("diff", "--name-only", "HEAD") == ""
    assert project.mark()["version"] == "0.2.0"


@pytest.mark.usefixtures("newer")
def test_check_says_that_there_is_a_newer_toolkit_and_what_is_patched_and_changes_nothing(
    project: Tree, upgrade: Upgrade, capsys: pytest.CaptureFixture[str]
) -> None:
    patch(project)
    project.write({"ensemble/laptop/own.py": "own\n"})
    project.git("rm", "--quiet", "ensemble/notes/0.2.0.md")
    project.commit("A file of our own in the toolkit, and one less")

    assert upgrade("--check") == SOMETHING_TO_DO

    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("The toolkit is 0.2.0 (")
    assert "there is 0.3.0 (" in printed[0]
    assert sorted(printed[2:]) == [
        "  A  ensemble/laptop/own.py",
        "  D  ensemble/notes/0.2.0.md",
        "  M  ensemble/laptop/queues.py",
        "  M  functions/kit/rows.py",
        "  M  infrastructure/table.py",
    ]
    assert project.git("status", "--porcelain") == ""


@pytest.mark.parametrize("typed", [["--check"], []])
def test_nothing_newer_is_no_failure_also_where_the_shop_alone_moved_on(
    template: Tree, project: Tree, upgrade: Upgrade, capsys: pytest.CaptureFixture[str], typed: list[str]
) -> None:
    template.write({"app.py": "shop app, changed\n"})
    template.commit("A change of the shop")

    assert upgrade(*typed) == DONE

    assert "nothing newer" in capsys.readouterr().out
    assert project.git("status", "--porcelain") == ""


def test_a_revision_can_be_named(newer: Tree, project: Tree, upgrade: Upgrade) -> None:
    newer.git("tag", "v0.3.0")
    newer.write({"ensemble/VERSION": "0.4.0\n"})
    newer.commit("0.4.0")

    assert upgrade("--to", "v0.3.0") == DONE

    assert project.mark()["version"] == "0.3.0"


@pytest.mark.usefixtures("newer")
def test_another_source_serves_once_and_the_mark_keeps_its_own(project: Tree, upgrade: Upgrade, newer: Tree) -> None:
    copy = Tree(newer.path.parent / "copy")
    newer.git("clone", "--quiet", "--bare", str(newer.path), str(copy.path))

    assert upgrade(str(copy.path)) == DONE

    assert project.mark()["source"] == str(newer.path)


def test_a_project_in_a_subfolder_of_a_repository_is_upgraded_there_and_nowhere_else(
    template: Tree, tmp_path: Path, upgrade: Upgrade, request: pytest.FixtureRequest
) -> None:
    whole = Tree(tmp_path / "mono").begin()
    whole.write({"functions/kit/rows.py": "another team's\n", "web/index.html": "web\n"})
    whole.commit()
    project = made_from(template, Tree(tmp_path / "mono" / "backend" / "orders"))
    patch(project)
    request.getfixturevalue("newer")

    assert upgrade(root=project.path) == DONE

    assert all(path.startswith("backend/orders/") for path in whole.changed())
    assert all_owned(project.changed())
    assert "queues 1, patched\n" in project.text("ensemble/laptop/waiting.py")
    assert whole.text("functions/kit/rows.py") == "another team's\n"
    assert not whole.has("ensemble")


def test_a_clone_of_the_template_with_a_mark_is_upgraded_without_the_shop(
    template: Tree, tmp_path: Path, upgrade: Upgrade, project: Tree, request: pytest.FixtureRequest
) -> None:
    clone = Tree(tmp_path / "clone")
    template.git("clone", "--quiet", str(template.path), str(clone.path))
    clone.write({".ensemble.json": project.text(".ensemble.json")})
    clone.commit("The mark")
    shop = {path: clone.text(path) for path in ("functions/order/domain.py", "tests/test_order.py", "app.py")}
    request.getfixturevalue("newer")

    assert upgrade(root=clone.path) == DONE

    assert all_owned(clone.changed())
    assert {path: clone.text(path) for path in shop} == shop
    assert clone.has("ensemble/laptop/waiting.py")


@pytest.mark.usefixtures("newer")
def test_a_shallow_clone_is_upgraded_and_nothing_else_becomes_shallow(
    project: Tree, tmp_path: Path, upgrade: Upgrade
) -> None:
    patch(project)
    shallow = Tree(tmp_path / "shallow")
    project.git("clone", "--quiet", "--depth=1", f"file://{project.path}", str(shallow.path))
    boundary = (shallow.path / ".git" / "shallow").read_text()

    assert upgrade(root=shallow.path) == DONE

    assert "rows 1, patched\n" in shallow.text("functions/kit/rows.py")
    assert "rows 28 of 0.3.0\n" in shallow.text("functions/kit/rows.py")
    assert (shallow.path / ".git" / "shallow").read_text() == boundary
    assert upgrade() == DONE
    assert not (project.path / ".git" / "shallow").exists()


def test_a_folder_that_moves_takes_no_file_of_the_projects_own_with_it(
    template: Tree, project: Tree, upgrade: Upgrade
) -> None:
    own = {"functions/kit/own.py": "own\n", "functions/own.py": "own\n"}
    project.write(own)
    project.commit("Files of our own, beside the kit and in it")
    template.write({"ensemble/owned.txt": "ensemble/\ninfrastructure/\n"})
    template.move("functions/kit", "ensemble/kit")
    template.commit("The kit moves into the toolkit")

    assert upgrade() == DONE

    assert project.has("ensemble/kit/rows.py")
    assert not project.has("functions/kit/rows.py")
    assert {path: project.text(path) for path in own} == own
    assert project.has("functions/hotel/domain.py")


def test_what_the_toolkit_gives_up_stays_as_the_projects_own(template: Tree, project: Tree, upgrade: Upgrade) -> None:
    template.write({"ensemble/owned.txt": "ensemble/\nfunctions/kit/\n", "infrastructure/table.py": "another\n"})
    template.commit("The infrastructure is the project's")
    before = project.text("infrastructure/table.py")

    assert upgrade() == DONE

    assert project.text("infrastructure/table.py") == before


def test_what_the_toolkit_owns_from_now_on_meets_the_projects_own_file_as_a_conflict(
    template: Tree, project: Tree, upgrade: Upgrade
) -> None:
    template.write({"ensemble/owned.txt": "ensemble/\nfunctions/kit/\ninfrastructure/\nREADME.md\n"})
    template.write({"README.md": "the toolkit's\n"})
    template.commit("The README is the toolkit's")

    assert upgrade() == SOMETHING_TO_DO

    assert "own readme" in project.text("README.md")


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (["/nowhere"], "/nowhere cannot be read ("),
        (["--to", "v9"], "has no branch, tag or whole commit v9."),
        (["--to", "0" * 40], f"has no branch, tag or whole commit {'0' * 40}."),
        (["--to", "main:main"], "'main:main' is no name of a branch or tag, and no commit."),
    ],
)
def test_an_unknown_source_or_revision_is_one_sentence(
    upgrade: Upgrade, capsys: pytest.CaptureFixture[str], typed: list[str], complaint: str
) -> None:
    assert upgrade(*typed) == FAILED

    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert complaint in printed.err


@pytest.mark.parametrize(
    ("mark", "complaint"),
    [
        (None, ".ensemble.json is not there"),
        ("{}", ".ensemble.json must hold"),
        ("[]", ".ensemble.json must hold"),
        ('{"version": "0.2.0", "commit": "abc", "source": "x"}', ".ensemble.json must hold"),
        (f'{{"version": "0.2.0", "commit": "{"1" * 40}", "source": "."}}', "has no branch, tag or whole commit 1111"),
    ],
)
def test_a_mark_that_does_not_help_is_one_sentence(
    project: Tree, upgrade: Upgrade, capsys: pytest.CaptureFixture[str], mark: str | None, complaint: str
) -> None:
    if mark is None:
        (project.path / ".ensemble.json").unlink()
    else:
        project.write({".ensemble.json": mark})

    assert upgrade(str(project.path)) == FAILED

    printed = capsys.readouterr().err
    assert len(printed.splitlines()) == 1
    assert complaint in printed


def test_a_commit_that_is_no_toolkit_is_refused(
    project: Tree, upgrade: Upgrade, template: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    template.git("rm", "--quiet", "ensemble/owned.txt")
    template.commit("No toolkit any more")

    assert upgrade() == FAILED

    assert "has no ensemble/owned.txt" in capsys.readouterr().err
    assert project.git("status", "--porcelain") == ""


def test_a_folder_without_git_is_refused(
    upgrade: Upgrade, project: Tree, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Tree(tmp_path / "bare")
    bare.write({".ensemble.json": project.text(".ensemble.json")})

    assert upgrade(root=bare.path) == FAILED

    assert "is in no git repository with a commit" in capsys.readouterr().err


def test_an_unknown_option_is_a_wrong_usage(upgrade: Upgrade) -> None:
    with pytest.raises(SystemExit) as ended:
        upgrade("--force")

    assert ended.value.code == USAGE


def test_a_hook_of_another_repository_does_not_lead_it_astray(
    newer: Tree, project: Tree, upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(newer.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(newer.path / ".git" / "index"))

    assert upgrade() == DONE

    assert newer.git("status", "--porcelain") == ""
    assert project.mark()["version"] == "0.3.0"
