"""拼团 over HTTP."""
from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from server.composition.campaigns import Campaigns
from server.domain.accounts.users import User
from tests.api import Api
from tests.clock import NOON, HandClock
from tests.handlers.mall.ordering import OPS, act, close, goods, hire, pay
from tests.handlers.mall.test_attacks import assert_clean, find_problems
from tests.handlers.mall.test_payments import balance_of
from tests.handlers.mall.test_window import EMPTY, put, put_goods
from tests.mall import Shopper, data_of, sign_in

PINGTUAN = "/shop/goods/pingtuan"
UNTIL = (NOON + timedelta(days=30)).isoformat()


async def offer(api: Api, operator: User, **about: Any) -> Any:
    """Two buy at 35.50 yuan what costs 50 alone."""
    made = await put_goods(api, operator, price=5000, is_grouped=True, group_price=3550, stock=30)
    return await put(api, operator, "group-offers", **{"goods_id": made["id"], "people": 2, "hours": 24, "ends_at": UNTIL, **about})


async def test_a_group_is_seen_once_its_leader_has_paid(api: Api) -> None:
    operator = await hire(api)
    made = await offer(api, operator)
    asked = {"goodsId": made["goods_id"]}
    leader = await sign_in(api, "lea")
    told = data_of(await Shopper(api).get(f"{PINGTUAN}/set", **asked))
    assert [told] == data_of(await leader.get(f"{PINGTUAN}/sets", goodsId=f"999,{made['goods_id']}"))
    assert (told["numberPersion"], told["timeoutHours"], told["refundTypeStr"], told["numberSucccess"]) == (2, 24, "退回余额", 0)
    assert await leader.get(f"{PINGTUAN}/set", goodsId=999) == EMPTY
    opened = data_of(await leader.post(f"{PINGTUAN}/open", **asked))
    assert opened == {
        "id": opened["id"], "pingtuanId": made["id"], "goodsId": made["goods_id"], "dateEnd": "2036-06-02 12:00:00",
    }
    assert data_of(await leader.post(f"{PINGTUAN}/open", **asked)) == opened
    assert await leader.post(f"{PINGTUAN}/list/v2", **asked, status=0) == EMPTY
    assert await leader.get(f"{PINGTUAN}/joiner", tuanId=opened["id"]) == EMPTY
    assert await leader.post(f"{PINGTUAN}/my-join-list", **asked) == EMPTY
    assert (await leader.post(f"{PINGTUAN}/open", goodsId=999))["code"] == 700


async def order(buyer: Shopper, offered: Any, group_id: int, **about: Any) -> dict[str, Any]:
    rows = goods({"goodsId": offered["goods_id"]})
    return await buyer.post("/order/create", goodsJsonStr=rows, pingtuanOpenId=group_id, **about)


async def take_a_place(buyer: Shopper, offered: Any, group_id: int) -> dict[str, Any]:
    """Ordered and paid for."""
    await buyer.give(balance=10_000, key=f"group-{group_id}")
    made = data_of(await order(buyer, offered, group_id))
    await pay(buyer, made)
    return made


async def open_group(leader: Shopper, offered: Any) -> int:
    return data_of(await leader.post(f"{PINGTUAN}/open", goodsId=offered["goods_id"]))["id"]


async def end_groups(api: Api) -> None:
    """One round."""
    [campaigns] = [theme for theme in api.application.mall.themes if isinstance(theme, Campaigns)]
    await campaigns.ending.end_overdue()


async def info_of(buyer: Shopper, made: dict[str, Any]) -> dict[str, Any]:
    return data_of(await buyer.get("/order/detail", id=made["id"]))["orderInfo"]


async def test_a_group_fills_and_what_it_bought_is_sent_then(api: Api) -> None:
    operator = await hire(api)
    offered = await offer(api, operator)
    lea, ben, cat = [await sign_in(api, name) for name in ("lea", "ben", "cat")]
    group_id = await open_group(lea, offered)
    assert (await order(ben, offered, group_id))["msg"] == "团长还未支付，暂时不能参团"
    assert data_of(await order(lea, offered, group_id, calculate="true"))["amountReal"] == 35.5
    first = await take_a_place(lea, offered, group_id)
    [row] = data_of(await ben.post(f"{PINGTUAN}/list/v2", goodsId=offered["goods_id"], status=0))["result"]
    assert (row["id"], row["uid"], row["helpNumber"], row["status"]) == (group_id, lea.uid, 1, 0)
    assert (await info_of(lea, first))["statusStr"] == "待成团"
    shipment = {"carrier": "顺丰速运", "tracking": "SF1"}
    assert (await act(api, operator, "orders", first["id"], "ship", **shipment)).status == 409
    assert (await order(lea, offered, group_id))["msg"] == "您已经参加了该团"
    assert (await order(ben, offered, 999))["msg"] == "拼团不存在"
    other = await put_goods(api, operator)
    wrong = await ben.post("/order/create", goodsJsonStr=goods({"goodsId": other["id"]}), pingtuanOpenId=group_id)
    assert wrong["msg"] == "该团购买的不是这个商品"
    second = await take_a_place(ben, offered, group_id)
    for buyer, made in ((lea, first), (ben, second)):
        info = await info_of(buyer, made)
        assert (info["isSuccessPingtuan"], info["statusStr"], info["amountReal"]) == (True, "待发货", 35.5)
    assert (await order(cat, offered, group_id))["msg"] == "该团已结束，请选择其他团"
    assert (await act(api, operator, "orders", first["id"], "ship", **shipment)).status == 200
    members = data_of(await cat.get(f"{PINGTUAN}/joiner", tuanId=group_id))
    assert [member["uidHelp"] for member in members] == [lea.uid, ben.uid]
    [joined] = data_of(await ben.post(f"{PINGTUAN}/my-join-list"))["result"]
    assert (joined["tuanId"], joined["orderId"], joined["statusStr"]) == (group_id, second["id"], "拼团成功")
    told = data_of(await cat.get(f"{PINGTUAN}/set", goodsId=offered["goods_id"]))
    assert (told["numberDoing"], told["numberSucccess"]) == (0, 1)
    assert await cat.post(f"{PINGTUAN}/list/v2", goodsId=offered["goods_id"], status=0) == EMPTY


async def test_the_last_place_wanted_by_ten_at_once_goes_to_one(api: Api) -> None:
    operator = await hire(api)
    offered = await offer(api, operator)
    lea, *others = [await sign_in(api, f"buyer-{number}") for number in range(11)]
    group_id = await open_group(lea, offered)
    await take_a_place(lea, offered, group_id)
    answers = await asyncio.gather(*(order(other, offered, group_id) for other in others))
    [won] = [answer["data"] for answer in answers if answer["code"] == 0]
    assert {answer["msg"] for answer in answers if answer["code"] != 0} == {"该团人数已满，请选择其他团"}
    # A place that is not paid for is free again.
    [winner] = [other for other in others if other.uid == won["uid"]]
    await close(winner, won)
    await take_a_place(others[0], offered, group_id)
    assert data_of(await lea.get(f"{PINGTUAN}/set", goodsId=offered["goods_id"]))["numberSucccess"] == 1


async def test_a_group_that_runs_out_is_paid_back_whole(api: Api, clock: HandClock) -> None:
    operator = await hire(api)
    offered = await offer(api, operator, people=3)
    lea, ben, cat = [await sign_in(api, name) for name in ("lea", "ben", "cat")]
    group_id = await open_group(lea, offered)
    made = [await take_a_place(buyer, offered, group_id) for buyer in (lea, ben)]
    waiting = data_of(await order(cat, offered, group_id, expireMinutes=0))
    clock.advance(hours=23)
    await end_groups(api)
    assert (await info_of(lea, made[0]))["status"] == 1
    clock.advance(hours=1)
    # Whoever pays at that moment has the money in the wallet.
    await cat.give(balance=10_000)
    assert (await cat.post("/order/pay", orderId=waiting["id"]))["code"] == 20000
    await asyncio.gather(*(end_groups(api) for _ in range(3)))
    for buyer, bought in zip((lea, ben), made):
        info = await info_of(buyer, bought)
        assert (info["status"], info["amountRefundTotal"], info["isSuccessPingtuan"]) == (-1, 35.5, False)
        assert await balance_of(buyer) == 100
    assert (await info_of(cat, waiting))["status"] == -1
    [row] = data_of(await cat.post(f"{PINGTUAN}/list/v2", goodsId=offered["goods_id"]))["result"]
    assert (row["status"], row["statusStr"], row["helpNumber"]) == (2, "拼团失败", 2)
    [stock] = (await api.get(f"{OPS}/stock", as_user=operator)).data["list"]
    assert (stock["free"], stock["held"], stock["sold"]) == (30, 0, 0)
    await assert_clean(api)


async def test_the_staff_ends_a_group_before_its_time_whatever_was_given_back_already(api: Api) -> None:
    operator = await hire(api)
    offered = await offer(api, operator, people=3)
    lea, ben = await sign_in(api, "lea"), await sign_in(api, "ben")
    group_id = await open_group(lea, offered)
    bought = [await take_a_place(buyer, offered, group_id) for buyer in (lea, ben)]
    assert (await act(api, operator, "buyer-groups", group_id, "end")).status == 422  # without a reason
    assert (await act(api, operator, "buyer-groups", group_id, "end", reason="缺货")).status == 200
    # As after a process that died between one member and the next.
    await act(api, operator, "orders", bought[0]["id"], "refund", reason="缺货")
    await end_groups(api)
    for buyer, made in zip((lea, ben), bought):
        assert (await info_of(buyer, made))["amountRefundTotal"] == 35.5
        assert await balance_of(buyer) == 100
    assert (await act(api, operator, "buyer-groups", group_id, "end", reason="缺货")).status == 409
    await assert_clean(api)


async def test_the_audit_tells_where_campaigns_contradict_their_orders(api: Api) -> None:
    operator = await hire(api)
    offered = await offer(api, operator)
    lea = await sign_in(api, "lea")
    group_id = await open_group(lea, offered)
    bought = await take_a_place(lea, offered, group_id)
    await assert_clean(api)
    database = api.application.mongo.database
    await database.mall_buyer_groups.update_one({"_id": group_id}, {"$set": {"state": 1}})
    found = await find_problems(api)
    assert found == [f"group {group_id} is complete without all its members"]
    await database.mall_buyer_groups.update_one({"_id": group_id}, {"$set": {"state": 0, "seats.0.is_paid": False}})
    assert await find_problems(api) == [f"group {group_id} has a place for order {bought['id']}, which says otherwise"]
