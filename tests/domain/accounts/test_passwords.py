"""Tests of server/domain/accounts/passwords.py: the rules, and changing passwords on a real database."""
from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.passwords import PasswordRules, WrongPassword, tidy_password
from server.domain.accounts.users import Role, User
from server.domain.errors import InvalidInput, NotFound, TokenInvalid
from tests.registering import PASSWORD, register

ADDRESS = "203.0.113.7"
NEW = "Copper-Meadow-81"


@pytest.fixture
def accounts(application):
    return application.services.accounts


def problems(password: str, confirmation: str | None = None) -> dict[str, list[str]]:
    again = password if confirmation is None else confirmation
    return PasswordRules.check_form(password, again, field="password", confirmation_field="confirmation")


@pytest.mark.parametrize("password", ["x" * 8, "x" * 128, "密" * 8, "        "])
def test_8_to_128_characters_of_any_kind_are_enough_in_length(password):
    assert problems(password) == {}


def test_what_is_wrong_with_the_form_is_named():
    assert problems("") == {"password": ["required"]}
    assert problems("x" * 7) == {"password": ["too_short:8"]}
    assert problems("x" * 129) == {"password": ["too_long:128"]}
    assert problems("x" * 8, "x" * 9) == {"confirmation": ["not_the_same"]}
    assert problems("x", "y") == {"password": ["too_short:8"], "confirmation": ["not_the_same"]}


@given(st.text())
def test_all_ways_to_type_a_password_are_one(text):
    assert tidy_password(tidy_password(text)) == tidy_password(text)


def test_full_width_letters_of_a_chinese_keyboard_are_the_same_password():
    assert tidy_password("Ｌａｎｔｅｒｎ－５２") == tidy_password("Lantern-52")


async def change(application, caller: User, username: str, old: str, new: str = NEW, *, token: str | None = None) -> None:
    token = token or application.services.accounts.tokens.issue(caller).access_token
    await application.services.accounts.passwords.change_password(
        caller, token, username, old=old, new=new, confirmation=new, address=ADDRESS
    )


async def can_log_in(accounts, username: str, password: str) -> bool:
    try:
        await accounts.password_login.log_in(username, password, address=ADDRESS)
        return True
    except WrongCredentials:
        return False


async def test_the_new_password_is_taken_and_the_old_one_is_not(api, application, accounts):
    alice = await register(api)
    await change(application, alice, "Alice", PASSWORD)
    assert await can_log_in(accounts, "alice", NEW)
    assert not await can_log_in(accounts, "alice", PASSWORD)


async def test_every_other_token_ends_and_the_one_in_hand_goes_on(api, application):
    alice = await register(api)
    mine, other = (application.services.accounts.tokens.issue(alice) for _ in range(2))
    await change(application, alice, "alice", PASSWORD, token=mine.access_token)
    assert (await application.services.accounts.tokens.check(mine.access_token)).user.id == alice.id
    for ask in (application.services.accounts.tokens.check, application.services.accounts.tokens.refresh):
        with pytest.raises(TokenInvalid):
            await ask(other.access_token)
    refreshed = await application.services.accounts.tokens.refresh(mine.access_token)
    assert (await application.services.accounts.tokens.check(refreshed.access_token)).user.id == alice.id


async def test_a_wrong_old_password_changes_nothing_and_counts_as_a_failure(api, application, accounts):
    alice = await register(api)
    token = application.services.accounts.tokens.issue(alice).access_token
    for _ in range(3):
        with pytest.raises(WrongPassword) as refused:
            await change(application, alice, "alice", "wrong", token=token)
        assert refused.value.field == "oldPassword"
    changing = change(application, alice, "alice", PASSWORD, token=token)
    for ask in (changing, accounts.password_login.log_in("alice", PASSWORD, address=ADDRESS)):
        with pytest.raises(LoginBlocked):
            await ask
    application.clock.advance(seconds=1)
    assert await can_log_in(accounts, "alice", PASSWORD)


async def test_another_user_s_name_is_not_found_like_one_that_nobody_has(api, application):
    await register(api)
    bob = await register(api, "bob")
    for username in ("alice", "nobody", "", "id:1"):
        with pytest.raises(NotFound):
            await change(application, bob, username, PASSWORD)


async def test_an_admin_gives_the_user_s_old_password_or_their_own(api, application, accounts):
    alice, boss = await register(api), await register(api, "boss", roles=(Role.ADMIN,), password=NEW, password_confirmation=NEW)
    token = application.services.accounts.tokens.issue(alice)
    await change(application, boss, "alice", PASSWORD, "Harvest-Window-3")
    with pytest.raises(TokenInvalid):
        await application.services.accounts.tokens.check(token.access_token)
    await change(application, boss, "alice", NEW, "Silver-Anchor-44")
    assert await can_log_in(accounts, "alice", "Silver-Anchor-44")
    with pytest.raises(WrongPassword):
        await change(application, boss, "alice", "neither of them")
    assert await can_log_in(accounts, "boss", NEW)


@pytest.mark.parametrize("has_signed_in_from_here", [False, True])
async def test_a_new_password_lifts_the_lock_on_the_account(api, application, accounts, has_signed_in_from_here):
    await register(api)
    boss = await register(api, "boss", roles=(Role.ADMIN,))
    if has_signed_in_from_here:
        assert await can_log_in(accounts, "alice", PASSWORD)
    for _ in range(10):
        application.clock.advance(seconds=60)
        assert not await can_log_in(accounts, "alice", "wrong")
    with pytest.raises(LoginBlocked):
        await can_log_in(accounts, "alice", PASSWORD)
    await change(application, boss, "alice", PASSWORD)
    assert await can_log_in(accounts, "alice", NEW)


async def test_an_admin_without_a_password_needs_the_user_s(api, application, accounts):
    await register(api)
    operator = (await accounts.tokens.check((await accounts.users.make_operator("ops")).access_token)).user
    boss = await application.stores.accounts.directory.change_role(operator.id, Role.ADMIN, has_role=True)
    with pytest.raises(WrongPassword):
        await change(application, boss, "alice", "wrong")
    await change(application, boss, "alice", PASSWORD)
    assert await can_log_in(accounts, "alice", NEW)


async def test_who_has_no_password_has_none_to_change(application):
    user = await application.services.accounts.users.sign_in("wechat:o-1", "alice", "")
    with pytest.raises(NotFound):
        await change(application, user, "alice", "anything")


@pytest.mark.parametrize("new", ["password1", "alice2036", "Alice Liu1", "qwertyuiop"])
async def test_an_easily_guessed_password_is_refused_before_the_old_one_is_tried(api, application, new):
    alice = await register(api)
    with pytest.raises(InvalidInput) as refused:
        await change(application, alice, "alice", "wrong", new)
    assert refused.value.problems == {"newPassword": ["easily_guessed"]}


async def test_of_two_changes_at_once_one_is_made(api, application, accounts):
    alice = await register(api)
    news = ["Copper-Meadow-81", "Silver-Anchor-44"]
    answers = await asyncio.gather(*(change(application, alice, "alice", PASSWORD, new) for new in news), return_exceptions=True)
    # The slower one may come after the first has ended its token.
    assert [isinstance(answer, (WrongPassword, TokenInvalid)) for answer in answers].count(True) == 1
    assert [await can_log_in(accounts, "alice", new) for new in news] == [answer is None for answer in answers]
