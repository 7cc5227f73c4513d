"""期次与拍品: a sale prepared, published, acted on while people bid and watch, and proved afterwards."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.domain.accounts.users import Role, User
from server.domain.auctions.audit.walk import AuditService
from server.domain.auctions.control import LEFT_AFTER, GroupInstruction
from server.domain.auctions.goods import LotStatus
from server.domain.auctions.record import Act
from server.storage.auctions.audit import MongoAudit
from tests.api import Answer, Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import HandClock
from tests.nouns import refused
from tests.operators import sign_in_with_second_factor
from tests.realtime.listening import Listener

OPS = "/api/ops/auctions"
LOT = {"sn": "U9T0069000", "category": "龙钞补号", "low_price": 20000, "top_price": 40000}
GROUP = {"issue": 25, "start_at": "2036-06-01 12:00:00", "end_at": "2036-06-01 13:00:00"}


async def sign_in_auctioneer(api: Api) -> User:
    user = await make_user(api.application, "auctioneer", roles=[Role.AUCTIONEER])
    await sign_in_with_second_factor(api, user)
    return user


class Podium:
    """What an auctioneer says."""

    def __init__(self, api: Api, user: User):
        self._api = api
        self.user = user

    async def lot(self, goods_id: int, verb: str, **facts: Any) -> Answer:
        return await self._api.post(f"{OPS}/lots/{goods_id}/{verb}", as_user=self.user, json={"reason": "更正", **facts})

    async def group(self, group_id: int, verb: str, **facts: Any) -> Answer:
        return await self._api.post(f"{OPS}/groups/{group_id}/{verb}", as_user=self.user, json={"reason": "更正", **facts})


async def open_podium(api: Api) -> Podium:
    return Podium(api, await sign_in_auctioneer(api))


async def listen(api: Api, channel: str, as_user: User | None = None) -> Listener:
    listener = await Listener.open(api.url)
    if as_user is not None:
        assert (await listener.ask("auth", token=api.token_of(as_user)))["ok"]
    assert (await listener.ask("subscribe", channel=channel))["ok"]
    return listener


async def assert_proved(api: Api) -> None:
    application = api.application
    await application.auctions.finish_bids()
    stores = application.stores.auctions
    audit = await AuditService(stores.groups, MongoAudit(application.mongo.database), application.clock).audit()
    assert audit.findings == []


# ---- preparing


async def test_a_group_is_prepared_unseen_and_published_whole(api: Api) -> None:
    podium = await open_podium(api)
    draft = (await api.post(f"{OPS}/groups", as_user=podium.user, json=GROUP)).data
    assert draft["phase"] == "draft"
    lots = [
        (await api.post(f"{OPS}/lots", as_user=podium.user, json={**LOT, "sn": f"U{number}", "group_id": draft["id"]})).data
        for number in range(3)
    ]
    for path in (f"/api/group/category/{draft['id']}", f"/api/live/goods/{lots[0]['id']}"):
        assert refused(await api.get(path)) == (404, "not_found")
    changed = await api.ask("PATCH", f"{OPS}/groups/{draft['id']}", as_user=podium.user, json={"end_at": "2036-06-01 14:00:00"})
    assert changed.data["end_at"] == "2036-06-01 14:00:00"
    assert (await podium.group(draft["id"], "order", goods_ids=[lots[2]["id"], lots[0]["id"]])).status == 200
    published = await podium.group(draft["id"], "publish")
    assert published.data["phase"] == "published"
    assert refused(await podium.group(draft["id"], "publish")) == (409, "in_use")
    shown = (await api.get("/api/group")).data
    assert [one["sn"] for one in shown["list"]] == ["U2", "U0", "U1"]
    assert {one["end_at"] for one in shown["list"]} == {"2036-06-01 14:00:00"}
    bidder = await make_user(api.application)
    offer = {"goods_id": lots[0]["id"], "group_id": draft["id"], "price": 20000}
    assert (await api.post("/api/group", as_user=bidder, json=offer)).status == 200
    await assert_proved(api)


async def test_what_nobody_has_bid_on_is_changed_and_what_somebody_has_is_not(api: Api) -> None:
    podium = await open_podium(api)
    group = await make_group(api.application, Goods(id=145), Goods(id=146))
    bidder = await make_user(api.application)
    assert (await api.post("/api/group", as_user=bidder, json={"goods_id": 145, "group_id": group.id, "price": 20000})).status == 200
    change = {"low_price": 25000, "score": "70E"}
    assert (await api.ask("PATCH", f"{OPS}/lots/146", as_user=podium.user, json=change)).data["low_price"] == 25000
    assert refused(await api.ask("PATCH", f"{OPS}/lots/145", as_user=podium.user, json=change)) == (409, "in_use")
    low = await api.post("/api/group", as_user=bidder, json={"goods_id": 146, "group_id": group.id, "price": 20000})
    assert refused(low) == (409, "below_low_price")
    assert (await api.post("/api/group", as_user=bidder, json={"goods_id": 146, "group_id": group.id, "price": 25000})).status == 200
    assert refused(await api.delete(f"{OPS}/lots/146", as_user=podium.user)) == (409, "in_use")
    await assert_proved(api)


async def test_of_a_change_and_a_bid_at_once_the_first_one_stands_and_the_record_agrees(api: Api) -> None:
    podium = await open_podium(api)
    bidder = await make_user(api.application)
    for number in range(10):
        goods = await make_goods(api.application)
        change, bid = await asyncio.gather(
            api.ask("PATCH", f"{OPS}/lots/{goods.id}", as_user=podium.user, json={"low_price": 19000 + number}),
            api.bid(bidder, goods, 20000),
        )
        assert bid.status == 200
        assert change.status in (200, 409)
    await assert_proved(api)


STEPS = [{"from_price": 0, "step": 500}, {"from_price": 21000, "step": 1000}]


async def test_a_table_of_steps_is_shown_to_bidders_and_every_bid_goes_by_it(api: Api) -> None:
    podium = await open_podium(api)
    draft = (await api.post(f"{OPS}/groups", as_user=podium.user, json={**GROUP, "start_at": "2026-06-01 12:00:00"})).data
    early = (await api.post(f"{OPS}/lots", as_user=podium.user, json={**LOT, "group_id": draft["id"]})).data
    for steps in ([{"from_price": 100, "step": 1}], [STEPS[1], STEPS[0]], [STEPS[0], STEPS[0]], [{"from_price": 0, "step": 0}]):
        unfit = await api.ask("PATCH", f"{OPS}/groups/{draft['id']}", as_user=podium.user, json={"steps": steps})
        assert refused(unfit) == (422, "invalid_input")
    changed = await api.ask("PATCH", f"{OPS}/groups/{draft['id']}", as_user=podium.user, json={"steps": STEPS})
    assert changed.data["steps"] == STEPS
    later = (await api.post(f"{OPS}/lots", as_user=podium.user, json={**LOT, "sn": "U2", "step": 7, "group_id": draft["id"]})).data
    assert (await podium.group(draft["id"], "publish")).status == 200
    shown = (await api.get("/api/group", query={"group_id": draft["id"]})).data["list"]
    assert [(one["step"], one["steps"]) for one in shown] == [(500, STEPS), (500, STEPS)]

    alice, bob = await make_user(api.application), await make_user(api.application, "Bob")
    offer = {"goods_id": early["id"], "group_id": draft["id"]}
    assert (await api.post("/api/group", as_user=alice, json={**offer, "price": 20500})).status == 200
    low = await api.post("/api/group", as_user=bob, json={**offer, "price": 20999})
    assert refused(low) == (409, "bid_too_low") and low.json["data"]["minimum"] == 21000
    taken = await api.post("/api/group", as_user=bob, json={**offer, "price": 21000, "max_price": 25000})
    assert taken.data["goods"]["step"] == 1000
    answered = await api.post("/api/group", as_user=alice, json={**offer, "price": 22000})
    assert answered.data["goods"]["bid"]["price"] == 23000
    listed = (await api.get(f"/api/group/catalogue/{draft['id']}")).data["list"]
    assert [(one["id"], one["step"], one["steps"]) for one in listed] == [(early["id"], 1000, STEPS), (later["id"], 500, STEPS)]

    assert refused(await podium.group(draft["id"], "set-rules", steps=[])) == (409, "in_use")
    copy = await podium.group(draft["id"], "copy", issue=99, start_at="2036-06-05 20:00:00", end_at="2036-06-05 22:00:00")
    assert copy.data["steps"] == STEPS
    await assert_proved(api)


async def test_who_may_bid_is_told_beforehand_and_refused_with_a_receipt(api: Api) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    alice, bob = await make_user(api.application), await make_user(api.application, "Bob")
    group_id, admission = goods.group_id, f"/api/group/admission/{goods.group_id}"
    for unfit in ({"who_may_bid": "deposit"}, {"deposit": 100}, {"who_may_bid": "nobody"}, {"lead_limit": -1}):
        assert refused(await podium.group(group_id, "set-rules", **unfit)) == (422, "invalid_input")
    assert "who_may_bid" not in (await api.get(f"/api/group/category/{group_id}")).data
    rules = {"who_may_bid": "deposit", "deposit": 5000, "lead_limit": 30000}
    assert (await podium.group(group_id, "set-rules", **rules)).status == 200
    await api.application.auctions.looks.look()
    for path in (f"/api/group/category/{group_id}", "/api/group/category"):
        assert {name: (await api.get(path)).data[name] for name in rules} == rules
    assert {name: (await api.get(f"/api/live/goods/{goods.id}")).data["group"][name] for name in rules} == rules
    assert (await api.get(admission, as_user=alice)).data == {"group_id": group_id, **rules, "may_bid": False, "leads": 0}
    answer = await api.bid(alice, goods, 20000)
    assert refused(answer) == (409, "deposit_needed")
    assert answer.json["data"] == {"current": 20000, "minimum": 20000, "deposit": 5000}
    assert '"outcome":"deposit_needed"' in answer.json["receipt"]["statement"]

    approved = await api.post(f"{OPS}/bidders", as_user=podium.user, json={"user_id": alice.id, "group_id": group_id})
    assert approved.status == 200
    for unfit in ({"user_id": alice.id, "group_id": group_id}, {"user_id": 999}, {"user_id": bob.id, "group_id": 999}):
        assert refused(await api.post(f"{OPS}/bidders", as_user=podium.user, json=unfit)) == (422, "invalid_input")
    assert (await api.bid(alice, goods, 20000, max_price=30000)).status == 200
    answer = await api.bid(alice, goods, 20001, max_price=30001)
    assert refused(answer) == (409, "lead_limit_reached") and answer.json["data"]["limit"] == 30000
    assert (await api.get(admission, as_user=alice)).data == {"group_id": group_id, **rules, "may_bid": True, "leads": 30000}
    raised = {"goods_id": goods.id, "group_id": group_id, "max_price": 30001}
    assert refused(await api.ask("PUT", "/api/group/maximum", as_user=alice, json=raised)) == (409, "lead_limit_reached")
    assert (await api.delete(f"{OPS}/bidders/{approved.json['data']['id']}", as_user=podium.user)).status == 200
    assert refused(await api.bid(alice, goods, 25000)) == (409, "deposit_needed")
    other = await make_goods(api.application)
    assert (await podium.group(other.group_id, "set-rules", who_may_bid="approved")).status == 200
    assert refused(await api.bid(bob, other, 20000)) == (409, "not_approved")
    await assert_proved(api)


async def test_rules_of_bidding_are_set_for_all_lots_of_a_published_group_or_for_none(api: Api) -> None:
    podium, bidder = await open_podium(api), await make_user(api.application)
    seen = set()
    for number in range(12):
        group = await make_group(api.application, *(Goods(step=3) for _ in range(4)))
        lots = await api.application.stores.auctions.lots.list_lots(group.id)
        rules, bid = await asyncio.gather(podium.group(group.id, "set-rules", steps=STEPS), api.bid(bidder, lots[number % 4], 20000))
        assert bid.status == 200 and rules.status in (200, 409)
        seen.add(rules.status)
        lots = await api.application.stores.auctions.lots.list_lots(group.id)
        assert {len(lot.steps) for lot in lots} == {len(STEPS) if rules.status == 200 else 0}
    goods = await make_goods(api.application)
    assert (await podium.group(goods.group_id, "set-rules", steps=STEPS)).data["steps"] == STEPS
    assert (await api.bid(bidder, goods, 20000)).data["goods"]["steps"] == STEPS
    assert (await api.get(f"{OPS}/lots/{goods.id}/story", as_user=podium.user)).data["steps"] == STEPS
    await assert_proved(api)


async def test_a_group_is_copied_to_the_next_issue_with_what_was_not_sold(api: Api, clock: HandClock) -> None:
    podium = await open_podium(api)
    group = await make_group(api.application, Goods(id=145, sn="A"), Goods(id=146, sn="B"))
    bidder = await make_user(api.application)
    await api.post("/api/group", as_user=bidder, json={"goods_id": 145, "group_id": group.id, "price": 40000})
    clock.advance(hours=2)
    await api.wait_until_ended(group.id)
    next_issue = {"issue": 99, "start_at": "2036-06-05 20:00:00", "end_at": "2036-06-05 22:00:00"}
    draft = (await podium.group(group.id, "copy", **next_issue, only_unsold=True)).data
    lots = (await api.get(f"{OPS}/lots", as_user=podium.user, query={"group_id": draft["id"]})).data["list"]
    assert [(one["sn"], one["status"], one["end_at"]) for one in lots] == [("B", "open", "2036-06-05 22:00:00")]
    assert refused(await podium.group(group.id, "copy", **next_issue)) == (422, "invalid_input")


# ---- acting


async def test_a_pause_is_on_every_screen_at_once_with_words_and_ends_with_the_time_given_back(api: Api, clock: HandClock) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    bidder = await make_user(api.application)
    watchers = [await listen(api, f"goods:{goods.id}"), await listen(api, f"group:{goods.group_id}")]
    assert (await podium.lot(goods.id, "pause", reason="核对实物")).data["is_paused"] is True
    for watcher in watchers:
        event = await watcher.until(lambda event: event["type"] == "action")
        assert (event["act"], event["reason"], event["is_paused"], event["goods_id"]) == ("pause", "核对实物", True, goods.id)
    assert refused(await api.bid(bidder, goods, 20000)) == (409, "paused")
    state = (await api.get(f"/api/live/goods/{goods.id}")).data["state"][0]
    assert (state["is_paused"], state["said"]["reason"], state["bids"], state["seq"]) == (True, "核对实物", 0, 1)
    clock.advance(hours=2)  # beyond the planned end
    await api.application.auctions.looks.look()
    assert (await api.application.stores.auctions.lots.get_lot(goods.id)).status is LotStatus.OPEN
    assert (await podium.lot(goods.id, "resume", reason="无误")).status == 200
    for watcher in watchers:
        event = await watcher.until(lambda event: event["type"] == "action" and event["act"] == "resume")
        assert event["end_at"] == (int(goods.end_at.timestamp()) + 7200) * 1000
        await watcher.close()
    assert (await api.bid(bidder, goods, 20000)).status == 200
    await assert_proved(api)


async def test_a_void_tells_those_concerned_and_shows_everyone_the_price_that_stands(api: Api) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await api.bid(alice, goods, 20000)
    await api.bid(bob, goods, 35000)
    watcher, mine, his = await listen(api, f"goods:{goods.id}"), await listen(api, "me", alice), await listen(api, "me", bob)
    ops = await listen(api, "ops", podium.user)
    assert (await podium.lot(goods.id, "void", back_to=1, reason="误操作")).status == 200
    event = await watcher.until(lambda event: event["type"] == "price" and event["seq"] == 3)
    assert (event["price"], event["user_id"], event["act"], event["reason"], event["back_to"]) == (20000, alice.id, "void", "误操作", 1)
    for listener, is_leading in ((mine, True), (his, False)):
        notice = await listener.until(lambda event: event["type"] == "voided")
        assert (notice["reason"], notice["is_leading"], notice["price"]) == ("误操作", is_leading, 20000)
    told = await ops.until(lambda event: event["type"] == "action")
    assert (told["act"], told["operator_id"], told["seq"], told["back_to"]) == ("void", podium.user.id, 3, 1)
    told = (await api.get(f"/api/live/goods/{goods.id}")).data["bids"]
    assert [(one["seq"], one["price"], one.get("act")) for one in told] == [(3, 20000, "void"), (2, 35000, None), (1, 20000, None)]
    recorded = (await api.get(f"/api/group/bids/{goods.id}")).data["list"]
    assert [(one["seq"], one["is_void"], one["act"], one["reason"]) for one in recorded] == [
        (3, False, "void", "误操作"),
        (2, True, None, None),
        (1, False, None, None),
    ]
    assert (await api.get(f"/api/group/bids/{goods.id}/line")).data["price"] == [20000, 35000, 20000]
    assert (await api.get(f"/api/group/current/price/{goods.id}")).data == 20000
    for one in (watcher, mine, his, ops):
        await one.close()
    await assert_proved(api)


async def test_who_was_away_hears_of_a_void_later_once(api: Api) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    bob = await make_user(api.application, "Bob")
    cursor = (await api.get("/api/live/me", as_user=bob)).data["cursor"]
    await api.bid(bob, goods, 35000)
    await podium.lot(goods.id, "void", back_to=0, reason="误操作")
    await api.application.auctions.finish_bids()
    missed = (await api.get("/api/live/me", as_user=bob, query={"cursor": cursor})).data["missed"]
    assert [(one["type"], one["reason"], one["is_leading"]) for one in missed] == [("voided", "误操作", False)]
    await assert_proved(api)


async def test_a_lot_off_the_sale_is_told_to_all_who_bid_and_ends_its_group(api: Api) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    bob = await make_user(api.application, "Bob")
    await api.bid(bob, goods, 35000)
    his = await listen(api, "me", bob)
    assert (await podium.lot(goods.id, "withdraw", reason="真伪存疑")).data["status"] == "withdrawn"
    assert refused(await api.bid(bob, goods, 36000)) == (409, "withdrawn")
    await api.wait_until_ended(goods.group_id)
    notice = await his.until(lambda event: event["type"] == "withdrawn")
    assert notice["reason"] == "真伪存疑"
    (mine,) = (await api.get("/api/group/my", as_user=bob)).data["list"]
    assert mine["bid_status"] == 2
    await his.close()
    await assert_proved(api)


async def test_an_end_now_settles_a_second_later_with_what_had_arrived(api: Api, clock: HandClock) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    bob = await make_user(api.application, "Bob")
    await api.bid(bob, goods, 35000)
    clock.advance(seconds=1)
    assert (await podium.lot(goods.id, "end")).status == 200
    assert refused(await api.bid(bob, goods, 36000)) == (409, "ended")
    clock.advance(seconds=1)
    await api.wait_until_ended(goods.group_id)
    assert (await api.application.stores.auctions.lots.get_lot(goods.id)).status is LotStatus.WON
    await assert_proved(api)


async def test_a_group_is_paused_extended_and_resumed_as_one(api: Api, clock: HandClock) -> None:
    podium = await open_podium(api)
    group = await make_group(api.application, *(Goods() for _ in range(45)))
    watcher = await listen(api, f"group:{group.id}")
    for verb, facts in (("pause", {}), ("extend", {"minutes": 30}), ("resume", {})):
        assert (await podium.group(group.id, verb, **facts)).status == 200
        clock.advance(minutes=1)
    lots = await api.application.stores.auctions.lots.list_lots(group.id)
    assert {(lot.seq, (lot.end_at - group.end_at).total_seconds()) for lot in lots} == {(3, 1920.0)}
    seen: set[int] = set()

    def is_last(event: dict[str, Any]) -> bool:
        if event["type"] == "action" and event["act"] == "resume":
            seen.add(event["goods_id"])
        return len(seen) == 45

    await watcher.until(is_last)
    await watcher.close()
    log = (await api.get("/api/ops/log", as_user=podium.user, query={"noun": "auctions.groups"})).data["list"]
    assert [(one["verb"], one["after"]["lots"]) for one in log] == [("resume", 45), ("extend", 45), ("pause", 45)]
    await assert_proved(api)


async def test_what_a_process_left_of_an_instruction_is_done_by_another(api: Api, clock: HandClock) -> None:
    podium = await open_podium(api)
    group = await make_group(api.application, Goods(id=145), Goods(id=146), starts_in=600, closes_in=3600)
    stores, control = api.application.stores.auctions, api.application.services.auctions.control
    now = clock.now()
    wanted = GroupInstruction(id="x", group_id=group.id, act=Act.START, operator_id=podium.user.id, reason="提前", at=now)
    await stores.instructions.add_instruction(wanted)
    assert (await podium.lot(145, "start", reason="先行")).status == 200  # one had been done otherwise
    clock.advance(seconds=LEFT_AFTER.total_seconds() + 1)
    await control.sweep()
    lots = await stores.lots.list_lots(group.id)
    assert {lot.start_at for lot in lots} == {now} == {(await stores.groups.get_group(group.id)).start_at}
    await control.sweep()
    assert [lot.seq for lot in await stores.lots.list_lots(group.id)] == [1, 1]
    bidder = await make_user(api.application)
    assert (await api.post("/api/group", as_user=bidder, json={"goods_id": 146, "group_id": group.id, "price": 20000})).status == 200
    await assert_proved(api)


async def test_words_to_a_group_reach_who_looks_now_and_who_comes_later(api: Api) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    watcher = await listen(api, f"group:{goods.group_id}")
    assert (await podium.group(goods.group_id, "announce", text=" 十分钟后继续 ")).status == 200
    event = await watcher.until(lambda event: event["type"] == "group")
    assert event["announcement"] == "十分钟后继续"
    await watcher.close()
    later = await Listener.open(api.url)
    assert (await later.ask("subscribe", channel=f"group:{goods.group_id}"))["announcement"] == "十分钟后继续"
    await later.close()
    assert (await api.get(f"/api/live/group/{goods.group_id}")).data["announcement"] == "十分钟后继续"


@pytest.mark.parametrize("verb", ["end", "withdraw", "void"])
async def test_what_cannot_be_taken_back_asks_for_the_second_factor_again(api: Api, clock: HandClock, verb: str) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    clock.advance(minutes=6)
    assert refused(await podium.lot(goods.id, verb, back_to=0)) == (403, "second_factor_needed")
    assert (await api.application.stores.auctions.lots.get_lot(goods.id)).seq == 0
    assert (await podium.lot(goods.id, "pause")).status == 200
    assert refused(await podium.lot(goods.id, "resume", reason=" ")) == (422, "invalid_input")


async def test_the_record_tells_what_operators_did_between_the_bids(api: Api) -> None:
    podium, goods = await open_podium(api), await make_goods(api.application)
    bob = await make_user(api.application, "Bob")
    await api.bid(bob, goods, 35000)
    await podium.lot(goods.id, "extend", minutes=5)
    record = (await api.get(f"{OPS}/lots/{goods.id}/record", as_user=podium.user)).data
    assert [(one["seq"], one["act"], one["operator_id"]) for one in record] == [(1, None, None), (2, "extend", podium.user.id)]
    assert record[1]["previous_hash"] == record[0]["hash"]
    assert [one["seq"] for one in (await api.get(f"{OPS}/lots/{goods.id}/record", as_user=podium.user, query={"after": 1})).data] == [2]


async def test_what_is_being_prepared_stops_no_look_at_what_runs(api: Api) -> None:
    lot, podium = await make_goods(api.application), await open_podium(api)
    later = {"start_at": "2036-06-02 12:00:00", "end_at": "2036-06-02 13:00:00"}
    made = await api.post(f"{OPS}/groups", as_user=podium.user, json={**GROUP, **later})
    await api.post(f"{OPS}/lots", as_user=podium.user, json={**LOT, "group_id": made.data["id"]})
    alice = await make_user(api.application)
    await api.bid(alice, lot, 20_000)
    await api.application.auctions.looks.look()
    assert api.application.ground.floor.is_current
