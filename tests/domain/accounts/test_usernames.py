"""Tests of server/domain/accounts/usernames.py."""
from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.accounts.usernames import check_username, username_identity
from server.domain.errors import InvalidInput

ALLOWED = string.ascii_letters + string.digits


@pytest.mark.parametrize("text", ["abc", "ABC", "123", "alice2036", "x" * 32])
def test_letters_digits_and_both_are_usernames(text):
    assert check_username(text) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "required"),
        ("ab", "too_short:3"),
        ("x" * 33, "too_long:32"),
        ("a b", "letters_and_digits"),
        ("alice\n", "letters_and_digits"),
        ("alice.*", "letters_and_digits"),
        ("id:7", "letters_and_digits"),
        ("爱丽丝", "letters_and_digits"),
        ("ａｌｉｃｅ", "letters_and_digits"),
        ("٣٤٥", "letters_and_digits"),
        ("../etc", "letters_and_digits"),
    ],
)
def test_what_is_no_username_is_refused_by_name(text, problem):
    with pytest.raises(InvalidInput) as refused:
        check_username(text, "who")
    assert refused.value.problems == {"who": [problem]}


@given(st.text())
def test_a_username_has_3_to_32_letters_and_digits_and_nothing_else_is_one(text):
    try:
        assert check_username(text) == text
        is_one = True
    except InvalidInput:
        is_one = False
    assert is_one == (3 <= len(text) <= 32 and all(character in ALLOWED for character in text))


@given(st.text(ALLOWED, min_size=3, max_size=32))
def test_all_spellings_of_a_username_lead_to_one_identity_that_does_not_tell_it(text):
    identity = username_identity(text)
    assert identity == username_identity(text.upper()) == username_identity(text.lower())
    assert identity != username_identity(text + "x")
    assert text not in identity.partition(":")[2] or len(text) < 6  # a few hexadecimal digits are no name
