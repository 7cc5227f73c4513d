"""用户合并: one person's two log-ins become one, and what stands in the way of that."""
from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from server.bootstrap import Application
from server.config import Config
from server.domain.accounts.erasure import DELETED_NAME
from server.domain.accounts.users import MERGED_AFTER_SECONDS, Role, User
from server.domain.errors import Unavailable
from tests.aftersale import hold_sale
from tests.api import Answer, Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock
from tests.handlers.mall.ordering import TO_ME, close, place
from tests.handlers.mall.test_window import put_goods
from tests.mall import Shopper, data_of, sign_in
from tests.nouns import DESCRIBED, NOUNS, refused
from tests.operators import sign_in_with_second_factor
from tests.realtime.listening import Listener
from tests.registering import register, token_of

PEOPLE = "/api/ops/accounts/people"
REASON = "本人来电，已核对"


@dataclass(frozen=True)
class Desk:
    """An admin at work on people."""

    api: Api
    clock: HandClock
    admin: User

    @classmethod
    async def open(cls, api: Api, clock: HandClock) -> Desk:
        admin = await make_user(api.application, "admin", roles=[Role.ADMIN])
        desk = cls(api, clock, admin)
        await desk.confirm()
        return desk

    async def confirm(self) -> None:
        """As a moment ago."""
        await sign_in_with_second_factor(self.api, self.admin)

    async def merge(self, login_id: int, into: int) -> Answer:
        return await self.api.post(f"{PEOPLE}/{login_id}/merge", as_user=self.admin, json={"into": into, "reason": REASON})

    async def wait(self) -> None:
        """Until nothing can be under way any more; what the rounds do then is done at once."""
        self.clock.advance(seconds=MERGED_AFTER_SECONDS)
        await self.api.application.operators.merges.finish()

    async def look_at(self, user_id: int) -> dict[str, Any]:
        return (await self.api.get(f"{PEOPLE}/{user_id}", as_user=self.admin)).data

    async def log_of(self, user_id: int) -> list[tuple[str, str]]:
        query = {"noun": "accounts.people", "id": user_id}
        log = (await self.api.get("/api/ops/log", as_user=self.admin, query=query)).data["list"]
        return [(one["verb"], one["reason"]) for one in log]


@pytest.fixture
def desk(io_loop: Any, api: Api, clock: HandClock) -> Desk:
    opened: Desk = io_loop.run_sync(lambda: Desk.open(api, clock))
    return opened


async def who_is(api: Api, name: str) -> int:
    """Whom that name signs in, by a code."""
    token = (await api.post("/api/auth/login", json={"code": name})).data["access_token"]
    found: int = (await api.post("/api/auth/me", token=token)).data["id"]
    return found


def mall_of(api: Api, user: User) -> Shopper:
    """What that user does at the mall."""
    return Shopper(api, api.application.accounts.mall_tokens.issue(user).access_token, user.id)


async def test_a_log_in_becomes_the_other_s_and_takes_along_what_is_no_question(api: Api, clock: HandClock, desk: Desk) -> None:
    sold = await hold_sale(api, clock)
    await desk.confirm()
    person, carol = await register(api, "caroline"), sold.carol
    first, second = [(await put_goods(api, desk.admin, name=name))["id"] for name in ("白瓷杯", "青瓷杯")]
    there, here = mall_of(api, person), await sign_in(api, "Carol")
    assert here.uid == carol.id
    await there.get("/user/detail")  # is a member from then on
    for shopper, goods_ids in ((there, [first]), (here, [first, second])):
        for goods_id in goods_ids:
            await shopper.post("/shop/goods/fav/add", goodsId=goods_id)
            await shopper.post("/shopping-cart/add", goodsId=goods_id, number=goods_id)
        await shopper.post("/user/shipping-address/add", **TO_ME, isDefault="true")
    friend = await sign_in(api, "Bob")
    for shopper, other in ((there, friend), (here, friend), (here, there), (friend, here)):
        await shopper.post("/user/friend/add", uid=other.uid)
    for user, goods_id in ((person, sold.goods[0]), (carol, sold.goods[0]), (carol, sold.goods[2])):
        await api.put(f"/api/group/watched/{goods_id}", as_user=user)
    listener = await Listener.open(api.url)
    assert (await listener.ask("auth", token=api.token_of(carol)))["ok"]
    assert (await listener.ask("subscribe", channel="me"))["ok"]

    begun = await desk.merge(carol.id, person.id)
    assert (begun.data["merging_into"], begun.data["merged_into"]) == (person.id, None)
    # Shut at once, wherever it was signed in; and told to try again.
    await listener.until(lambda event: event["type"] == "token_expired" and event["channel"] == "me")
    assert refused(await api.get("/api/settlements", as_user=carol)) == (401, "token_invalid")
    assert (await here.get("/user/detail"))["code"] == 2000
    shut = await api.post("/api/auth/login", json={"code": "Carol"})
    assert (*refused(shut), shut.headers["Retry-After"]) == (503, "being_merged", str(MERGED_AFTER_SECONDS))
    assert (await Shopper(api).post("/user/wxapp/authorize", code="Carol"))["code"] == 800
    await api.application.operators.merges.finish()
    assert (await desk.look_at(carol.id))["merging_into"] == person.id
    await desk.wait()
    gone, stays = await desk.look_at(carol.id), await desk.look_at(person.id)
    assert (gone["merging_into"], gone["merged_into"], stays["merged"]) == (None, person.id, [carol.id])
    assert await desk.log_of(carol.id) == [("merged", REASON), ("merge", REASON)]
    assert await desk.log_of(person.id) == [("merged", REASON)]
    # By either way in they are the same person.
    assert await who_is(api, "Carol") == (await api.post("/api/auth/me", token=await token_of(api, "caroline"))).data["id"] == person.id
    united = await sign_in(api, "Carol")
    assert united.uid == person.id

    favourites = data_of(await united.post("/shop/goods/fav/list"))
    assert sorted(one["goodsId"] for one in favourites) == [first, second]
    tallies = await api.application.stores.mall.counts.find_tallies([first, second])
    assert [tallies[goods_id].favourites for goods_id in (first, second)] == [1, 1]
    cart = data_of(await united.get("/shopping-cart/info"))
    assert sorted((one["goodsId"], one["number"]) for one in cart["items"]) == [(first, first), (second, second)]
    addresses = data_of(await united.get("/user/shipping-address/list"))
    assert [one["isDefault"] for one in addresses] == [True, False]
    assert [one["uids"] for one in data_of(await united.post("/user/friend/list"))["result"]] == [friend.uid]
    assert [one["uids"] for one in data_of(await friend.post("/user/friend/list"))["result"]] == [person.id]
    watched = (await api.get("/api/group/watched", as_user=person)).data["goods_ids"]
    assert sorted(watched) == [sold.goods[0], sold.goods[2]]

    # What they did stays in the books under the number that did it; who looks at the person sees it.
    bids = (await api.get(f"{PEOPLE}/{person.id}/bids", as_user=desk.admin)).data["list"]
    assert [(one["user_id"], one["goods_id"], one["price"]) for one in bids] == [(carol.id, sold.goods[0], 20000)]
    kept = (await api.post(f"{PEOPLE}/{person.id}/export", as_user=desk.admin, json={"reason": "x"})).data
    assert [one["merged"] for one in kept["kept"]["users"]] == [[carol.id]]
    assert [one["price"] for one in kept["merged"][str(carol.id)]["bids"]] == [20000]
    # A ban of them shuts all of their ways in, and is theirs alone to have.
    ban = {"leads": "keep", "reason": "x"}
    assert refused(await api.post(f"{PEOPLE}/{carol.id}/ban", as_user=desk.admin, json=ban)) == (409, "merged_before")
    assert (await api.post(f"{PEOPLE}/{person.id}/ban", as_user=desk.admin, json=ban)).status == 200
    assert refused(await api.post("/api/auth/login", json={"code": "Carol"})) == (403, "user_banned")
    # Who is deleted is deleted by each of their numbers.
    erasure = api.application.services.accounts.erasure
    await erasure.delete_user(desk.admin, f"id:{person.id}")
    assert [(await desk.look_at(id))["nickname"] for id in (person.id, carol.id)] == [DELETED_NAME] * 2
    told = await api.application.stores.auctions.record.list_bids(sold.goods[0])
    assert {one.nickname for one in told if one.user_id == carol.id} == {DELETED_NAME}


async def test_what_is_owned_owed_or_under_way_is_settled_first_and_named(api: Api, clock: HandClock, desk: Desk) -> None:
    auctioneer = await make_user(api.application, "op", roles=[Role.AUCTIONEER])
    await sign_in_with_second_factor(api, auctioneer)
    person = await register(api, "alice")
    shopper = await sign_in(api, "Bob")
    bob = await api.application.services.accounts.users.get_user(shopper.uid)
    goods = await make_goods(api.application)
    await put_goods(api, desk.admin)
    order = await place(shopper, {"goodsId": 1}, **TO_ME)
    await shopper.give(balance=500, points=7)
    await api.bid(bob, goods, 20000)
    path, about = f"{PEOPLE}/{bob.id}/merge", {"into": person.id, "reason": REASON}
    assert refused(await api.post(path, as_user=auctioneer, json=about)) == (403, "forbidden")
    assert refused(await api.post(path, as_user=desk.admin, json={**about, "reason": " "})) == (422, "invalid_input")
    answer = await desk.merge(bob.id, person.id)
    assert refused(answer) == (409, "merge_refused")
    assert answer.json["data"] == {"bids": [str(goods.id)], "wallet": ["balance 500", "points 7"], "orders": [str(order["id"])]}
    assert "未完成的订单" in answer.json["message"] and await desk.log_of(bob.id) == []
    assert (await shopper.get("/user/detail"))["code"] == 0  # nothing has happened to them

    assert refused(await desk.merge(bob.id, 999)) == (422, "invalid_input")
    assert refused(await desk.merge(999, person.id)) == (404, "not_found")
    assert (await desk.merge(bob.id, bob.id)).json["data"] == {"same": [str(bob.id)]}
    other = await make_user(api.application, "other")
    mixed = (await desk.merge(other.id, auctioneer.id)).json["data"]
    assert mixed == {"operator": [str(auctioneer.id)], "ways_in": ["sandbox"]}
    # Settled, it goes.
    await close(shopper, order)
    await api.post("/api/ops/mall/adjustments", as_user=desk.admin, json={"user_id": bob.id, "balance": -500, "points": -7, "remark": "合并"})
    await api.post(f"/api/ops/auctions/lots/{goods.id}/withdraw", as_user=desk.admin, json={"reason": "x"})
    clock.advance(hours=1, minutes=1)
    await desk.confirm()
    await api.wait_until_ended(goods.group_id)
    await api.application.aftersale.maker.make_due()
    await desk.merge(bob.id, person.id)
    await desk.wait()
    assert await who_is(api, "Bob") == person.id
    orders = (await api.get("/api/ops/mall/orders", as_user=desk.admin, query={"user_id": person.id})).data["list"]
    assert [(one["id"], one["user_id"]) for one in orders] == [(order["id"], bob.id)]


async def test_what_was_let_in_before_the_door_was_shut_takes_the_merge_back(api: Api, desk: Desk) -> None:
    person, bob = await register(api, "alice"), await make_user(api.application, "Bob")
    goods = await make_goods(api.application)
    assert (await desk.merge(bob.id, person.id)).status == 200
    # A bid whose caller had been made out already.
    await api.application.services.auctions.bids.place_bid(bob, goods.group_id, goods.id, 20000)
    await desk.wait()
    [refusal, begun] = await desk.log_of(bob.id)
    assert (refusal[0], begun[0], str(goods.id) in refusal[1]) == ("merge-refused", "merge", True)
    assert await desk.log_of(person.id) == []
    assert await who_is(api, "Bob") == bob.id
    assert (await desk.look_at(bob.id))["merging_into"] is None
    lot = await api.application.stores.auctions.lots.get_lot(goods.id)
    assert lot.leader_id == bob.id


async def test_of_merges_at_once_one_goes_on_and_chains_end_at_who_stays(api: Api, desk: Desk) -> None:
    alice, dora = await register(api, "alice"), await register(api, "dora")
    bob = await make_user(api.application, "Bob")
    for merges in ([(bob.id, alice.id), (alice.id, bob.id)], [(bob.id, alice.id), (bob.id, dora.id)]):
        answers = await asyncio.gather(*(desk.merge(*one) for one in merges))
        assert sorted(answer.status for answer in answers) == [200, 409]
        [begun] = [one for one, answer in zip(merges, answers) if answer.status == 200]
        refusals = [answer.json["error"] for answer in answers if answer.status == 409]
        assert refusals in (["merge_refused"], ["changed_meanwhile"])
        # Banned meanwhile, they stay by themselves.
        banned = {"leads": "keep", "reason": "x"}
        assert (await api.post(f"{PEOPLE}/{begun[0]}/ban", as_user=desk.admin, json=banned)).status == 200
        await desk.wait()
        assert (await desk.look_at(begun[0]))["merged_into"] is None
        assert (await api.post(f"{PEOPLE}/{begun[0]}/unban", as_user=desk.admin, json={"reason": "x"})).status == 200
    await desk.merge(bob.id, alice.id)
    await desk.wait()
    # Two users by password are no matter of one press; by another way in it is.
    assert (await desk.merge(alice.id, dora.id)).json["data"] == {"ways_in": ["username"]}
    erna = await api.application.services.accounts.users.sign_in("wechat:o-erna", "Erna", "")
    await desk.merge(alice.id, erna.id)
    await desk.wait()
    assert (await desk.look_at(erna.id))["merged"] == [alice.id, bob.id]
    assert [(await desk.look_at(id))["merged_into"] for id in (alice.id, bob.id)] == [erna.id] * 2
    assert await who_is(api, "Bob") == (await api.post("/api/auth/me", token=await token_of(api, "alice"))).data["id"] == erna.id


async def test_a_merge_that_was_interrupted_is_whole_or_not_at_all_and_decided_by_another_process(
    api: Api, config: Config, clock: HandClock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, bob = await register(api, "alice"), await make_user(api.application, "Bob")
    assert (await desk.merge(bob.id, person.id)).status == 200
    store = api.application.stores.belongings
    unite = store.unite

    async def fail_after(*about: Any) -> None:
        await unite(*about)
        raise Unavailable("database")

    with monkeypatch.context() as patched:
        patched.setattr(store, "unite", fail_after)
        with pytest.raises(Unavailable):
            await desk.wait()
        assert (await api.application.services.accounts.users.get_user(bob.id)).identities == ("sandbox:Bob",)
        assert await desk.log_of(person.id) == []
        other = Application(config, clock)
        try:
            await other.operators.merges.finish()
        finally:
            await other.stop()
    assert (await desk.look_at(bob.id))["merged_into"] == person.id
    assert await who_is(api, "Bob") == person.id


def test_the_console_draws_the_form_from_the_description() -> None:
    [told] = [action for action in NOUNS["accounts.people"]["actions"] if action["verb"] == "merge"]
    assert (told["needs_reason"], told["is_dangerous"]) == (True, True)
    form = DESCRIBED["components"]["schemas"][told["input"].rpartition("/")[2]]["properties"]
    assert (form["into"]["x-kind"], form["into"]["x-refers-to"]) == ("reference", "accounts.people")
