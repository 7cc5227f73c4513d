"""优惠券, over HTTP: given once to whom they are for, used by one order, and back when it is closed."""
from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.api import Api
from tests.builders import make_users
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, TO_ME, act, goods, hire, place
from tests.handlers.mall.promotions import assert_clean, findings, mine, points_of, put_rule, quote, take
from tests.handlers.mall.test_payments import ask, balance_of, pay
from tests.handlers.mall.test_window import put
from tests.mall import Shopper, data_of, sign_in
from tests.shelf import Shelf


async def test_what_is_asked_for_a_coupon_is_told_by_its_code(api: Api, clock: HandClock) -> None:
    alice, bob, operator = await sign_in(api, "alice"), await sign_in(api, "bob"), await hire(api)
    secret = await put_rule(api, operator, password="芝麻")
    dear = await put_rule(api, operator, points=100, per_person=0)
    last = await put_rule(api, operator, total=1)
    patient = await put_rule(api, operator, sign_days=2)
    paid = await put_rule(api, operator, price=200)
    over = await put_rule(api, operator, valid_days=0, valid_until="2036-06-01T12:00:01+08:00")
    shut = await put_rule(api, operator, is_open=False)
    hidden = await put_rule(api, operator, is_shown=False)
    clock.advance(seconds=2)

    async def code(shopper: Any, rule: Any, **about: Any) -> int:
        return (await shopper.post("/discounts/fetch", id=rule["id"], **about))["code"]

    assert [await code(alice, secret), await code(alice, secret, pwd="错"), await code(alice, secret, pwd="芝麻")] == [20000, 20000, 0]
    assert await code(alice, secret, pwd="芝麻") == 20003
    assert await code(alice, dear) == 30001
    await alice.give(points=150)
    assert [await code(alice, dear, detect="true"), await code(alice, dear), await code(alice, dear)] == [0, 0, 30001]
    assert await points_of(alice) == 50
    assert [await code(alice, last), await code(bob, last)] == [0, 20001]
    assert await code(alice, patient) == 40000
    assert (await alice.post("/discounts/fetch", id=paid["id"]))["data"] == 2
    assert [await code(alice, one) for one in (over, shut, {"id": 999})] == [20004] * 3
    assert await code(alice, hidden) == 0
    listed = data_of(await alice.get("/discounts/coupons"))
    assert [row["id"] for row in listed] == [secret["id"], dear["id"], last["id"], patient["id"], paid["id"]]
    assert [row["numberLeft"] for row in listed] == [9, 9, 0, 10, 10]
    assert [row.get("pwd") for row in listed] == ["Y", None, None, None, None]
    by_ids = data_of(await alice.get("/discounts/coupons", ids=f"{hidden['id']},{shut['id']}"))
    assert [row["id"] for row in by_ids] == [hidden["id"]]
    # Days running are counted until yesterday.
    await alice.post("/score/sign")
    clock.advance(days=1)
    await alice.post("/score/sign")
    assert await code(alice, patient) == 0
    clock.advance(days=11)
    assert await mine(alice, "0") == []
    assert await mine(alice, "1,2,3") == [(one["id"], 2) for one in (secret, dear, last, hidden, patient)]
    await assert_clean(api)


async def test_of_a_thousand_who_want_the_last_of_a_hundred_one_gets_it(api: Api) -> None:
    operator = await hire(api)
    rule = await put_rule(api, operator, total=100)
    assert (await act(api, operator, "coupon-rules", rule["id"], "print", number=99)).status == 200
    tokens = api.application.services.mall.tokens
    alice, *crowd = [Shopper(api, tokens.issue(user).access_token, user.id) for user in await make_users(api.application, 1001)]
    doors = asyncio.Semaphore(200)  # connections at once; each asks as soon as it has one

    async def want(shopper: Shopper) -> int:
        async with doors:
            return (await shopper.post("/discounts/fetch", id=rule["id"]))["code"]

    codes = await asyncio.gather(*map(want, crowd))
    assert sorted(codes) == [0] + [20001] * 999
    assert (await alice.post("/discounts/fetch", id=rule["id"]))["code"] == 20001
    # More of them are there for who comes then.
    await api.ask("PATCH", f"{OPS}/coupon-rules/{rule['id']}", as_user=operator, json={"total": 101})
    assert [(await alice.post("/discounts/fetch", id=rule["id"]))["code"] for _ in range(2)] == [0, 20003]
    assert (await api.get(f"{OPS}/coupons", as_user=operator, query={"rule_id": rule["id"]})).data["total"] == 2
    await assert_clean(api)


async def test_one_for_points_is_one_however_often_it_is_asked_for_at_once(api: Api, clock: HandClock) -> None:
    """A button pressed again and again, and a client that hears nothing, take one; whoever wants two comes again."""
    alice, operator = await sign_in(api), await hire(api)
    rule = await put_rule(api, operator, per_person=2, points=10)
    await alice.give(points=100)

    async def want(often: int) -> list[Any]:
        answers = await asyncio.gather(*(alice.post("/discounts/fetch", id=rule["id"]) for _ in range(often)))
        return [answer["data"]["id"] if answer["code"] == 0 else answer["code"] for answer in answers]

    [first] = set(await want(10))
    assert await points_of(alice) == 90
    clock.advance(seconds=11)
    [second] = {*await want(1), *await want(1)} - {20003}
    assert first != second and await want(10) == [20003] * 10
    assert await points_of(alice) == 80 and len(await mine(alice)) == 2
    await assert_clean(api)


async def test_a_paid_coupon_is_there_when_its_payment_is(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    rule = await put_rule(api, operator, price=200, total=1)
    purpose = json.dumps({"type": 7, "couponRuleId": rule["id"]})
    first, second = await ask(alice, 2, nextAction=purpose), await ask(alice, 2, nextAction=purpose)
    assert (await pay(api, operator, first))["purpose_state"] == 2
    assert (await pay(api, operator, first))["purpose_state"] == 2
    assert (await mine(alice), await balance_of(alice)) == ([(rule["id"], 0)], 0)
    # None is left: the money stays in the wallet.
    assert (await pay(api, operator, second))["purpose_state"] == 3
    assert (await mine(alice), await balance_of(alice)) == ([(rule["id"], 0)], 2)
    assert (await alice.post("/pay/wx/wxapp", money=2, nextAction='{"type":7}'))["code"] == 601
    await assert_clean(api)


async def test_a_coupon_lowers_what_it_is_for_once_and_is_back_when_the_order_is_closed(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=3000, freight_id=1)
    await shelf.put(2, price=1000)
    alice, bob, operator = await sign_in(api, "alice"), await sign_in(api, "bob"), await hire(api)
    rule = await put_rule(api, operator, goods_ids=[1], threshold=3000)
    big = await put_rule(api, operator, threshold=50000)
    coupon, dear = await take(alice, rule), await take(alice, big)
    both = [{"goodsId": 1}, {"goodsId": 2}]
    offered = await quote(alice, *both, **TO_ME)
    assert [one["id"] for one in offered["couponUserList"]] == [coupon["id"]]
    assert (offered["couponId"], offered["amountReal"]) == ([], 46)
    chosen = await quote(alice, *both, couponId=coupon["id"], **TO_ME)
    assert (chosen["couponId"], chosen["couponAmount"], chosen["amountReal"]) == ([coupon["id"]], 5, 41)
    assert [one["id"] for one in chosen["couponUserList"]] == [coupon["id"]]

    async def code(shopper: Any, coupon_id: int, *rows: dict[str, Any]) -> int:
        return (await shopper.post("/order/create", goodsJsonStr=goods(*(rows or both)), couponId=coupon_id, **TO_ME))["code"]

    assert await code(alice, dear["id"]) == 30001
    assert await code(alice, coupon["id"], {"goodsId": 2}) == 30000
    assert [await code(bob, coupon["id"]), await code(alice, 999)] == [30000, 30000]
    order = await place(alice, *both, couponId=coupon["id"], **TO_ME)
    assert (order["amountReal"], order["amountCoupons"]) == (41, 5)
    lines = data_of(await alice.get("/order/detail", id=order["id"]))["goods"]
    assert [line["amountCoupon"] for line in lines] == [5, 0]
    assert await mine(alice, "0") == [(big["id"], 0)]
    assert await code(alice, coupon["id"]) == 30000
    assert "couponUserList" not in await quote(alice, *both)
    await assert_clean(api)
    assert (await alice.post("/order/close", orderId=order["id"]))["code"] == 0
    assert await mine(alice, "0") == [(rule["id"], 0), (big["id"], 0)]
    # Of ten orders that want it at once one has it.
    codes = await asyncio.gather(*(code(alice, coupon["id"]) for _ in range(10)))
    assert sorted(codes) == [0] + [30000] * 9
    [order] = data_of(await alice.post("/order/list", status=0))["orderList"]
    await alice.give(balance=10_000)
    await alice.post("/order/pay", orderId=order["id"])
    assert await mine(alice, "3") == [(rule["id"], 3)]
    assert data_of(await alice.get("/discounts/detail", id=rule["id"]))["info"]["numberUsed"] == 1
    await assert_clean(api)
    await act(api, operator, "orders", order["id"], "refund", reason="缺货")
    assert (await mine(alice, "0"), await balance_of(alice)) == ([(rule["id"], 0), (big["id"], 0)], 100)
    await assert_clean(api)


async def test_percent_and_freight_coupons(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=1995, freight_id=1)
    alice, operator = await sign_in(api), await hire(api)
    tenth = await take(alice, await put_rule(api, operator, cut=1, least=10, most=10))
    freight = await take(alice, await put_rule(api, operator, least=9900, most=9900, only_freight=True))
    assert (tenth["moneyType"], tenth["money"]) == (1, 10)
    rows = {"goodsId": 1, "number": 3}
    asked = await quote(alice, rows, couponId=tenth["id"], **TO_ME)
    assert (asked["couponAmount"], asked["amountReal"]) == (5.99, 63.86)
    asked = await quote(alice, rows, couponId=freight["id"], **TO_ME)
    assert (asked["couponAmount"], asked["amountReal"], asked["amountLogistics"]) == (10, 59.85, 10)
    # Where nothing is sent it takes nothing, and is not used up.
    order = await place(alice, rows, couponId=freight["id"], peisongType="zq")
    assert (order["amountCoupons"], len(await mine(alice, "0"))) == (0, 2)


async def test_printed_sent_and_merged_coupons(api: Api) -> None:
    alice, bob, operator = await sign_in(api, "alice"), await sign_in(api, "bob"), await hire(api)
    small, large = await put_rule(api, operator, per_person=0), await put_rule(api, operator, name="减50元", is_shown=False, total=1)
    assert (await act(api, operator, "coupon-rules", small["id"], "print", number=2)).status == 200
    codes = (await api.get(f"{OPS}/coupon-codes", as_user=operator, query={"rule_id": small["id"]})).data["list"]
    one = {"number": codes[0]["number"], "pwd": codes[0]["password"]}
    assert (await alice.post("/discounts/exchange", **{**one, "pwd": "wrong"}))["code"] == 20000
    answers = await asyncio.gather(*(who.post("/discounts/exchange", **one) for who in (alice, bob) for _ in range(5)))
    assert sorted(answer["code"] for answer in answers) == [0] + [20000] * 9
    winner = alice if await mine(alice) else bob
    assert (await act(api, operator, "coupon-codes", codes[1]["id"], "void", reason="遗失")).status == 200
    assert (await bob.post("/discounts/exchange", number=codes[1]["number"], pwd=codes[1]["password"]))["code"] == 20000
    # The staff gives one each.
    given = await act(api, operator, "coupon-rules", small["id"], "give", reason="补偿", user_ids=[winner.uid, winner.uid])
    assert given.status == 200 and (await act(api, operator, "coupon-rules", small["id"], "give", reason="x", user_ids=[999])).status == 422
    merge = await put(
        api, operator, "coupon-merges", name="二合一", taken=[{"rule_id": small["id"], "number": 2}], made=[{"rule_id": large["id"]}]
    )
    [rule] = data_of(await winner.get("/discounts/merge/list"))
    assert [(part["type"], part["couponName"], part["number"]) for part in rule["rules"]] == [(0, "减5元", 2), (1, "减50元", 1)]
    ids = [row["id"] for row in data_of(await winner.get("/discounts/my"))]
    other = bob if winner is alice else alice

    async def merged(shopper: Any, *coupons: int) -> int:
        return (await shopper.post("/discounts/merge", mergeId=merge["id"], couponIds=",".join(map(str, coupons))))["code"]

    assert [await merged(winner, ids[0]), await merged(other, *ids)] == [20000, 20000]
    assert sorted(await asyncio.gather(*(merged(winner, *ids) for _ in range(5)))) == [0] + [20000] * 4
    [row] = data_of(await winner.get("/discounts/my", status=0))
    assert row["name"] == "减50元"
    # Sent to another it is theirs alone.
    for wrong in ({"uid": 999}, {"uid": winner.uid}, {"mobile": "13900000000"}):
        assert (await winner.post("/discounts/send", id=row["id"], **wrong))["code"] == 30000
    assert (await other.post("/discounts/send", id=row["id"], uid=winner.uid))["code"] in (20000, 30000)
    assert (await winner.post("/discounts/send", id=row["id"], uid=other.uid))["code"] == 0
    assert (await winner.post("/discounts/send", id=row["id"], uid=other.uid))["code"] == 20000
    assert await mine(other, "0") == [(large["id"], 0)]
    await assert_clean(api)


async def test_rules_that_make_no_sense_are_not_taken(api: Api) -> None:
    operator = await hire(api)
    for wrong in ({"most": 400}, {"least": 0, "most": 0}, {"cut": 1, "least": 101, "most": 101}, {"valid_days": 0},
                  {"valid_until": "2036-07-01T00:00:00Z"}):
        terms = {"name": "减5元", "least": 500, "most": 500, "total": 10, "valid_days": 10, **wrong}
        assert (await api.post(f"{OPS}/coupon-rules", as_user=operator, json=terms)).status == 422, wrong


async def test_the_audit_finds_coupons_that_are_not_as_they_were_given(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(points=100)
    rule = await put_rule(api, operator, points=10)
    coupon = await take(alice, rule)
    await place(alice, couponId=coupon["id"])
    await assert_clean(api)
    database = api.application.mongo.database

    async def tampered(collection: str, change: dict[str, Any]) -> list[str]:
        before = await database[collection].find_one({})
        assert before is not None
        await database[collection].update_one({}, {"$set": change})
        found = await findings(api)
        await database[collection].replace_one({"_id": before["_id"]}, before)
        return found

    assert await tampered("mall_coupon_tallies", {"given": 5}) == ["coupon rule 1 counts 5 given and 1 used, and there are 1 and 1"]
    assert await tampered("mall_coupons", {"points": 9}) == ["coupon 1 the ledger has another coupon"]
    assert "order 1 has used coupon 1, which is not used by it" in await tampered("mall_coupons", {"state": 0, "order_id": None})
    assert "coupon 1 is used by an order that does not name it" in await tampered("mall_coupons", {"order_id": 7})
