"""Tests of server/domain/accounts/users.py, on a real database."""
from __future__ import annotations

import asyncio

import pytest

from server.domain.accounts.users import Role, User, UserBanned
from server.domain.errors import InvalidInput, NotFound, TokenInvalid
from server.domain.events import UserSessionsEnded
from tests.accounts import Accounts, News
from tests.clock import NOON, HandClock


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def here(mongo, news) -> Accounts:
    return Accounts(mongo, HandClock(), news)


async def test_the_first_sign_in_makes_the_user_and_later_ones_find_them(here):
    user = await here.users.sign_in("wechat:o-1", "爱丽丝 🎉", "https://avatars/1")
    assert user == User(
        id=user.id, nickname="爱丽丝 🎉", avatar="https://avatars/1", identities=("wechat:o-1",), created_at=NOON
    )
    assert user.id > 0 and not user.is_operator and not user.is_admin
    assert await here.users.sign_in("wechat:o-1", "爱丽丝 🎉", "https://avatars/1") == user
    assert await here.users.get_user(user.id) == user
    assert await here.users.find_by_identity("wechat:o-1") == user
    assert await here.users.find_by_identity("wechat:o-2") is None
    with pytest.raises(NotFound):
        await here.users.get_user(user.id + 1)


async def test_of_many_first_sign_ins_at_once_in_several_processes_one_makes_the_user(mongo):
    processes = [Accounts(mongo, HandClock(), News()) for _ in range(4)]
    for number in range(5):
        users = await asyncio.gather(*(process.users.sign_in(f"wechat:o-{number}", "alice", "") for process in processes * 10))
        assert len({user.id for user in users}) == 1
        assert await mongo.users.count_documents({}) == number + 1


async def test_another_nickname_or_avatar_is_taken_over_and_a_blank_one_is_not(here):
    user = await here.users.sign_in("wechat:o-1", "alice", "https://avatars/1")
    renamed = await here.users.sign_in("wechat:o-1", "alice the second", "")
    assert (renamed.id, renamed.nickname, renamed.avatar) == (user.id, "alice the second", "https://avatars/1")
    repainted = await here.users.sign_in("wechat:o-1", " ", "https://avatars/2")
    assert (repainted.nickname, repainted.avatar) == ("alice the second", "https://avatars/2")
    assert await here.users.get_user(user.id) == repainted


async def test_who_tells_no_name_at_first_gets_the_one_that_wechat_uses(here):
    assert (await here.users.sign_in("wechat:o-1", "", "")).nickname == "微信用户"


async def test_a_nickname_is_one_line_of_at_most_32_characters(here):
    assert (await here.users.sign_in("wechat:o-1", " a\n\tb ", "")).nickname == "a b"
    assert (await here.users.sign_in("wechat:o-1", "x" * 500, "")).nickname == "x" * 32


async def test_an_operator_is_made_once_and_reset_by_every_further_call(here, news):
    first = await here.users.make_operator("ops")
    user = (await here.tokens.check(first.access_token)).user
    assert (user.nickname, user.identities, user.roles, user.is_operator) == ("ops", ("operator:ops",), (Role.OPERATOR,), True)
    await here.users.ban(user.id)
    with pytest.raises(UserBanned):
        await here.tokens.check(first.access_token)
    second = await here.users.make_operator(" ops ")
    assert news.heard[-1] == UserSessionsEnded(user_id=user.id)
    again = (await here.tokens.check(second.access_token)).user
    assert (again.id, again.roles, again.is_banned) == (user.id, (Role.OPERATOR,), False)
    for ask in (here.tokens.check, here.tokens.refresh):
        with pytest.raises(TokenInvalid):
            await ask(first.access_token)


async def test_a_user_cannot_sign_in_as_an_operator_by_their_name(here):
    operator = (await here.tokens.check((await here.users.make_operator("ops")).access_token)).user
    user = await here.users.sign_in("sandbox:ops", "ops", "")
    assert user.id != operator.id and not user.is_operator


async def test_who_does_not_exist_cannot_be_banned(here, news):
    for change in (here.users.ban, here.users.unban, here.tokens.end_all):
        with pytest.raises(NotFound):
            await change(404)
    assert news.heard == []


@pytest.mark.parametrize("name", ["", " \n", "x" * 33])
async def test_an_operator_needs_a_name_of_1_to_32_characters(here, name):
    with pytest.raises(InvalidInput) as refused:
        await here.users.make_operator(name)
    assert list(refused.value.problems) == ["name"]
