"""Tests of server/storage/accounts/erasure.py; lots and the record: tests/domain/accounts/test_erasure.py."""
from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.domain.accounts.usernames import username_identity
from server.domain.accounts.users import Role, User, erased_identity
from server.domain.clock import Stamp
from server.domain.errors import NotFound
from server.storage.accounts import erasure
from server.storage.accounts.erasure import MongoErasures
from server.storage.accounts.users import MongoUsers
from server.storage.mongo import Sequences
from tests.clock import NOON

ALICE = User(
    id=1,
    nickname="Alice",
    avatar="https://avatars/1",
    username="alice",
    email="a@mail.example",
    phone="13800000000",
    identities=("wechat:o-1", username_identity("alice"), "sandbox:alice"),
    roles=(Role.ADMIN,),
    is_banned=True,
    token_generation=3,
    kept_login_id="kept",
    created_at=NOON,
)


@pytest.fixture
def erasures(mongo) -> MongoErasures:
    return MongoErasures(mongo)


@pytest.fixture
def users(mongo) -> MongoUsers:
    return MongoUsers(mongo, Sequences(mongo))


async def test_an_emptied_user_keeps_the_number_and_the_username_taken(erasures, users):
    await users.add_or_find(replace(ALICE, is_banned=False))
    await erasures.empty_user(1, "gone", NOON)
    emptied = User(
        id=1,
        nickname="gone",
        identities=("deleted:1", username_identity("alice")),
        token_generation=4,
        created_at=NOON,
        deleted_at=NOON,
    )
    assert await users.get_user(1) == emptied
    with pytest.raises(NotFound):
        await erasures.empty_user(1, "gone", NOON)


async def test_of_a_banned_user_digests_of_the_identities_are_kept_until_the_ban_is_lifted(erasures, users, mongo):
    await users.add_or_find(ALICE)
    await erasures.empty_user(1, "gone", NOON)
    taken, digests = username_identity("alice"), [erased_identity(one) for one in ("wechat:o-1", "sandbox:alice")]
    emptied = await users.get_user(1)
    assert (emptied.identities, emptied.is_banned) == (("deleted:1", taken, *digests), True)
    assert await users.find_user_by_identity(digests[0]) == emptied
    await users.unban_user(1)
    assert await users.get_user(1) == replace(emptied, identities=("deleted:1", taken), is_banned=False)


async def test_from_where_they_signed_in_is_forgotten(erasures, users, mongo):
    await users.add_or_find(ALICE)
    own, others = username_identity("alice"), username_identity("bob")
    names = [f"known:{own}@203.0.113.7", f"account:{own}", f"known:{others}@203.0.113.7", "address:203.0.113.7"]
    await mongo.login_attempts.insert_many([{"_id": name} for name in names])
    await erasures.empty_user(1, "gone", NOON)
    assert [one["_id"] async for one in mongo.login_attempts.find().sort("_id")] == ["address:203.0.113.7", names[2]]


async def test_users_without_identities_of_their_own_do_not_meet(erasures, users):
    for number in (1, 2):
        await users.add_or_find(User(id=number, nickname="x", identities=(f"sandbox:{number}",), created_at=NOON))
        await erasures.empty_user(number, "gone", NOON)
    assert len(await users.find_users([1, 2])) == 2


async def test_an_erasure_is_unfinished_until_it_is_noted(erasures, users):
    await users.add_or_find(ALICE)
    await erasures.empty_user(1, "gone", NOON)
    assert [user.id for user in await erasures.list_unfinished()] == [1]
    await erasures.note_finished(1)
    assert await erasures.list_unfinished() == []


async def test_names_in_many_refusals_are_withheld_in_portions(erasures, mongo, monkeypatch):
    monkeypatch.setattr(erasure, "REFUSALS_AT_ONCE", 7)
    refusals = [{"_id": f"worker:{n}", "user_id": n % 3, "nickname": "name", "written_at": NOON} for n in range(50)]
    await mongo.refusals.insert_many(refusals)
    await erasures.withhold_name(1, "gone", Stamp(NOON))
    named = {(one["user_id"], one["nickname"]) for one in await mongo.refusals.find().to_list(None)}
    assert named == {(0, "name"), (1, "gone"), (2, "name")}
