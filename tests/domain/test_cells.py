"""Tests of server/domain/cells.py."""
from __future__ import annotations

import pytest

from server.domain.cells import find_unseen, is_shortened, look_of, mixes_alphabets

SEEN = ["", " 67E", "龙钞补号", "㛃䶮𪚥", "👨\u200d👩\u200d👧\u200d👦纪念钞", "👩🏽\u200d⚕\ufe0f", "é vs e\u0301", "豹\n子", "Ⅲ Ⅱ Ⅰ", "ａ\u3000ｂ", "①★￥"]
UNSEEN = {
    **{"a\0": "U+0000", "\x1b[31m": "U+001B", "\x7f": "U+007F", "a\x85b": "U+0085", "\ufeffa": "U+FEFF", "a\u00adb": "U+00AD"},
    **{"a\u200bb": "U+200B", "a\u200db": "U+200D", "👨\u200d": "U+200D", "龙\u200c钞": "U+200C", "a\u2066b": "U+2066", "a\u061cb": "U+061C"},
    **{"龙\u2028钞": "U+2028", "龙\u2029": "U+2029", "\u3164": "U+3164", "\u2800": "U+2800", "a\u034fb": "U+034F", "a\U000e0041": "U+E0041"},
    **{"\ue612": "U+E612", "\ufffd": "U+FFFD", "\ud83d": "U+D83D"},
}


@pytest.mark.parametrize("text", SEEN)
def test_what_can_be_seen_is_let_in(text: str) -> None:
    assert find_unseen(text) is None


@pytest.mark.parametrize("text", UNSEEN)
def test_what_cannot_be_seen_is_named(text: str) -> None:
    assert find_unseen(text) == UNSEEN[text]


@pytest.mark.parametrize("text", ["U9\u0422" "1", "\u0410\u0421 123", "\u0391\u0392 1", "U\u03b19", "ab\u0561"])
def test_letters_that_pass_for_others_are_noticed(text: str) -> None:
    assert mixes_alphabets(text)


@pytest.mark.parametrize("text", ["U9T0069000", "Ｕ９Ｔ", "ⅢⅡⅠ 1234567", "龙A1", "аб 1234567", "ΩΣ 12", "123", ""])
def test_letters_of_one_alphabet_are_let_in(text: str) -> None:
    assert not mixes_alphabets(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("AO1", "A01"), ("AI1", "Al1"), ("\u0410B", "AB"), ("Ａ１", "A1"), ("A\u00a0 1", "A 1"), ("A\u20131", "A-1"), (" A", "A ")),
        *(("e\u0301", "é"), ("Ⅱ", "II")),
    ],
)
def test_texts_that_people_take_for_each_other_look_the_same(one: str, other: str) -> None:
    assert look_of(one) == look_of(other)


@pytest.mark.parametrize(("one", "other"), [("A1", "A2"), ("A 1", "A1"), ("a", "A"), ("龙", "龍"), ("B8", "88")])
def test_texts_that_differ_to_the_eye_look_different(one: str, other: str) -> None:
    assert look_of(one) != look_of(other)


@pytest.mark.parametrize("text", ["1.91431E+18", " 2E+05 ", "-1.5e+12"])
def test_what_a_sheet_makes_of_many_digits_is_recognized(text: str) -> None:
    assert is_shortened(text)


@pytest.mark.parametrize("text", ["1E5", "E+18", "A1.9E+18", "1914310000010100017"])
def test_a_serial_number_with_an_e_is_none(text: str) -> None:
    assert not is_shortened(text)
