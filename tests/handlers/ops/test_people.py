"""用户: found, their bids and refusals seen, banned and let in again."""
from __future__ import annotations

import pytest

from realtime import codes
from server.domain.accounts.users import Role
from server.storage.forgetting import BLANKED, REMOVED, SENT
from server.storage.indexes import INDEXES
from server.storage.personal import THEIRS, UNTOLD
from tests.api import Api
from tests.builders import make_goods, make_user
from tests.handlers.ops.test_auctions import assert_proved
from tests.nouns import refused
from tests.operators import sign_in_with_second_factor
from tests.realtime.listening import Listener

PEOPLE = "/api/ops/accounts/people"


async def test_a_banned_users_sockets_end_and_their_leads_are_taken_back_or_kept_as_is_chosen(api: Api) -> None:
    operator = await make_user(api.application, "op", roles=[Role.OPERATOR])
    await sign_in_with_second_factor(api, operator)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    for leads, leader in (("void", alice.id), ("keep", bob.id)):
        goods = await make_goods(api.application)
        assert (await api.bid(alice, goods, 20000)).status == 200
        assert (await api.bid(bob, goods, 30000)).status == 200
        assert (await api.bid(bob, goods, 31000)).status == 200
        listener = await Listener.open(api.url)
        assert (await listener.ask("auth", token=api.token_of(bob)))["ok"]
        banned = await api.post(f"{PEOPLE}/{bob.id}/ban", as_user=operator, json={"leads": leads, "reason": "恶意出价"})
        assert banned.data["is_banned"] is True
        assert (await listener.until_closed())[0] == codes.BANNED
        assert refused(await api.bid(bob, goods, 32000)) == (403, "user_banned")
        lot = await api.application.stores.auctions.lots.get_lot(goods.id)
        assert lot.leader_id == leader
        assert (await api.post(f"{PEOPLE}/{bob.id}/unban", as_user=operator, json={"reason": "误会"})).data["is_banned"] is False
        bob = await api.application.services.accounts.users.get_user(bob.id)
        api.keep_token(bob, api.application.services.accounts.tokens.issue(bob))
    log = (await api.get("/api/ops/log", as_user=operator, query={"noun": "accounts.people"})).data["list"]
    assert [(one["verb"], one["reason"]) for one in log] == [("unban", "误会"), ("ban", "恶意出价")] * 2
    await assert_proved(api)


async def test_a_person_is_found_with_what_they_bid_and_what_was_refused(api: Api) -> None:
    operator = await make_user(api.application, "op", roles=[Role.BOOKKEEPER])
    alice = await make_user(api.application, "Alice")
    goods = await make_goods(api.application)
    await api.bid(alice, goods, 20000)
    await api.bid(alice, goods, 100)
    await api.application.auctions.refusals.drain()
    (found,) = (await api.get(PEOPLE, as_user=operator, query={"q": "alice"})).data["list"]
    assert (found["id"], found["nickname"], found["is_banned"]) == (alice.id, "Alice", False)
    bids = (await api.get(f"{PEOPLE}/{alice.id}/bids", as_user=operator)).data
    assert [(one["goods_id"], one["price"], one["is_leading"]) for one in bids["list"]] == [(goods.id, 20000, True)]
    refusals = (await api.get(f"{PEOPLE}/{alice.id}/refusals", as_user=operator)).data
    assert [(one["goods_id"], one["price"], one["reason"]) for one in refusals] == [(goods.id, 100, "below_low_price")]
    ban = {"leads": "keep", "reason": "x"}
    assert refused(await api.post(f"{PEOPLE}/{alice.id}/ban", as_user=operator, json=ban)) == (403, "forbidden")


@pytest.mark.parametrize("role", [Role.AUCTIONEER, Role.ADMIN])
async def test_operators_are_not_banned_and_nobody_twice(api: Api, role: Role) -> None:
    operator = await make_user(api.application, "op", roles=[Role.ADMIN])
    other, alice = await make_user(api.application, "other", roles=[role]), await make_user(api.application, "Alice")
    ban = {"leads": "keep", "reason": "x"}
    assert refused(await api.post(f"{PEOPLE}/{other.id}/ban", as_user=operator, json=ban)) == (409, "operator_not_banned")
    assert refused(await api.post(f"{PEOPLE}/{alice.id}/unban", as_user=operator, json={"reason": "x"})) == (409, "not_banned")
    assert (await api.post(f"{PEOPLE}/{alice.id}/ban", as_user=operator, json=ban)).status == 200
    assert refused(await api.post(f"{PEOPLE}/{alice.id}/ban", as_user=operator, json=ban)) == (409, "already_banned")


async def test_all_that_is_kept_of_a_person_is_given_to_admins_with_a_reason_and_no_secret_of_theirs_or_of_others(api: Api) -> None:
    admin = await make_user(api.application, "admin", roles=[Role.ADMIN])
    auctioneer = await make_user(api.application, "op", roles=[Role.AUCTIONEER])
    await sign_in_with_second_factor(api, admin)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    goods = await make_goods(api.application)
    await api.bid(alice, goods, 20000, max_price=25000)
    await api.bid(bob, goods, 21000)
    await api.bid(bob, goods, 100)
    await api.ask("PUT", f"/api/group/watched/{goods.id}", as_user=alice)
    await api.application.auctions.finish_bids()
    await api.application.auctions.refusals.drain()
    path = f"{PEOPLE}/{alice.id}/export"
    assert refused(await api.post(path, as_user=auctioneer, json={"reason": "本人要求"})) == (403, "forbidden")
    assert refused(await api.post(path, as_user=admin, json={"reason": ""})) == (422, "invalid_input")
    assert refused(await api.post(f"{PEOPLE}/999/export", as_user=admin, json={"reason": "x"})) == (404, "not_found")
    told = (await api.post(path, as_user=admin, json={"reason": "本人要求"})).data
    kept = told["kept"]
    assert told["user_id"] == alice.id
    assert [(one["nickname"], one["identities"]) for one in kept["users"]] == [("Alice", ["sandbox"])]
    assert [(one["price"], one["max_price"]) for one in kept["bids"]] == [(20000, 25000), (21001, None)]
    assert [one["goods"] for one in kept["watchlists"]] == [[goods.id]]
    assert "refusals" not in kept and "Bob" not in str(told)
    of_bob = (await api.post(f"{PEOPLE}/{bob.id}/export", as_user=admin, json={"reason": "x"})).data["kept"]
    assert [one["price"] for one in of_bob["refusals"]] == [100]
    log = (await api.get("/api/ops/log", as_user=admin, query={"noun": "accounts.people"})).data["list"]
    told = [(one["verb"], one["thing_id"], one["reason"]) for one in log]
    assert told == [("export", str(bob.id), "x"), ("export", str(alice.id), "本人要求")]


def test_every_collection_that_names_users_is_told_or_says_why_not() -> None:
    naming = {"user_id", "buyer_id", "seller_id", "helper_id", "leader_id", "friend_id", "sender_id", "seats.user_id", "outbid_user_id"}
    named = {name for name, indexes in INDEXES.items() for keys, _ in indexes if naming & {key for key, _ in keys}}
    assert named - THEIRS.keys() - UNTOLD.keys() == set()
    assert {name for name in (*REMOVED, *BLANKED, *SENT)} - THEIRS.keys() - UNTOLD.keys() == set()
