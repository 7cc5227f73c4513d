"""Tests of server/domain/accounts/invitations.py, on a real database."""
from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.accounts.invitations import (
    ALPHABET,
    CODE_CHARACTERS,
    InvitationExpired,
    InvitationService,
    InvitationsWanted,
    InvitationUnknown,
    InvitationUsedUp,
    tidy_code,
)
from server.domain.changes import Cause
from server.domain.errors import InvalidInput, NotFound
from server.domain.paging import ListQuery, PageQuery
from server.storage.accounts.invitations import MongoInvitations
from tests.clock import NOON


@pytest.fixture
def invitations(mongo, clock) -> InvitationService:
    return InvitationService(MongoInvitations(mongo), clock)


async def invite(invitations: InvitationService, *, uses: int = 1, days: int = 1) -> str:
    return (await invitations.invite(InvitationsWanted(uses=uses, days=days)))[0].id


async def test_as_many_codes_are_made_as_were_asked_for_and_all_differ(invitations):
    made = await invitations.invite(InvitationsWanted(count=50, uses=3, days=7, note="spring sale"), Cause(9))
    assert len({one.id for one in made}) == 50
    first = made[0]
    assert len(first.id) == CODE_CHARACTERS and set(first.id) <= set(ALPHABET)
    assert (first.uses, first.uses_left, first.made_by, first.note) == (3, 3, 9, "spring sale")
    assert (first.created_at, first.expires_at) == (NOON, NOON + timedelta(days=7))


async def test_a_code_is_taken_as_people_type_it_as_often_as_it_may_be(invitations):
    code = await invite(invitations, uses=2)
    assert await invitations.take_use(f" {code[:5].lower()}-{code[5:]} ") == code
    assert await invitations.take_use(code) == code
    with pytest.raises(InvitationUsedUp):
        await invitations.take_use(code)


async def test_of_many_who_race_for_the_last_use_one_wins(mongo, clock):
    processes = [InvitationService(MongoInvitations(mongo), clock) for _ in range(3)]
    code = await invite(processes[0])
    answers = await asyncio.gather(*(process.take_use(code) for process in processes * 8), return_exceptions=True)
    assert [answer for answer in answers if not isinstance(answer, InvitationUsedUp)] == [code]


async def test_a_use_that_was_given_back_can_be_taken_again(invitations):
    code = await invite(invitations)
    await invitations.take_use(code)
    await invitations.give_back_use(code)
    assert await invitations.take_use(code) == code


async def test_a_code_is_good_until_its_time_is_over(invitations, clock):
    code = await invite(invitations, uses=5, days=2)
    clock.advance(days=2, seconds=-1)
    await invitations.take_use(code)
    clock.advance(seconds=1)
    with pytest.raises(InvitationExpired):
        await invitations.take_use(code)


@pytest.mark.parametrize("code", ["", "ABCDEFGHJK", "$ne", "x" * 500])
async def test_a_code_that_nobody_made_is_unknown(invitations, code):
    with pytest.raises(InvitationUnknown):
        await invitations.take_use(code)


async def test_a_code_that_was_taken_back_is_unknown(invitations):
    code = await invite(invitations)
    await invitations.remove(code.lower())
    with pytest.raises(InvitationUnknown):
        await invitations.take_use(code)
    with pytest.raises(NotFound):
        await invitations.remove(code)


async def test_codes_are_listed_newest_first(invitations, clock):
    codes = []
    for _ in range(3):
        codes.append(await invite(invitations))
        clock.advance(seconds=1)
    page = await invitations.page(ListQuery(), PageQuery(1, 2))
    assert ([one.id for one in page.items], page.total) == ([codes[2], codes[1]], 3)
    assert [one.id for one in (await invitations.page(ListQuery(), PageQuery(2, 2))).items] == [codes[0]]


async def test_a_code_with_a_note_is_found_while_it_lets_somebody_in(invitations, clock):
    (made,) = await invitations.invite(InvitationsWanted(uses=1, days=1, note="demo"))
    assert await invitations.find_open_invitation("demo") == made
    await invitations.take_use(made.id)
    assert await invitations.find_open_invitation("demo") is None


@pytest.mark.parametrize(
    ("wanted", "problems"),
    [
        ({"count": 0, "uses": 0, "days": 0}, {"count": ["at_least:1"], "uses": ["at_least:1"], "days": ["at_least:1"]}),
        ({"count": 101, "uses": 10_001, "days": 367}, {"count": ["at_most:100"], "uses": ["at_most:10000"], "days": ["at_most:366"]}),
    ],
)
async def test_too_few_and_too_many_are_refused_by_name(invitations, wanted, problems):
    with pytest.raises(InvalidInput) as refused:
        await invitations.invite(InvitationsWanted(**wanted))
    assert refused.value.problems == problems


@given(st.text(ALPHABET, min_size=CODE_CHARACTERS, max_size=CODE_CHARACTERS), st.integers(1, 9))
def test_dashes_spaces_and_small_letters_make_no_difference(code, place):
    assert tidy_code(f"{code[:place]}- {code[place:]}".lower()) == code == tidy_code(code)
