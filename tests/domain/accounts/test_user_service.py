"""Tests of server/domain/accounts/user_service.py, on a real database."""
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


async def test_a_later_sign_in_changes_neither_name_nor_picture(here):
    user = await here.users.sign_in("wechat:o-1", "alice", "https://avatars/1")
    for name, picture in (("alice the second", "https://avatars/2"), ("微信用户", "https://avatars/grey"), ("", "")):
        assert await here.users.sign_in("wechat:o-1", name, picture) == user
    assert await here.users.get_user(user.id) == user


@pytest.mark.parametrize("name", ["", " ", "微信用户", "藏友1", "x" * 33])
async def test_who_tells_no_name_gets_one_that_nobody_else_has(here, name):
    users = [await here.users.sign_in(f"wechat:o-{number}", name, "") for number in range(3)]
    assert [user.nickname for user in users] == [f"藏友{user.id}" for user in users]
    assert [await here.users.get_user(user.id) for user in users] == users
    assert await here.users.sign_in("wechat:o-0", "a name told later", "") == users[0]


async def test_who_is_called_by_wechats_word_for_no_name_gets_one_of_their_own(here):
    user = User(id=7, nickname="微信用户", avatar="https://avatars/7", identities=("wechat:o-7",), created_at=NOON)
    await here.user_store.add_or_find(user)
    named = await here.users.sign_in("wechat:o-7", "", "")
    assert (named.nickname, named.avatar) == ("藏友7", "https://avatars/7")
    assert await here.users.get_user(7) == named
    await here.user_store.rename(7, "微信用户", "x")
    assert await here.users.get_user(7) == named


async def test_a_nickname_is_one_line(here):
    assert (await here.users.sign_in("wechat:o-1", " a\n\tb ", "")).nickname == "a b"


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
