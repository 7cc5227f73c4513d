"""Tests of server/domain/accounts/avatars.py, with the real store and painter."""
from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from server.domain.accounts.avatars import MAX_AVATAR_BYTES
from server.domain.errors import InvalidInput, NotFound
from tests.belongings import picture
from tests.builders import make_user


@pytest.fixture
def avatars(application):
    return application.services.accounts.avatars


async def test_an_uploaded_avatar_is_the_user_s_and_a_small_jpeg(application, avatars):
    alice = await make_user(application)
    user = await avatars.upload_avatar(alice, picture())
    assert await application.stores.accounts.users.get_user(alice.id) == user
    assert user.avatar.startswith("/api/avatars/") and len(user.avatar) == len("/api/avatars/") + 32
    shown = Image.open(io.BytesIO(await avatars.get_content(user.avatar.rpartition("/")[2])))
    assert (shown.format, shown.size) == ("JPEG", (256, 256))


async def test_the_avatar_before_is_removed_and_those_of_others_stay(application, avatars):
    alice, bob = await make_user(application), await make_user(application, "Bob")
    first = (await avatars.upload_avatar(alice, picture())).avatar
    others = (await avatars.upload_avatar(bob, picture())).avatar
    second = (await avatars.upload_avatar(alice, picture("blue"))).avatar
    assert len({first, others, second}) == 3
    with pytest.raises(NotFound):
        await avatars.get_content(first.rpartition("/")[2])
    for kept in (others, second):
        assert await avatars.get_content(kept.rpartition("/")[2])


async def test_the_same_upload_again_and_at_once_is_kept_once(application, avatars):
    alice = await make_user(application)
    users = await asyncio.gather(*(avatars.upload_avatar(alice, picture()) for _ in range(5)))
    assert len({user.avatar for user in users}) == 1
    assert await application.mongo.database["avatars.files"].count_documents({}) == 1
    assert await avatars.get_content(users[0].avatar.rpartition("/")[2])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "required"),
        (b"x" * (MAX_AVATAR_BYTES + 1), "file_too_large:1024"),
        (b"no picture", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
    ],
)
async def test_what_is_no_picture_or_too_large_is_refused_and_changes_nothing(application, avatars, content, problem):
    alice = await make_user(application)
    with pytest.raises(InvalidInput) as refused:
        await avatars.upload_avatar(alice, content)
    assert refused.value.problems == {"avatar": [problem]}
    assert await application.stores.accounts.users.get_user(alice.id) == alice


@pytest.mark.parametrize("avatar_id", ["", "0" * 32, "0" * 31, "../../etc/passwd", "$" * 32])
async def test_what_nobody_uploaded_is_not_found(avatars, avatar_id):
    with pytest.raises(NotFound):
        await avatars.get_content(avatar_id)
