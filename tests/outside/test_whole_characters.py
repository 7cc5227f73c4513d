"""Tests of server/outside/whole_characters.py."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.outside.whole_characters import cut_whole

FAMILY = "👨‍👩‍👧‍👦"  # seven code points


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        (FAMILY * 2, 14, FAMILY * 2),
        (FAMILY * 2, 13, FAMILY),
        (FAMILY, 6, ""),
        ("ab" + FAMILY, 8, "ab"),
        ("e\u0301e\u0301", 3, "e\u0301"),
        ("🇨🇳🇨🇳", 3, "🇨🇳"),
        ("👍🏽👍🏽", 3, "👍🏽"),
        ("钱塘藏家", 3, "钱塘藏"),
        ("a" + "\u0300" * 40, 32, ""),
    ],
)
def test_a_text_is_cut_between_characters(text, most, cut):
    assert cut_whole(text, most) == cut


@given(st.text(), st.integers(0, 40))
def test_what_fits_stays_and_the_rest_is_a_beginning(text, most):
    cut = cut_whole(text, most)
    assert text.startswith(cut) and len(cut) <= most
    assert len(text) > most or cut == text
