"""Patterns are read as Python's `re` reads them, decided without a doubt, and fast for every text."""

from __future__ import annotations

import re
import time
from itertools import product
from random import Random

import pytest

from ensemble.contracts.patterns import (
    Lengths,
    Pattern,
    PatternRefused,
    TooMany,
    lengths,
    listed,
    outside,
    pattern,
    texts,
)

ALPHABET = "ab-\n"
WORDS = ["".join(word) for size in range(6) for word in product(ALPHABET, repeat=size)]

REFUSED = {
    "": "anywhere",
    "a": "anywhere",
    "^a": "anywhere",
    "a$": "anywhere",
    "^a\\$": "anywhere",
    "^a|b$": "first and the last alternative",
    "^(a$": "lacks a closing bracket",
    "^a)$": "a bracket too many",
    "^[a$": "in the middle of something",
    "^[]$": "without characters",
    "^[b-a]$": "a range that is none",
    "^[a-\\d]$": "a range that is none",
    "^[\\d-z]$": "a range that is none",
    "^a{2,1}$": "allow nothing",
    "^a{0}$": "allow nothing",
    "^a{,2}$": "hold no number",
    "^a{b}$": "hold no number",
    "^a{\u0662}$": "hold no number",
    "^*a$": "nothing that \\* repeats",
    "^a*?$": "two signs of repetition",
    "^a++$": "two signs of repetition",
    "^a^b$": "has \\^ in the middle",
    "^a$b$": "has \\$ in the middle",
    "^(?=a)a$": "looks around",
    "^(?<name>a)$": "looks around",
    "^(?i)a$": "looks around",
    "^(a)\\1$": "engines read",
    "^\\s$": "engines read",
    "^\\p{L}$": "engines read",
    "^\\ba$": "engines read",
    "^\\ud800$": "surrogate",
    "^\\u12$": "engines read",
    "^(a+)+$": "repeats itself",
    "^(a*)*$": "repeats itself",
    "^(?:a?b?)*$": "repeats itself",
    "^(a?){2}$": "may be empty|take 'a'|repeats itself",
    "^(?:a?)?$": "may be empty",
    "^(?:a?|b?)$": "may be empty",
    "^(?:a|a)$": "take 'a'",
    "^(?:a|ab)$": "take 'a'",
    "^(a|b)*a$": "take 'a'",
    "^a*a$": "take 'a'",
    "^.*@.*$": "take '@'",
    "^(?:a{100}){100}$": "over 1000 characters",
    "^" + "(" * 30 + "a" + ")" * 30 + "$": "nested too deeply",
    "^" + "a" * 2_000 + "$": "over 1000 characters long",
    "^\ud800$": "surrogate",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_decided_is_refused_with_the_reason_and_what_to_write(text: str) -> None:
    with pytest.raises(PatternRefused, match=REFUSED[text]) as refused:
        Pattern(text)

    assert refused.value.instead
    assert pattern(text) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("^\\d+$", "^[0-9]+$"),
        ("^[\\w.-]+$", "^[0-9A-Z_a-z.\\-]+$"),
        ("^.$", "^[^\\n\\r\\u2028\\u2029]$"),
        ("^[\\u0041-\\u005A]\\u000a$", "^[A-Z]\\n$"),
        ("^(a|b)$", "^(?:a|b)$"),
        ("^a\\$$", "^a\\$$"),
        ("^\\\\$", "^[\\\\]$"),
        ("^[$]\\/\\-$", "^[\\$]/-$"),
        ("^[&&~~]]$", "^[\\u0026\\u0026\\u007e\\u007e]\\]$"),
    ],
)
def test_a_pattern_is_written_so_that_all_engines_read_the_same(text: str, written: str) -> None:
    assert Pattern(text).text == written
    assert Pattern(written).text == written


def drawn(random: Random, depth: int = 3) -> str:
    """Return a part of a pattern over the alphabet."""
    kind = random.choice(["one", "one", "class", "then", "then", "or", "times", "times"] if depth else ["one", "class"])
    match kind:
        case "one":
            return random.choice(["a", "b", "-", "."])
        case "class":
            return random.choice(["[ab]", "[^a]", "[^b\\-]", "[a-b]", "\\w", "\\-"])
        case "then":
            return "".join(drawn(random, depth - 1) for _ in range(random.randint(2, 3)))
        case "or":
            return f"(?:{'|'.join(drawn(random, depth - 1) for _ in range(2))})"
    sign = random.choice(["?", "*", "+", "{2}", "{1,2}", "{2,}", "{0,2}", "{3}"])
    return f"(?:{drawn(random, depth - 1)}){sign}"


def some_patterns(seed: int, number: int) -> list[Pattern]:
    random, found = Random(seed), list[Pattern]()
    while len(found) < number:
        one = pattern(f"^{drawn(random)}$")
        if one is not None:
            found.append(one)
    return found


def by_re(one: Pattern) -> re.Pattern[str]:
    return re.compile(one.text.removesuffix("$") + r"\Z")


@pytest.mark.parametrize("seed", range(5))
def test_a_pattern_matches_what_python_matches(seed: int) -> None:
    for one in some_patterns(seed, 60):
        theirs = by_re(one)
        assert [one.matches(word) for word in WORDS] == [theirs.match(word) is not None for word in WORDS], one.text


@pytest.mark.parametrize("seed", range(5))
def test_what_one_takes_and_another_does_not_is_found_or_there_is_none(seed: int) -> None:
    both = some_patterns(seed, 120)
    answers = set()
    for one, other in zip(both[::2], both[1::2], strict=True):
        answers.add(text := outside([one], other))
        if text is None:
            assert not [word for word in WORDS if one.matches(word) and not other.matches(word)], (one.text, other.text)
        else:
            assert by_re(one).match(text), (one.text, other.text)
            assert not by_re(other).match(text), (one.text, other.text)
    assert None in answers
    assert len(answers) > 1


@pytest.mark.parametrize("seed", range(3))
def test_texts_have_the_form_and_the_length(seed: int) -> None:
    for one in some_patterns(seed, 60):
        here = lengths(one, 5)
        assert {len(word) for word in WORDS if one.matches(word)} <= set(here)
        for length in here:
            text = outside([one, Lengths(length, length)])
            assert text is not None
            assert len(text) == length
            assert one.matches(text)
        for text, _ in zip(texts([one]), range(20), strict=False):
            assert one.matches(text)


def test_a_few_texts_are_all_of_them_and_many_are_none() -> None:
    assert listed((Pattern("^(?:web|app[12]?)$"),), 9) == ("app", "web", "app1", "app2")
    assert listed((Pattern("^(?:web|app[12]?)$"), Lengths(4)), 9) == ("app1", "app2")
    assert listed((Pattern("^(?:web|app[12]?)$"),), 3) is None
    assert listed((Pattern("^a*$"),), 9) is None
    assert listed((Pattern("^a*$"), Lengths(0, 3)), 9) == ("", "a", "aa", "aaa")
    assert listed((Pattern("^[a-z]$"),), 9) is None


def test_a_question_with_too_many_places_is_given_up() -> None:
    with pytest.raises(TooMany):
        outside([Pattern("^a*b$"), Lengths(10**6)])


def test_no_text_holds_up_what_python_makes_of_a_pattern() -> None:
    begun = time.process_time()
    for one in some_patterns(7, 100):
        for end in ("", "!", "a", "b", "-"):
            for body in ("a", "b", "ab", "a-", "ab-"):
                by_re(one).match(body * (2_000 // len(body)) + end)

    assert time.process_time() - begun < 10  # a pattern that tries all ways would need years
