"""Tests of server/domain/accounts/profiles.py."""
from __future__ import annotations

import pytest

from server.domain.accounts.profiles import OWN_AVATARS, ProfileChange
from server.domain.errors import InvalidInput, NotFound
from tests.belongings import picture
from tests.builders import make_user
from tests.registering import register

FULL = ProfileChange(name="Alice L.", email="alice@mail.example", phone="+86 138-0000-0000", avatar="https://pictures.example/a.png")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("email", "a@b.c"),
        ("email", "first.last+tag@mail.example.com"),
        ("email", "用户@例子.中国"),
        ("email", ""),
        ("phone", "13800000000"),
        ("phone", "+49 30 1234-567"),
        ("phone", ""),
        ("avatar", "https://thirdwx.qlogo.cn/mmopen/vi_32/a/132"),
        ("avatar", "/api/avatars/0123456789abcdef0123456789abcdef"),
        ("avatar", ""),
        ("name", "x" * 32),
        ("name", ""),
        ("nickname", "x" * 32),
    ],
)
def test_what_can_be_is_kept_as_it_is(field, text):
    assert ProfileChange(**{field: text}).tidy() == ProfileChange(**{field: text})


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("email", "nisi", "wrong_form"),
        ("email", "a@b", "wrong_form"),
        ("email", "a b@mail.example", "wrong_form"),
        ("email", "a@mail.example\n", "wrong_form"),
        ("email", "a@@mail.example", "wrong_form"),
        ("email", "a\x00b@mail.example", "wrong_form"),
        ("email", "a\u202eb@mail.example", "wrong_form"),
        ("email", f"{'x' * 64}@{'y' * 200}.example", "wrong_form"),
        ("phone", "distinctio", "wrong_form"),
        ("phone", "12", "wrong_form"),
        ("phone", "1" * 30, "wrong_form"),
        ("avatar", "commodi", "wrong_form"),
        ("avatar", "javascript:alert(1)", "wrong_form"),
        ("avatar", "http://pictures.example/a.png", "wrong_form"),
        ("avatar", "//pictures.example/a.png", "wrong_form"),
        ("avatar", "/api/avatars/../auth/me", "wrong_form"),
        ("avatar", 'https://a.example/"onerror=', "wrong_form"),
        ("avatar", "https://a.example/" + "x" * 512, "wrong_form"),
        ("name", "  ", "required"),
        ("name", "x" * 33, "too_long:32"),
        ("nickname", "", "required"),
        ("nickname", "藏友9", "reserved"),
    ],
)
def test_what_cannot_be_is_refused_by_name(field, text, problem):
    with pytest.raises(InvalidInput) as refused:
        ProfileChange(**{field: text}).tidy()
    assert refused.value.problems == {field: [problem]}


def test_everything_that_is_wrong_is_named_at_once():
    with pytest.raises(InvalidInput) as refused:
        ProfileChange(name=" ", email="a", phone="b", avatar="c").tidy()
    assert list(refused.value.problems) == ["name", "email", "phone", "avatar"]


def test_a_name_is_one_line():
    assert ProfileChange(name=" Alice\n\tLiu ").tidy().name == "Alice Liu"


async def test_what_is_not_given_stays(application):
    alice, profiles = await make_user(application), application.services.accounts.profiles
    await profiles.change_profile(alice, alice.id, FULL)
    changed = await profiles.change_profile(alice, alice.id, ProfileChange(phone="13900000000"))
    assert (changed.real_name, changed.nickname, changed.email, changed.phone) == ("Alice L.", "Alice", "alice@mail.example", "13900000000")
    assert await profiles.change_profile(alice, alice.id, ProfileChange()) == changed
    assert await application.stores.accounts.users.get_user(alice.id) == changed


async def test_clearing_leaves_a_nickname_that_is_made(api, application):
    profiles = application.services.accounts.profiles
    for user, name in ((await register(api, "Bob"), "藏友1"), (await make_user(application), "藏友2")):
        await profiles.change_profile(user, user.id, FULL)
        await profiles.clear_profile(user, user.id)
        cleared = await application.stores.accounts.users.get_user(user.id)
        assert (cleared.nickname, cleared.real_name + cleared.email, cleared.phone, cleared.avatar) == (name, "", "", "")
        assert cleared.identities == user.identities


async def test_an_uploaded_avatar_goes_when_it_is_taken_away_and_another_user_s_stays(application):
    alice, bob = await make_user(application), await make_user(application, "Bob")
    profiles, avatars = application.services.accounts.profiles, application.services.accounts.avatars
    own = (await avatars.upload_avatar(alice, picture())).avatar
    others = (await avatars.upload_avatar(bob, picture())).avatar
    for avatar in (others, ""):
        await profiles.change_profile(alice, alice.id, ProfileChange(avatar=avatar))
    with pytest.raises(NotFound):
        await avatars.get_content(own.removeprefix(OWN_AVATARS))
    assert await avatars.get_content(others.removeprefix(OWN_AVATARS))


async def test_another_user_s_profile_is_not_found_like_one_that_nobody_has(application):
    alice, bob = await make_user(application), await make_user(application, "Bob")
    for profile_id in (alice.id, 404):
        for change in (
            application.services.accounts.profiles.change_profile(bob, profile_id, FULL),
            application.services.accounts.profiles.clear_profile(bob, profile_id),
        ):
            with pytest.raises(NotFound):
                await change
    assert await application.stores.accounts.users.get_user(alice.id) == alice
