"""`python -m ensemble.conformance`, in a project: asks each world all questions, and prints who answers what."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ensemble.conformance.areas import AREAS
from ensemble.conformance.asking import Asked, asked
from ensemble.conformance.table import table
from ensemble.conformance.worlds import WORLDS, OpenWorld
from ensemble.deploy_check.errors import DeployCheckFailed

HERE = ("laptop", "simulator", "moto", "ministack")
"""What is asked without an account."""


def main() -> int:
    """Ask, print the table or write it, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument(
        "--world",
        action="append",
        choices=WORLDS,
        help="whom to ask, more than once if you like; without it all but aws, which makes real resources in the "
        "account of your credentials, under names that begin with conformance-, and removes them",
    )
    parser.add_argument("--only", default="", help="only questions with these words")
    parser.add_argument("--write", type=Path, help="write the table to this file")
    given = parser.parse_args()
    results: dict[str, dict[str, Asked]] = {}
    for world in given.world or HERE:
        try:
            results[world] = answers(WORLDS[world], given.only)
        except DeployCheckFailed as error:
            print(f"{world} is not asked: {error}", file=sys.stderr)
    text = table(results)
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


def answers(world: OpenWorld, words: str = "") -> dict[str, Asked]:
    """Return what a world answers to the questions that have these words."""
    questions = [one for area in AREAS for one in area.questions if words in one.sentence]
    with world(Path.cwd()) as opened:
        return {one.sentence: asked(one, opened) for one in questions}


if __name__ == "__main__":
    sys.exit(main())
