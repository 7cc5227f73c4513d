"""Tests of server/domain/accounts/registration.py, on a real database."""
from __future__ import annotations

import asyncio

import pytest

from server.domain.accounts.invitations import InvitationExpired, InvitationUnknown, InvitationUsedUp
from server.domain.accounts.registration import Registration
from server.domain.accounts.usernames import UsernameTaken, username_identity
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput
from tests.registering import make_invitation, read_captcha, registration_form, solve_captcha

ADDRESS = "203.0.113.7"


@pytest.fixture
def register(api, application):
    async def register(username="alice", **about):
        form = Registration(**await registration_form(api, username, **about))
        return await application.services.accounts.registration.register(form, ADDRESS)

    return register


async def uses_left(application, code) -> int:
    return (await application.stores.accounts.invitations.find(code)).uses_left


async def test_a_newcomer_is_a_user_like_any_other(application, register, clock):
    alice = await register("Alice", name="  爱丽丝 ")
    assert alice == User(
        id=alice.id,
        nickname=f"藏友{alice.id}",
        real_name="爱丽丝",
        username="Alice",
        identities=(username_identity("alice"),),
        created_at=clock.now(),
    )
    assert await application.stores.accounts.users.get_user(alice.id) == alice


async def test_a_password_is_kept_as_a_hash_that_leaves_the_store_with_credentials_alone(application, register):
    alice = await register()
    document = await application.mongo.database.users.find_one({"_id": alice.id})
    assert document["password_hash"].startswith("$argon2id$")
    assert "Lantern" not in str(document)
    assert "argon2" not in str(alice)


@pytest.mark.parametrize(
    ("about", "problems"),
    [
        ({"name": " "}, {"name": ["required"]}),
        ({"invitation_code": " ", "captcha_code": ""}, {"invitation_code": ["required"], "captcha_code": ["required"]}),
        ({"name": "x" * 33}, {"name": ["too_long:32"]}),
        ({"password": "x", "password_confirmation": "x"}, {"password": ["too_short:8"]}),
        ({"password_confirmation": "something else"}, {"password_confirmation": ["not_the_same"]}),
        ({"password": "alice123", "password_confirmation": "alice123"}, {"password": ["easily_guessed"]}),
        ({"password": "iloveyou1", "password_confirmation": "iloveyou1"}, {"password": ["easily_guessed"]}),
        (
            {"name": "", "username": "a!", "password": "", "password_confirmation": "x"},
            {
                "name": ["required"],
                "username": ["too_short:3"],
                "password": ["required"],
                "password_confirmation": ["not_the_same"],
            },
        ),
    ],
)
async def test_what_is_wrong_with_the_form_is_named_and_costs_neither_captcha_nor_invitation(api, application, register, about, problems):
    code, solved = await make_invitation(application), await solve_captcha(api, "alice")
    with pytest.raises(InvalidInput) as refused:
        await register(**({"invitation_code": code} | solved.form | about))
    assert refused.value.problems == problems
    assert await read_captcha(application, solved.key) == solved.code
    assert await uses_left(application, code) == 1


async def test_a_wrong_captcha_costs_the_captcha_and_not_the_invitation(api, application, register):
    code, solved = await make_invitation(application), await solve_captcha(api, "alice")
    for answer, problem in (("?????", "captcha_wrong"), (solved.code, "captcha_gone")):
        with pytest.raises(InvalidInput) as refused:
            await register(invitation_code=code, captcha_key=solved.key, captcha_code=answer)
        assert refused.value.problems == {"captcha_code": [problem]}
    assert await uses_left(application, code) == 1


@pytest.mark.parametrize("username", ["alice", "ALICE", "Alice"])
async def test_a_name_that_somebody_has_is_taken_in_any_spelling_and_costs_no_invitation(application, register, username):
    await register()
    code = await make_invitation(application)
    with pytest.raises(UsernameTaken):
        await register(username, invitation_code=code)
    assert await uses_left(application, code) == 1


async def test_an_invitation_that_lets_nobody_in_is_refused_by_kind(application, register, clock):
    used_up, expired = await make_invitation(application), await make_invitation(application, days=1)
    await register(invitation_code=used_up)
    with pytest.raises(InvitationUsedUp):
        await register("bob", invitation_code=used_up)
    with pytest.raises(InvitationUnknown):
        await register("bob", invitation_code="ABCDEFGHJK")
    clock.advance(days=1)
    with pytest.raises(InvitationExpired):
        await register("bob", invitation_code=expired)
    assert await application.services.accounts.users.find_by_identity(username_identity("bob")) is None


async def test_who_is_not_invited_does_not_learn_which_names_are_taken(register):
    await register()
    for username in ("alice", "bob"):
        with pytest.raises(InvitationUnknown):
            await register(username, invitation_code="ABCDEFGHJK")


async def test_of_many_registrations_that_race_for_the_last_use_one_wins(application, register):
    code = await make_invitation(application)
    names = [f"racer{number}" for number in range(8)]
    answers = await asyncio.gather(*(register(name, invitation_code=code) for name in names), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["InvitationUsedUp"] * 7 + ["User"]
    assert await application.mongo.database.users.count_documents({}) == 1


async def test_of_many_registrations_that_race_for_a_name_one_wins_and_the_others_keep_their_invitations(application, register):
    codes = [await make_invitation(application) for _ in range(8)]
    answers = await asyncio.gather(*(register("alice", invitation_code=code) for code in codes), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["User"] + ["UsernameTaken"] * 7
    assert sum([await uses_left(application, code) for code in codes]) == 7
