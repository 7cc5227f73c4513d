"""会员等级 and 储值卡, over HTTP, and the page of an activity."""
from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from server.domain.accounts.users import User
from server.domain.mall.promotions.level_rules import Span, after_span
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, TO_ME, act, goods, hire, place
from tests.handlers.mall.promotions import assert_clean, findings, mine, points_of, put_rule, quote
from tests.handlers.mall.test_payments import ask, balance_of, pay
from tests.handlers.mall.test_window import put, put_goods
from tests.mall import Shopper, data_of, sign_in
from tests.shelf import Shelf


async def put_levels(api: Api, operator: User) -> tuple[Any, Any, dict[str, Any]]:
    """Silver of 95 percent, which growth brings too, and gold of 80 with gifts; gold by the month for 30 yuan."""
    silver = await put(api, operator, "levels", name="银卡", rank=1, percent=95, growth=100)
    rule = await put_rule(api, operator, name="月礼", is_shown=False)
    gold = await put(
        api, operator, "levels", name="金卡", rank=2, percent=80, welcome_points=50, monthly_points=7, monthly_rule_ids=[rule["id"]]
    )
    prices = {
        "gold": await put(api, operator, "level-prices", level_id=gold["id"], duration=1, span=1, price=3000),
        "silver": await put(api, operator, "level-prices", level_id=silver["id"], duration=1, span=1, price=1000),
    }
    return silver, gold, prices


async def level_of(shopper: Shopper) -> str | None:
    return data_of(await shopper.get("/user/detail")).get("userLevel", {}).get("name")


@pytest.mark.parametrize(
    "begins, number, span, ends",
    [
        ("2036-01-31 12:00", 1, Span.MONTH, "2036-02-29 12:00"),
        ("2036-02-29 12:00", 1, Span.YEAR, "2037-02-28 12:00"),
        ("2036-11-30 12:00", 15, Span.MONTH, "2038-02-28 12:00"),
        ("2036-12-31 23:30", 1, Span.DAY, "2037-01-01 23:30"),
    ],
)
def test_spans_follow_the_calendar_of_shanghai(begins: str, number: int, span: Span, ends: str) -> None:
    zone = timezone(timedelta(hours=8))
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (begins, ends))
    assert after_span(begin.astimezone(timezone.utc), number, span) == end


async def prices_shown(shopper: Shopper, goods_id: int) -> list[float]:
    """In both lists, on its page, of its first choice there, and of that choice alone."""
    page = data_of(await shopper.get("/shop/goods/detail", id=goods_id))
    [listed] = data_of(await shopper.post("/shop/goods/list", gids=goods_id))
    [row] = data_of(await shopper.post("/shop/goods/list/v2", gids=goods_id))["result"]
    choice = page["skuList"][0]
    chosen = data_of(await shopper.post("/shop/goods/price", goodsId=goods_id, propertyChildIds=choice["propertyChildIds"]))
    return [listed["minPrice"], row["minPrice"], page["basicInfo"]["minPrice"], choice["price"], chosen["price"]]


async def test_a_level_is_bought_lowers_prices_at_once_and_ends(api: Api, clock: HandClock) -> None:
    alice, operator = await sign_in(api), await hire(api)
    made = await put_goods(api, operator, price=1999)
    silver, gold, prices = await put_levels(api, operator)
    assert [row["name"] for row in data_of(await alice.post("/user/level/list"))["result"]] == ["银卡", "金卡"]
    detail = data_of(await alice.get("/user/level/info", id=gold["id"]))["info"]
    assert (detail["level"], detail["rebate"], detail["upgradeSendScore"]) == (2, 8, 50)
    [price] = data_of(await alice.get("/user/level/prices", levelId=gold["id"]))
    assert (price["duration"], price["unit"], price["unitStr"], price["price"]) == (1, 1, "月", 30)
    form = {"userLevelPriceId": price["id"]}
    assert [(await alice.post("/user/level/buy", userLevelPriceId=one))["code"] for one in (price["id"], 999)] == [20002, 404]
    assert (await alice.post("/user/level/buyLogs"))["code"] == 700
    await alice.give(balance=8000)
    assert data_of(await alice.get("/shop/goods/rebate", goodsId=made["id"])) == 10
    assert (await alice.post("/user/level/buy", **form, remark="开通"))["code"] == 0
    assert data_of(await alice.get("/shop/goods/rebate", goodsId=made["id"])) == 8
    choices = {"properties": [{"name": "颜色", "values": [{"name": "红"}]}], "skus": [{"values": ["红"], "price": 1999, "stock": 9}]}
    chosen = await put_goods(api, operator, **choices)
    assert await prices_shown(alice, chosen["id"]) == [15.99] * 5
    assert await prices_shown(Shopper(api), chosen["id"]) == [19.99] * 5
    sale = {"flash_from": clock.now().isoformat(), "flash_until": clock.now().replace(year=2040).isoformat(), "flash_price": 1000}
    sold_off = await put_goods(api, operator, **choices, **sale)
    assert (await prices_shown(alice, sold_off["id"]))[:3] == (await prices_shown(Shopper(api), sold_off["id"]))[:3] == [10] * 3
    rows = {"goodsId": made["id"], "number": 2}
    asked = await quote(alice, rows)
    assert (asked["amountTotleOriginal"], asked["amountTotle"], asked["amountReal"]) == (39.98, 31.98, 31.98)
    order = await place(alice, rows)
    await alice.give(balance=3198, key="order")
    assert (await alice.post("/order/pay", orderId=order["id"]))["code"] == 0
    assert data_of(await alice.post("/shop/goods/his/list"))["result"][0]["minPrice"] == 15.99
    shown = (await api.get(f"{OPS}/orders/{order['id']}", as_user=operator)).data
    assert [(one["kind"], one["name"], one["rows"]) for one in shown["effects"]] == [("level", "金卡", [-800])]
    # Bought again it lasts longer; a lower one is not bought meanwhile.
    base = data_of(await alice.get("/user/detail"))["base"]
    assert (base["levelId"], base["levelExpire"], base["levelRenew"]) == (gold["id"], "2036-07-01 12:00:00", False)
    assert (await alice.post("/user/level/buy", userLevelPriceId=prices["silver"]["id"]))["code"] == 20000
    # Pressed again at once it is the same purchase.
    assert {answer["code"] for answer in await asyncio.gather(*(alice.post("/user/level/buy", **form) for _ in range(5)))} == {0}
    assert data_of(await alice.get("/user/detail"))["base"]["levelExpire"] == "2036-07-01 12:00:00"
    clock.advance(seconds=11)
    assert (await alice.post("/user/level/buy", **form))["code"] == 0
    assert data_of(await alice.get("/user/detail"))["base"]["levelExpire"] == "2036-08-01 12:00:00"
    log = data_of(await alice.post("/user/level/buyLogs"))["result"]
    assert [(row["money"], row.get("remark")) for row in log] == [(30, None), (30, "开通")]
    assert (await balance_of(alice), await points_of(alice)) == (20, 50)  # welcomed once
    clock.advance(days=62)
    alice = await sign_in(api)  # a login lasts for fourteen days
    assert await level_of(alice) is None
    assert (await quote(alice, rows))["amountReal"] == 39.98
    # Growth brings silver.
    await alice.give(growth=100, key="growth")
    assert await level_of(alice) == "银卡"
    assert (await quote(alice, rows))["amountReal"] == 37.98
    await assert_clean(api)


async def test_a_level_is_paid_for_on_line_given_its_gifts_and_renewed_as_long_as_there_is_money(api: Api, clock: HandClock) -> None:
    alice, operator = await sign_in(api), await hire(api)
    _, gold, prices = await put_levels(api, operator)
    levels = api.application.services.mall.promotions.levels
    await alice.give(balance=1000)
    purpose = json.dumps({"type": 6, "userLevelPriceId": prices["gold"]["id"], "isAutoRenew": True})
    asked = await ask(alice, 20, nextAction=purpose)
    assert (await pay(api, operator, asked))["purpose_state"] == 2
    assert (await pay(api, operator, asked))["purpose_state"] == 2
    assert (await level_of(alice), await balance_of(alice)) == ("金卡", 0)
    await asyncio.gather(*(levels.look_after() for _ in range(3)))
    assert (await points_of(alice), len(await mine(alice, "0"))) == (57, 1)
    clock.advance(days=29)  # the last of June
    alice = await sign_in(api)  # a login lasts for fourteen days
    await levels.look_after()
    assert await points_of(alice) == 57
    await alice.give(balance=3500, key="later")
    clock.advance(days=1, seconds=1)  # July, and the membership is over
    await asyncio.gather(*(levels.look_after() for _ in range(3)))
    await levels.look_after()
    base = data_of(await alice.get("/user/detail"))["base"]
    assert (base["levelExpire"], base["levelRenew"], await balance_of(alice)) == ("2036-08-01 12:00:00", True, 5)
    assert (await points_of(alice), len(await mine(alice, "0,2"))) == (64, 2)
    clock.advance(days=31)
    alice = await sign_in(api)
    await levels.look_after()
    assert (await level_of(alice), await balance_of(alice)) == (None, 5)
    memberships = (await api.get(f"{OPS}/memberships", as_user=operator)).data["list"]
    assert [(one["id"], one["renews"]) for one in memberships] == [(alice.uid, False)]
    await assert_clean(api)


async def test_who_is_of_a_level_by_growth_is_given_its_gifts_each_month(api: Api, clock: HandClock) -> None:
    alice, bob, operator = await sign_in(api, "alice"), await sign_in(api, "bob"), await hire(api)
    rule = await put_rule(api, operator, name="月礼", is_shown=False)
    gold = await put(api, operator, "levels", name="金卡", rank=2, growth=100, monthly_points=7, monthly_rule_ids=[rule["id"]])
    price = await put(api, operator, "level-prices", level_id=gold["id"], duration=2, span=1, price=3000)
    levels = api.application.services.mall.promotions.levels
    await levels.look_after()
    await alice.give(growth=100)
    await bob.give(growth=99, balance=3000)
    await asyncio.gather(*(levels.look_after() for _ in range(3)))
    assert (await points_of(alice), len(await mine(alice)), await points_of(bob)) == (7, 1, 0)
    # Who buys it meanwhile, or buys and grows, is given one month's gifts once.
    assert (await bob.post("/user/level/buy", userLevelPriceId=price["id"]))["code"] == 0
    await bob.give(growth=1, key="more")
    await asyncio.gather(*(levels.look_after() for _ in range(3)))
    await levels.look_after()
    assert [await points_of(who) for who in (alice, bob)] == [7, 7]
    shown = (await api.get(f"{OPS}/level-gifts", as_user=operator)).data["list"]
    assert sorted((one["id"], one["month"], one["points"]) for one in shown) == [(who.uid, "2036-06", 7) for who in (alice, bob)]
    clock.advance(days=30)  # July
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")  # a login lasts for fourteen days
    for _ in range(2):
        await levels.look_after()
    assert [(await points_of(who), len(await mine(who))) for who in (alice, bob)] == [(14, 2)] * 2
    await assert_clean(api)
    await api.application.mongo.database.mall_level_gifts.update_one({"_id": alice.uid}, {"$set": {"points": 8}})
    assert await findings(api) == [f"level gift {alice.uid} the ledger has another level gift"]


async def test_a_card_pays_what_it_is_for_and_is_refilled_when_it_comes_back(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=3000, freight_id=1)
    alice, bob, operator = await sign_in(api, "alice"), await sign_in(api, "bob"), await hire(api)
    assert (await alice.get("/card/my"))["code"] == (await alice.post("/card/logs"))["code"] == 700
    card = await put(api, operator, "cards", user_id=alice.uid, name="水卡", amount=2000)
    other = await put(api, operator, "cards", user_id=alice.uid, name="茶卡", amount=5000, goods_ids=[9])
    mine_now = {row["id"]: row for row in data_of(await alice.get("/card/my"))}
    assert (mine_now[card["id"]]["amount"], mine_now[card["id"]]["cardInfo"]) == (20, {"name": "水卡", "refs": []})
    assert mine_now[other["id"]]["cardInfo"]["refs"] == [{"type": 1, "refId": 9}]

    async def code(shopper: Shopper, card_id: int) -> int:
        return (await shopper.post("/order/create", goodsJsonStr=goods({"goodsId": 1}), cardId=card_id, **TO_ME))["code"]

    assert [await code(bob, card["id"]), await code(alice, other["id"]), await code(alice, 999)] == [30000] * 3
    assert (await quote(alice, cardId=card["id"], **TO_ME))["amountReal"] == 16
    # Of five at once one is paid by it.
    codes = await asyncio.gather(*(code(alice, card["id"]) for _ in range(5)))
    assert sorted(codes) == [0] + [30000] * 4
    assert await code(alice, card["id"]) == 30000  # it is empty
    [order] = data_of(await alice.post("/order/list", status=0))["orderList"]
    assert (order["amountCard"], order["amountReal"]) == (20, 16)
    await assert_clean(api)
    await alice.post("/order/close", orderId=order["id"])
    await act(api, operator, "cards", card["id"], "top-up", reason="充值", amount=10_000)
    order = await place(alice, cardId=card["id"], **TO_ME)
    assert (order["amountCard"], order["amountReal"]) == (36, 0)
    assert (await alice.post("/order/pay", orderId=order["id"]))["code"] == 0
    await assert_clean(api)
    await act(api, operator, "orders", order["id"], "refund", reason="缺货")
    log = data_of(await alice.post("/card/logs", cardId=card["id"]))["result"]
    assert [(row["typeStr"], row["amount"], row["balance"]) for row in log] == [
        ("退款", 36, 120), ("消费", -36, 84), ("充值", 100, 120), ("订单关闭退回", 20, 20), ("消费", -20, 0), ("发放", 20, 20)
    ]
    assert (await bob.post("/card/logs", cardId=card["id"]))["code"] == 700
    await assert_clean(api)
    await api.application.mongo.database.mall_cards.update_one({"_id": card["id"]}, {"$set": {"balance": 10**6}})
    assert await findings(api) == [f"card {card['id']} is not the sum of its entries"]


async def test_an_activity_names_its_coupons_and_goods(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    rule = await put_rule(api, operator)
    terms = {"title": "大促", "banner_kind": "act", "rule_ids": [rule["id"]], "goods_ids": [3, 4], "begins_at": "2036-06-01T00:00:00Z"}
    made = await put(api, operator, "activity-pages", **terms)
    assert data_of(await guest.get("/activityMallInfo/info", id=made["id"]))["info"] == {
        "id": made["id"], "title": "大促", "bannerType": "act", "couponRuleIds": str(rule["id"]), "goodsIds": "3,4",
        "dateStart": "2036-06-01 08:00:00",
    }
    await api.ask("PATCH", f"{OPS}/activity-pages/{made['id']}", as_user=operator, json={"is_shown": False})
    assert (await guest.get("/activityMallInfo/info", id=made["id"]))["code"] == 700
