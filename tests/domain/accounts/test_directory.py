"""Tests of server/domain/accounts/directory.py, on a real database."""
from __future__ import annotations

import pytest

from server.domain.accounts.directory import NotOnYourself
from server.domain.accounts.profiles import ProfileChange
from server.domain.accounts.users import Role
from server.domain.errors import InvalidInput, NotFound, TokenInvalid
from server.domain.paging import PageQuery
from tests.builders import make_user
from tests.registering import register


@pytest.fixture
def directory(application):
    return application.services.accounts.directory


async def test_a_user_is_found_by_name_in_any_spelling_and_one_without_by_number(api, application, directory):
    alice, visitor = await register(api), await make_user(application, "Visitor")
    assert await directory.get_user("ALICE") == alice
    assert await directory.get_user(f"id:{visitor.id}") == visitor
    for name in ("Visitor", "", "id:0", "id:404", "id:1x", f"id:{alice.id}\n", "id:99999999999999999"):
        with pytest.raises(NotFound):
            await directory.get_user(name)


async def test_users_are_searched_by_a_part_of_the_name_that_is_taken_as_it_stands(api, application, directory):
    for name in ("alice", "Malice", "bob"):
        await register(api, name)
    await make_user(application, "alice of WeChat")

    async def found(part: str) -> list[str]:
        page = await directory.page_users(part, PageQuery())
        assert page.total == len(page.items)
        return [user.username for user in page.items]

    assert await found("LICE") == ["alice", "Malice"]
    assert await found("bob") == ["bob"]
    assert await found("") == ["alice", "Malice", "bob", ""]
    for part in (".*", "a.ice", "^alice", "alice|bob", "[a-z]", "(a+)+$", "\\w", "{", "*", "$gt"):
        assert await found(part) == []


async def test_users_come_in_pages_oldest_first(application, directory):
    users = [await make_user(application, f"user {number}") for number in range(5)]
    page = await directory.page_users("", PageQuery(2, 2))
    assert (page.items, page.number, page.total) == (users[2:4], 2, 5)


async def test_an_admin_changes_what_a_user_tells_of_themselves(api, directory):
    alice = await register(api)
    changed = await directory.change_user("alice", ProfileChange(email="a@mail.example"))
    assert (changed.id, changed.nickname, changed.email) == (alice.id, alice.nickname, "a@mail.example")
    with pytest.raises(InvalidInput):
        await directory.change_user("alice", ProfileChange(email="a"))
    with pytest.raises(NotFound):
        await directory.change_user("nobody", ProfileChange(email="a@mail.example"))


async def test_who_becomes_an_admin_or_is_one_no_longer_has_to_sign_in_again(api, application, directory):
    alice, boss = await register(api), await register(api, "boss", roles=(Role.ADMIN,))
    before = application.services.accounts.tokens.issue(alice)
    made = await directory.make_admin("alice")
    assert made.is_admin
    during = application.services.accounts.tokens.issue(made)
    dismissed = await directory.dismiss_admin(boss, "alice")
    assert not dismissed.is_admin
    for token in (before, during):
        with pytest.raises(TokenInvalid):
            await application.services.accounts.tokens.check(token.access_token)


async def test_an_admin_cannot_dismiss_themselves(api, directory):
    boss = await register(api, "boss", roles=(Role.ADMIN,))
    with pytest.raises(NotOnYourself):
        await directory.dismiss_admin(boss, "BOSS")
    assert (await directory.get_user("boss")).is_admin
