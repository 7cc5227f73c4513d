"""Raffles, virtual goods, the number bomb and Alipay's transfers, over HTTP: what meets, what is another's, what is forged."""
from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from server.config import Config
from tests.api import Api, serving
from tests.clock import HandClock
from tests.domain.mall.test_wechat_bill import bill, line
from tests.handlers.mall.community import find_problems
from tests.handlers.mall.ordering import OPS, act, hire
from tests.handlers.mall.test_payments import ask, balance_of, pay
from tests.handlers.mall.test_wallet_flows import codes, put
from tests.mall import Shopper, data_of, sign_in

KEY = "the shop's own key"


@pytest.fixture
def api(io_loop: IOLoop, config: Config, clock: HandClock) -> Iterator[Api]:
    with serving(io_loop, replace(config, mall_merchant_key=KEY), clock) as api:
        yield api


async def test_the_last_prize_goes_to_one_and_nobody_draws_oftener_than_they_may(api: Api, clock: HandClock) -> None:
    raffle = await put(
        api, "raffles", name="开业", times=2, prizes=[{"title": "茶杯", "chance": 10_000, "most": 3, "points": 5}],
        begins_at="2036-06-01 12:00:01", ends_at="2036-06-01 13:00:00",
    )
    people = [await sign_in(api, f"p{n}") for n in range(4)]
    assert (await people[0].post("/luckyInfo/join", id=raffle["id"]))["code"] == 10000
    clock.advance(seconds=1)
    draws = [one.post("/luckyInfo/join", id=raffle["id"]) for one in people for _ in range(3)]
    answers = await asyncio.gather(*draws)
    assert sorted(one["code"] for one in answers) == [0] * 8 + [30000] * 4
    assert [one["data"]["prizeName"] for one in answers if one["code"] == 0].count("茶杯") == 3
    points = [data_of(await one.get("/user/amount"))["score"] for one in people]
    assert sum(points) == 15
    assert await find_problems(api) == []
    clock.advance(hours=1)
    assert (await people[0].post("/luckyInfo/join", id=raffle["id"]))["code"] == 20000
    prizes = [{"title": "甲", "chance": 6000}, {"title": "乙", "chance": 6000}]
    assert (await api.post(f"{OPS}/raffles", as_user=await hire(api), json={"name": "x", "prizes": prizes})).status == 422
    await api.application.mongo.database.mall_raffle_tallies.update_one({"_id": 1}, {"$set": {"taken.0.count": 4}})
    assert [one for one in await find_problems(api) if "raffle 1" in one]


async def test_virtual_goods_are_bought_once(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    made = await put(api, "virtual-goods", name="密钥", price=950, points=3, content="内容XYZ")
    await alice.give(balance=1000)
    assert (await alice.post("/virtualTrader/buy", id=made["id"]))["code"] == 20003
    await alice.give(points=5, key="more")
    assert await codes(*(alice.post("/virtualTrader/buy", id=made["id"]) for _ in range(5))) == [0] * 5
    amount = data_of(await alice.get("/user/amount"))
    assert (amount["balance"], amount["score"]) == (0.5, 2)
    bob = await sign_in(api, "bob")
    await bob.give(points=3)
    asked = await ask(bob, 9.5, nextAction=json.dumps({"type": 2, "id": made["id"]}))
    assert (await pay(api, operator, asked))["purpose_state"] == 2
    assert data_of(await bob.get("/virtualTrader/info", id=made["id"]))["contentAfterBuy"] == "内容XYZ"
    assert await find_problems(api) == []


async def test_a_bomb_is_won_once_and_another_s_is_not_guessed(api: Api, clock: HandClock) -> None:
    alice, bob = await sign_in(api), await sign_in(api, "bob")
    for key, value in (("number_bomb_open", "1"), ("number_bomb_max_number", "10"), ("number_bomb_max_guess", "2")):
        await put(api, "settings", key=key, value=value)
    await alice.give(points=30)
    games = [data_of(await alice.post("/gameNumberBomb/begin"))["bombLog"]["id"] for _ in range(3)]
    database = api.application.mongo.database
    await database.mall_bomb_games.update_many({}, {"$set": {"answer": 5}})
    assert (await bob.post("/gameNumberBomb/guess", id=games[0], number=5))["code"] == 404
    assert (await alice.post("/gameNumberBomb/guess", id=games[0], number=11))["code"] == 601
    assert await codes(*(alice.post("/gameNumberBomb/guess", id=games[0], number=5) for _ in range(4))) == [0, 20000, 20000, 20000]
    said = [(await alice.post("/gameNumberBomb/guess", id=games[1], number=number))["code"] for number in (9, 1, 5)]
    assert said == [40000, 30000, 20000]
    clock.advance(minutes=10)
    assert (await alice.post("/gameNumberBomb/guess", id=games[2], number=5))["code"] == 20001
    rows = data_of(await alice.post("/gameNumberBomb/logs"))["result"]
    assert [row["status"] for row in rows] == [3, 1, 2]
    assert data_of(await alice.get("/user/amount"))["score"] == 50
    assert await find_problems(api) == []


def pushed(trade: str, amount: str, title: str = "", /, **changes: str) -> dict[str, str]:
    told = {"time": "2036.06.01 12:00", "title": title, "trade": trade, "name": "张三", "amount": amount}
    sig = hashlib.md5("".join((*told.values(), KEY)).encode()).hexdigest().upper()
    return {**told, "alipayAcount": "a@example.com", "sig": sig, **changes}


async def push(api: Api, **told: Any) -> int:
    return (await Shopper(api).post("/pay/alipay/transfer/push", **told))["code"]


async def test_a_transfer_pays_what_it_names_or_is_claimed_by_one(api: Api) -> None:
    alice, bob = await sign_in(api), await sign_in(api, "bob")
    await put(api, "settings", key="APILAY_USER_ID", value="2088")
    await put(api, "virtual-goods", name="密钥", price=500, content="XYZ")
    address = data_of(await alice.post("/pay/alipay/semiAutomatic/payurl", money=5, nextAction=json.dumps({"type": 2, "id": 1})))
    assert "2088" in address
    [asked] = data_of(await alice.post("/user/payLogs"))
    told = pushed("2036060100001", "5.00", f"付款 {asked['orderNo']}")
    assert await codes(*(Shopper(api).post("/pay/alipay/transfer/push", **told) for _ in range(4))) == [0] * 4
    assert data_of(await alice.get("/virtualTrader/info", id=1))["isBuy"] is True
    # The same payment named again is paid already: the money waits for who sent it.
    assert await push(api, **pushed("2036060100002", "5.00", f"付款 {asked['orderNo']}")) == 0
    for changes in ({"amount": "500"}, {"sig": "0" * 32}, {"trade": "2036060100009"}):
        assert await push(api, **pushed("2036060100003", "5.00", **changes)) == 403
    assert await push(api, **pushed("2036060100003", "-5")) == 601
    assert (await Shopper(api).post("/pay/alipay/transfer/push/yyb", ddh="2036060100004", key="x", money="3", name=""))["code"] == 403
    assert (await Shopper(api).post("/pay/alipay/transfer/push/yyb", ddh="2036060100004", key=KEY, money="3", name=""))["code"] == 0
    claims = [one.post("/pay/alipay/transfer/checkOrderNumber", orderNumber="2036060100002") for one in (alice, bob) for _ in range(3)]
    assert await codes(*claims) == [0, 0, 0, 20001, 20001, 20001]
    assert await balance_of(alice) + await balance_of(bob) == 5
    assert (await alice.post("/pay/alipay/transfer/checkOrderNumber", orderNumber="nothing"))["code"] == 404
    void = f"{OPS}/alipay-transfers/2036060100004/void"
    assert (await api.post(void, as_user=await hire(api), json={"reason": "误转"})).status == 200
    assert (await alice.post("/pay/alipay/transfer/checkOrderNumber", orderNumber="2036060100004"))["code"] == 20000
    assert await find_problems(api) == []


async def test_the_day_of_a_bookkeeper(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    await put(api, "recharge-rules", threshold=10_000, gift=1000)
    first = await ask(alice, 100)
    await pay(api, operator, first)
    second = await ask(alice, 5)
    await pay(api, operator, second)
    await alice.post("/user/withDraw/apply", money=30)
    await act(api, operator, "withdrawals", 1, "settle")
    day = (await api.get(f"{OPS}/day", as_user=operator, query={"date": "2036-06-01"})).data
    assert [(one["channel"], one["payments"], one["amount"]) for one in day["channels"]] == [("wxapp", 2, 10_500)]
    flows = {one["cause"]: one["money_in"] - one["money_out"] for one in day["flows"]}
    assert flows == {"recharge": 10_500, "recharge_gift": 1000, "withdrawal_asked": -3000, "withdrawn": 0}
    assert (day["opening"]["balance"], day["closing"]["balance"], day["closing"]["frozen"]) == (0, 8500, 0)
    assert day["closing"]["balance"] == day["opening"]["balance"] + sum(flows.values())
    assert day["comparison"] is None
    rows = [line(first["outTradeId"], "sandbox-1", "100.00"), line("PA-nobody", "43", "7.00")]
    for _ in range(2):
        answer = await api.post(f"{OPS}/day/wechat-bill", as_user=operator, body=bill(*rows), headers={"Content-Type": "text/csv"})
        assert answer.status == 200, answer.body
    told = answer.data["comparison"]
    assert (told["rows"], told["paid"], told["fees"]) == (2, 10_700, 24)
    found = [(one["number"], one["ours"], one["theirs"]) for one in told["differences"]]
    assert found == [("PA-nobody", None, 700), (second["outTradeId"], 500, None)]
    empty = (await api.get(f"{OPS}/day", as_user=operator, query={"date": "2036-06-02"})).data
    assert (empty["opening"], empty["closing"], empty["flows"]) == (day["closing"], day["closing"], [])
    assert (await api.post(f"{OPS}/day/wechat-bill", as_user=operator, body=b"x", headers={"Content-Type": "text/csv"})).status == 422
    assert (await api.get(f"{OPS}/day", as_user=operator, query={"date": "0001-01-01"})).status == 422
