"""Tests of server/domain/accounts/erasure.py: deleting users who have bid."""
from __future__ import annotations

import asyncio

import pytest
from bson import json_util
from msgspec.structs import replace

from server.bootstrap import Application
from server.domain.accounts.directory import NotOnYourself
from server.domain.accounts.erasure import BIDS_ARRIVE_WITHIN, DELETED_NAME
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.profiles import ProfileChange
from server.domain.accounts.usernames import UsernameTaken
from server.domain.accounts.users import Role, UserBanned
from server.domain.auctions.audit.walk import AuditService
from server.domain.auctions.desk.bidders import Approval
from server.domain.auctions.gate import LeadBook
from server.domain.auctions.offers import BidTooLow
from server.domain.errors import NotFound, TokenInvalid
from server.domain.events import UserSessionsEnded
from server.domain.mall.shipping import AddressChange
from server.storage.auctions.audit import MongoAudit
from server.storage.auctions.goods import to_texts
from tests.belongings import HOME, picture
from tests.builders import make_goods, make_user
from tests.registering import PASSWORD, register, registration_form


@pytest.fixture
def accounts(application):
    return application.services.accounts


async def bid(application: Application, user, lot, price: int, **more):
    return await application.services.auctions.bids.place_bid(user, lot.group_id, lot.id, price, **more)


async def everything(application: Application) -> str:
    """The whole database, as text."""
    database = application.mongo.database
    names = await database.list_collection_names()
    return "\n".join([json_util.dumps(await database[name].find().to_list(None), ensure_ascii=False) for name in names])


async def test_a_deleted_user_s_bids_stay_with_the_name_withheld_and_the_audit_finds_nothing(api, application, accounts):
    alice, bob, boss = await register(api), await make_user(application, "Bob"), await register(api, "boss", roles=(Role.ADMIN,))
    led, lost = await make_goods(application), await make_goods(application)
    await bid(application, alice, led, 20000)
    await bid(application, alice, lost, 20000)
    await bid(application, bob, lost, 20500)
    with pytest.raises(BidTooLow):
        await bid(application, alice, lost, 20500)
    await application.auctions.desks.drain()
    await application.auctions.refusals.drain()
    await accounts.erasure.delete_user(boss, "alice")
    lot = await application.stores.auctions.lots.get_lot(led.id)
    assert (lot.leader_id, lot.leader_nickname, lot.price, lot.seq) == (alice.id, DELETED_NAME, 20000, 1)
    recorded = [one for goods in (led, lost) for one in await application.stores.auctions.record.list_bids(goods.id)]
    told = [(one.user_id, one.nickname, one.price) for one in recorded]
    assert told == [(alice.id, DELETED_NAME, 20000), (alice.id, DELETED_NAME, 20000), (bob.id, "Bob", 20500)]
    stores = application.stores.auctions
    audit = await AuditService(stores.groups, MongoAudit(application.mongo.database), application.clock).audit()
    assert audit.is_clean and audit.bids == 3
    # Others bid on against the price that stands.
    assert (await bid(application, bob, led, 20001)).lot.price == 20001


async def test_nothing_that_tells_who_a_deleted_user_was_is_left_in_the_database(api, application, accounts):
    alice, boss = await register(api, "Wolfgang"), await register(api, "boss", roles=(Role.ADMIN,))
    await accounts.profiles.change_profile(alice, alice.id, ProfileChange(email="wolf@mail.example", phone="13812345678"))
    alice = await application.stores.accounts.users.get_user(alice.id)
    await accounts.addresses.add_address(alice, replace(HOME, contact_name="Wolfgang L."))
    told = AddressChange(receiver="Wolfgang L.", mobile="13812345678", street_address="文三路 1 号", place=("110000000000", "110100000000"))
    await application.mall.services.shipping.add_address(alice.id, told)
    await accounts.avatars.upload_avatar(alice, picture())
    lot = await make_goods(application)
    await bid(application, alice, lot, 20000)
    with pytest.raises(BidTooLow):
        await bid(application, alice, lot, 20000)
    approvals, leads = application.stores.auctions.approvals, application.stores.auctions.leads
    note = "Wolfgang's friends vouch for him"
    await approvals.add(Approval(id=1, user_id=alice.id, note=note, approved_at=application.clock.now(), revision=1))
    book = LeadBook(group_id=lot.group_id, user_id=alice.id)
    assert await leads.save_book(book, replace(book, revision=1))
    await application.auctions.desks.drain()
    await application.auctions.refusals.drain()
    before = await everything(application)
    assert "olfgang" in before and "wolf@mail.example" in before
    await accounts.erasure.delete_user(boss, "wolfgang")
    after = (await everything(application)).lower()
    for trace in ("wolf", "13812345678", "avatars/", "文三路"):
        assert trace not in after
    kept = await application.mongo.database.users.find_one({"_id": alice.id})
    fields = ["_id", "created_at", "deleted_at", "identities", "is_erasing", "nickname", "token_generation", "tokens_ended_at"]
    assert sorted(kept) == fields
    for place in ("avatars.chunks", "approved_bidders", "lead_books"):
        assert await application.mongo.database[place].count_documents({}) == 0


async def test_a_deleted_user_s_sessions_end_everywhere_and_nobody_signs_in_as_them(api, application, accounts):
    alice, boss = await register(api), await register(api, "boss", roles=(Role.ADMIN,))
    heard: list[object] = []
    application.ground.floor.listen(heard.append)
    token = application.services.accounts.tokens.issue(alice).access_token
    await accounts.erasure.delete_user(boss, "alice")
    for ask in (application.services.accounts.tokens.check, application.services.accounts.tokens.refresh):
        with pytest.raises(TokenInvalid):
            await ask(token)
    assert UserSessionsEnded(user_id=alice.id, is_banned=True) in heard
    with pytest.raises(WrongCredentials):
        await accounts.password_login.log_in("alice", PASSWORD, address="203.0.113.7")
    for ask_for in (accounts.directory.get_user("alice"), accounts.erasure.delete_user(boss, "alice")):
        with pytest.raises(NotFound):
            await ask_for


@pytest.mark.parametrize("username", ["alice", "ALICE"])
async def test_a_username_is_not_given_out_again(api, application, accounts, username):
    await register(api)
    boss = await register(api, "boss", roles=(Role.ADMIN,))
    await accounts.erasure.delete_user(boss, "alice")
    answer = await api.post("/api/auth/register", json=await registration_form(api, username))
    assert (answer.status, answer.json["data"]) == (409, {"username": ["用户名已被使用"]})
    with pytest.raises(UsernameTaken):
        await application.stores.accounts.passwords.add_user(replace(boss, id=999, identities=("username:x", *boss.identities)), "")


async def test_who_signed_in_by_wechat_comes_back_as_somebody_new(application, accounts):
    boss = await make_user(application, "Boss", roles=(Role.ADMIN,))
    user = await application.services.accounts.users.sign_in("wechat:o-1", "alice", "")
    await accounts.erasure.delete_user(boss, f"id:{user.id}")
    again = await application.services.accounts.users.sign_in("wechat:o-1", "alice", "")
    assert again.id != user.id and again.created_at == application.clock.now()


async def test_who_was_banned_and_then_erased_stays_banned_until_the_ban_is_lifted(application, accounts):
    boss = await make_user(application, "Boss", roles=(Role.ADMIN,))
    users = application.services.accounts.users
    user = await users.sign_in("wechat:o-secret", "alice", "")
    await users.ban(user.id)
    await accounts.erasure.delete_user(boss, f"id:{user.id}")
    kept = await application.mongo.database.users.find_one({"_id": user.id})
    assert "o-secret" not in str(kept) and kept["nickname"] == DELETED_NAME
    for _ in range(2):
        with pytest.raises(UserBanned):
            await users.sign_in("wechat:o-secret", "alice", "")
    assert (await users.sign_in("wechat:o-other", "bob", "")).id != user.id
    await users.unban(user.id)
    for _ in range(2):  # and again as somebody new: nothing of the first stands in the way
        again = await users.sign_in("wechat:o-secret", "alice", "")
        assert again.id != user.id
        await users.ban(again.id)
        await accounts.erasure.delete_user(boss, f"id:{again.id}")
        with pytest.raises(UserBanned):
            await users.sign_in("wechat:o-secret", "alice", "")
        await users.unban(again.id)


async def test_a_sign_in_that_was_under_way_does_not_bring_the_name_back(application, accounts):
    boss = await make_user(application, "Boss", roles=(Role.ADMIN,))
    user = await application.services.accounts.users.sign_in("wechat:o-1", "alice", "")
    await accounts.erasure.delete_user(boss, f"id:{user.id}")
    await application.stores.accounts.users.rename(user.id, "alice", "alicia")
    assert (await application.stores.accounts.users.get_user(user.id)).nickname == DELETED_NAME
    with pytest.raises(NotFound):
        await application.stores.accounts.profiles.change_profile(user.id, ProfileChange(name="alice"))


async def test_an_admin_cannot_delete_themselves(api, accounts):
    boss = await register(api, "boss", roles=(Role.ADMIN,))
    with pytest.raises(NotOnYourself):
        await accounts.erasure.delete_user(boss, "boss")


async def test_a_standing_maximum_goes_on_bidding_under_the_withheld_name(api, application, accounts):
    alice, bob, boss = await register(api), await make_user(application, "Bob"), await register(api, "boss", roles=(Role.ADMIN,))
    lot = await make_goods(application)
    await bid(application, alice, lot, 20000, max_price=30000)
    await accounts.erasure.delete_user(boss, "alice")
    placed = await bid(application, bob, lot, 21000)
    assert (placed.lot.leader_id, placed.lot.leader_nickname, placed.lot.price) == (alice.id, DELETED_NAME, 21001)
    await application.auctions.desks.drain()
    named = {one.nickname for one in await application.stores.auctions.record.list_bids(lot.id)}
    assert named == {DELETED_NAME, "Bob"}


async def test_watchers_hear_the_withheld_name_with_the_next_look(api, application, accounts):
    alice, boss = await register(api), await register(api, "boss", roles=(Role.ADMIN,))
    lot = await make_goods(application)
    await application.auctions.looks.look()
    await bid(application, alice, lot, 20000)
    assert application.ground.floor.find_lot(lot.id).state.nickname == alice.nickname
    await accounts.erasure.delete_user(boss, "alice")
    await application.auctions.looks.look()
    assert application.ground.floor.find_lot(lot.id).state.nickname == DELETED_NAME


async def test_a_bid_that_was_on_its_way_loses_its_name_with_the_last_round(api, application, accounts):
    alice, boss = await register(api), await register(api, "boss", roles=(Role.ADMIN,))
    lot = await make_goods(application)
    await bid(application, alice, lot, 20000)
    await application.auctions.desks.drain()
    await accounts.erasure.delete_user(boss, "alice")
    # Another process wrote it from its memory just after.
    await application.mongo.database.bids.update_many({}, {"$set": {"nickname": alice.nickname}})
    assert await accounts.erasure.finish() == 1
    application.clock.advance(seconds=BIDS_ARRIVE_WITHIN.total_seconds())
    await application.mongo.database.bids.update_many({}, {"$set": {"nickname": alice.nickname}})
    assert await accounts.erasure.finish() == 0
    assert {one.nickname for one in await application.stores.auctions.record.list_bids(lot.id)} == {DELETED_NAME}
    assert "is_erasing" not in await application.mongo.database.users.find_one({"_id": alice.id})


async def test_a_bid_in_the_outbox_loses_its_name_too(api, application, accounts):
    alice, boss = await register(api), await register(api, "boss", roles=(Role.ADMIN,))
    lot = await make_goods(application)
    await bid(application, alice, lot, 20000)
    await application.auctions.desks.drain()
    (recorded,) = await application.stores.auctions.record.list_bids(lot.id)
    outbox = [recorded, replace(recorded, seq=2, user_id=boss.id, nickname="Boss")]
    lots = application.mongo.database.lots
    await lots.update_one({"_id": lot.id}, {"$set": {"outbox": to_texts(outbox)}})
    before = await application.stores.auctions.lots.get_lot(lot.id)
    await application.stores.accounts.erasures.withhold_name(alice.id, DELETED_NAME, application.ground.moments.stamp())
    after = await application.stores.auctions.lots.get_lot(lot.id)
    assert [bid.nickname for bid in after.outbox] == [DELETED_NAME, "Boss"]
    assert after.revision > before.revision  # a commit decided on the old outbox misses
    await application.stores.accounts.erasures.withhold_name(alice.id, DELETED_NAME, application.ground.moments.stamp())
    assert (await application.stores.auctions.lots.get_lot(lot.id)).revision == after.revision


async def test_an_erasure_that_a_dying_process_left_is_finished_by_the_next(api, application, accounts, config, clock):
    alice = await register(api)
    lot = await make_goods(application)
    await bid(application, alice, lot, 20000)
    await application.auctions.desks.drain()
    await application.stores.accounts.erasures.empty_user(alice.id, DELETED_NAME, clock.now())
    assert [one.id for one in await application.stores.accounts.erasures.list_unfinished()] == [alice.id]
    clock.advance(seconds=BIDS_ARRIVE_WITHIN.total_seconds())
    other = Application(config, clock)
    try:
        assert await other.services.accounts.erasure.finish() == 0
    finally:
        await other.stop()
    assert {one.nickname for one in await application.stores.auctions.record.list_bids(lot.id)} == {DELETED_NAME}
    assert await application.stores.accounts.erasures.list_unfinished() == []


async def test_of_two_admins_at_once_one_deletes_the_user(api, application, accounts):
    await register(api)
    boss = await register(api, "boss", roles=(Role.ADMIN,))
    answers = await asyncio.gather(*(accounts.erasure.delete_user(boss, "alice") for _ in range(5)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["NotFound"] * 4
