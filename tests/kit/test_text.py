"""Text that people wrote reaches people in one line, and in the direction of its letters."""

from __future__ import annotations

import unicodedata

import pytest

from functions.kit.text import cleaned


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("changed my mind", "changed my mind"),
        ("Zoë's 東京 naïve 👩‍👩‍👧 שלום", "Zoë's 東京 naïve 👩‍👩‍👧 שלום"),
        ("never mind\r\n\r\nPay here: https://evil.example", "never mind Pay here: https://evil.example"),
        ("a\tb\x00c\x1b[31md\x7fe\x85f", "a b c [31md e f"),
        ("one\u2028two\u2029three", "one two three"),
        ("https://\u202egnp.elpmaxe", "https:// gnp.elpmaxe"),
        ("a\u2066b\u2069c\u200fd\u061ce", "a b c d e"),
        ("half \ud83d", "half"),
        ("\n", ""),
        ("", ""),
    ],
)
def test_what_controls_how_a_text_is_shown_is_taken_out(written: str, read: str) -> None:
    assert cleaned(written) == read


def test_no_control_character_is_left_of_all_that_there_are() -> None:
    every = "".join(map(chr, range(0x3000)))

    left = {one for one in cleaned(every) if unicodedata.category(one) in ("Cc", "Zl", "Zp", "Cs")}
    directed = {one for one in cleaned(every) if unicodedata.bidirectional(one) in ("LRO", "RLO", "LRE", "RLE", "PDF")}

    assert left == directed == set()
