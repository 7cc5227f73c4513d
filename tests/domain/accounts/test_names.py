"""Tests of server/domain/accounts/names.py."""
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.domain.accounts.addresses import Place
from server.domain.accounts.names import chosen_name, is_reserved, made_name, one_line, tidy_name, told_name
from server.domain.errors import InvalidInput
from tests.registering import register, registration_form

TURNED = "\u202emoc.live"  # shown from right to left, with all that follows it
JOINED = "\u200d" * 40 + "x"  # longer than a name before anything is seen
UNSEEN = ["\u200b", "\u2060\ufeff", "\x00", "\u3164", "\u2800 \u2800", "\u200d", "\u0301", "\ufe0f", " \n\t"]
KEPT = ["钱塘藏家", "Zoë O’Neil", "👩‍👩‍👧", "علی‌رضا", "❤️", "x" * 32]


@pytest.mark.parametrize("text", KEPT)
def test_what_people_are_called_stays_as_it_is(text):
    assert tidy_name(text, "name") == told_name(text) == chosen_name(text, "name") == text


@pytest.mark.parametrize("text", ["", *UNSEEN])
def test_a_name_that_nobody_would_see_is_none(text):
    with pytest.raises(InvalidInput) as refused:
        tidy_name(text, "name")
    assert refused.value.problems == {"name": ["required"]}
    assert told_name(text) == ""


@pytest.mark.parametrize(
    ("text", "line"),
    [(TURNED, "moc.live"), ("a\x00b\u2066c", "abc"), (" a \u200b\n\t b ", "a b"), ("\u3164alice", "alice")],
)
def test_a_line_leaves_the_writing_around_it_alone(text, line):
    assert one_line(text) == line


@given(st.text())
def test_a_tidy_name_is_one_line_of_1_to_32_characters(text):
    try:
        name = tidy_name(text, "name")
    except InvalidInput:
        assert not 1 <= len(one_line(text)) <= 32
    else:
        assert name == one_line(text) == tidy_name(name, "name") and 1 <= len(name) <= 32
        assert not {unicodedata.category(one) for one in name} & {"Cc", "Zl", "Zp"}


@given(st.text(max_size=80))
@example(JOINED)
def test_a_told_name_is_a_tidy_one_or_empty(text):
    name = told_name(text)
    assert name == "" or tidy_name(name, "name") == name


def test_the_parts_of_an_address_are_lines_too():
    parts = {"province": "浙江", "city": "杭州", "district": "西湖", "zip": "310000", "contact_phone": "13800138000"}
    tidy = Place(**parts, address=f"{TURNED}\x00", contact_name="李\u200b雷").tidy()
    assert (tidy.address, tidy.contact_name) == ("moc.live", "李雷")
    with pytest.raises(InvalidInput) as refused:
        Place(**parts, address="\u3164", contact_name="李雷").tidy()
    assert refused.value.problems == {"address": ["required"]}


async def test_a_name_is_the_same_line_at_the_registration_and_in_a_profile(api):
    alice = await register(api, name="Alice\n\u202eLiu")
    assert alice.real_name == "Alice Liu"
    changed = await api.ask("PUT", f"/api/user_profiles/{alice.id}", as_user=alice, json={"name": "Alice\n\u202eLee"})
    assert changed.data["name"] == "Alice Lee"
    refused = await api.post("/api/auth/register", json=await registration_form(api, "bob", name="\u200b"))
    assert (refused.status, refused.json) == (422, {"code": 10001, "message": "参数有误", "data": {"name": ["必填"]}})


RESERVED = ["微信用户", " 微信 用户 ", "藏友7", "藏友 7", "藏友７", "藏友٧", "藏\u200b友7", "藏友0000000007"]


@pytest.mark.parametrize("text", RESERVED)
def test_nobody_chooses_wechats_word_for_no_name_or_a_name_that_is_made(text):
    assert told_name(text) == ""
    with pytest.raises(InvalidInput) as refused:
        chosen_name(text, "nickname", made=made_name(8))
    assert refused.value.problems == {"nickname": ["reserved"]}


def test_what_was_made_for_a_user_they_may_keep():
    assert chosen_name("藏友7", "name", made=made_name(7)) == "藏友7"
    assert not is_reserved("藏友") and not is_reserved("藏友七") and not is_reserved("老藏友7")
