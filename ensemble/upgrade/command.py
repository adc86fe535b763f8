"""The command `ensemble upgrade`: reads what was typed, takes a newer toolkit over, and prints what came of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ensemble.upgrade.errors import GitFailed, UpgradeRefused
from ensemble.upgrade.takeover import Change, Outcome, find, take_over

ROOT = Path(__file__).resolve().parents[2]

DONE, FAILED, SOMETHING_TO_DO = 0, 1, 3

DESCRIPTION = """\
Take over a newer toolkit: merge what it changed into the files that it owns
(ensemble/owned.txt), and stage them. Your changes of these files are kept.
Nothing else of the project is touched, and nothing is committed.

The exit status is 0 when all is done or nothing is newer, 1 when it cannot be
done (nothing was changed then), 2 when the options are wrong, and 3 when
something is left to do: a conflict, or with --check a newer toolkit.

Examples:
  ensemble upgrade --check
  ensemble upgrade
  ensemble upgrade --to v0.3.0
  ensemble upgrade ../ensemble
"""


def outcome(typed: Sequence[str], root: Path = ROOT) -> int:
    """Do what was typed in the project at `root` and return the exit status."""
    options = _parser().parse_args(typed)
    try:
        change = find(root, options.source, options.to)
        lines, status = _checked(change) if options.check or not change.is_any else _taken_over(root, change)
    except (UpgradeRefused, GitFailed) as refused:
        print(f"ensemble: {refused}.", file=sys.stderr)
        return FAILED
    print("\n".join(lines))
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ensemble upgrade", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", metavar="SOURCE", nargs="?", help="another repository than .ensemble.json names")
    parser.add_argument("--check", action="store_true", help="change nothing; print if there is a newer toolkit")
    parser.add_argument("--to", metavar="REV", default="HEAD", help="a branch, a tag or a whole commit of it")
    return parser


def _checked(change: Change) -> tuple[list[str], int]:
    if not change.is_any:
        return [f"The toolkit is {change.old}: nothing newer.", *_patches(change)], DONE
    return [f"The toolkit is {change.old}; there is {change.new}: ensemble upgrade", *_patches(change)], SOMETHING_TO_DO


def _taken_over(root: Path, change: Change) -> tuple[list[str], int]:
    came = take_over(root, change)
    lines = [f"Toolkit {change.old} -> {change.new}", *_changes(came), *_patches(change), *_notes(change)]
    if came.conflicts:
        return lines + list(_conflicts(came)), SOMETHING_TO_DO
    return [*lines, "", "Look at it:  git diff --cached", *_KEEP, _UNDO], DONE


_KEEP = ["Try it:      make test", "Keep it:     git commit"]
_UNDO = "Undo it:     git reset --hard"


def _changes(came: Outcome) -> Iterator[str]:
    for folder, files in sorted(came.changed.items()):
        yield f"  {files:4} {'file' if files == 1 else 'files'}  {folder}"


def _patches(change: Change) -> Iterator[str]:
    if change.patched:
        yield "Your changes of the toolkit's files (M changed, A added, D deleted):"
    for letter, path in change.patched:
        yield f"  {letter}  {path}"


def _notes(change: Change) -> Iterator[str]:
    for version, text in change.notes():
        yield f"\n--- To do by hand for {version} ---\n{text.strip()}"


def _conflicts(came: Outcome) -> Iterator[str]:
    yield "\nIn conflict, since you and the toolkit changed the same lines:"
    yield from (f"  {path}" for path in came.conflicts)
    yield f"\nGo on:       edit these files, then git add {' '.join(came.conflicts)}"
    yield from _KEEP
    yield _UNDO
