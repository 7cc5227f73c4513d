"""资金, over HTTP."""
from __future__ import annotations

from typing import Any

import pytest

from server.domain.mall.ledger import Cause, Posting, Sums
from tests.api import Api
from tests.mall import Shopper, data_of, sign_in

EMPTY = {"code": 700, "msg": "暂无数据"}


async def post(shopper: Shopper, key: str, cause: Cause, **about: Any) -> None:
    change = Sums(balance=about.pop("balance", 0), frozen=about.pop("frozen", 0), points=about.pop("points", 0))
    await shopper.application.services.mall.ledger.post(Posting(user_id=shopper.uid, cause=cause, key=key, change=change, **about))


async def test_who_owns_nothing_has_an_empty_wallet(api: Api) -> None:
    alice = await sign_in(api)
    amounts = dict.fromkeys(("balance", "freeze", "totleConsumed", "fxCommisionPaying", "totalPayAmount", "totalWithdraw"), 0.0)
    numbers = dict.fromkeys(("score", "growth", "totalPayNumber", "totalScore", "scoreLastRound"), 0)
    assert await alice.get("/user/amount") == {"code": 0, "msg": "success", "data": amounts | numbers}


async def test_the_wallet_in_yuan(api: Api) -> None:
    alice = await sign_in(api)
    await post(alice, "in", Cause.RECHARGE, balance=10_005, points=7)
    await post(alice, "out", Cause.ORDER, balance=-1990, order_id=12)
    amount = data_of(await alice.get("/user/amount"))
    told = {name: amount[name] for name in ("balance", "score", "totleConsumed", "totalPayAmount", "totalPayNumber", "totalScore")}
    assert told == {
        "balance": 80.15, "score": 7, "totleConsumed": 19.9, "totalPayAmount": 19.9, "totalPayNumber": 1, "totalScore": 7
    }


async def test_the_cash_log(api: Api) -> None:
    alice = await sign_in(api)
    assert await alice.post("/user/cashLog") == await alice.post("/user/cashLog/v2") == EMPTY
    await post(alice, "in", Cause.RECHARGE, balance=10_000)
    await post(alice, "out", Cause.ORDER, balance=-1990, order_id=12, remark="订单12")
    income = {
        "id": 1, "uid": alice.uid, "behavior": 0, "type": 0, "typeStr": "充值",
        "amount": 100.0, "balance": 100.0, "freeze": 0.0, "dateAdd": "2036-06-01 12:00:00",
    }
    outgo = {
        "id": 2, "uid": alice.uid, "orderId": 12, "behavior": 1, "type": 2, "typeStr": "支付订单",
        "amount": 19.9, "balance": 80.1, "freeze": 0.0, "remark": "订单12", "dateAdd": "2036-06-01 12:00:00",
    }
    assert data_of(await alice.post("/user/cashLog")) == [outgo, income]
    assert data_of(await alice.post("/user/cashLog/v2", pageSize=1)) == {"result": [outgo], "totalRow": 2, "totalPage": 2}
    assert data_of(await alice.post("/user/cashLog/v2", pageSize=1, page=2)) == {"result": [income], "totalRow": 2, "totalPage": 2}
    assert await alice.post("/user/cashLog/v2", pageSize=1, page=3) == EMPTY
    asked: dict[str, Any]
    for asked in ({"behavior": 0}, {"type": 0}, {"dateAddEnd": "2036-06-01", "behavior": 0}):
        assert data_of(await alice.post("/user/cashLog", **asked)) == [income]
    for asked in ({"type": 55}, {"orderId": 13}, {"dateAddBegin": "2036-06-02"}, {"dateAddEnd": "2036-05-31"}):
        assert await alice.post("/user/cashLog", **asked) == EMPTY


async def test_the_points_log(api: Api) -> None:
    alice = await sign_in(api)
    assert await alice.post("/score/logs") == EMPTY
    await post(alice, "in", Cause.ADJUSTMENT, points=50, balance=1, remark="补偿 100%")
    await post(alice, "out", Cause.ORDER, points=-20, order_id=12, remark="订单12")
    await post(alice, "money", Cause.RECHARGE, balance=5)
    given = {
        "id": 1, "type": 4, "typeStr": "管理员调整", "behavior": 0, "score": 50, "scoreLeft": 50, "remark": "补偿 100%",
        "dateAdd": "2036-06-01 12:00:00",
    }
    paid = {
        "id": 2, "type": 100, "typeStr": "支付订单", "behavior": 1, "score": 20, "scoreLeft": 30, "remark": "订单12",
        "dateAdd": "2036-06-01 12:00:00",
    }
    assert data_of(await alice.post("/score/logs")) == {"result": [paid, given], "totalRow": 2, "totalPage": 1}
    asked: dict[str, Any]
    for asked in ({"behavior": 0}, {"type": 4}, {"remark": "100%"}, {"pageSize": 1, "page": 2}):
        assert data_of(await alice.post("/score/logs", **asked))["result"] == [given]
    for asked in ({"type": 2}, {"remark": "1.0"}, {"remark": "\0"}, {"dateAddBegin": "2036-06-02"}):
        assert await alice.post("/score/logs", **asked) == EMPTY


@pytest.mark.parametrize("day", ["2036-13-01", "tomorrow", "0001-01-01", "2036-06-01T12:00:00"])
async def test_a_day_that_is_none_is_told(api: Api, day: str) -> None:
    alice = await sign_in(api)
    assert (await alice.post("/user/cashLog", dateAddBegin=day))["code"] == 601


async def test_another_user_s_money_is_not_shown(api: Api) -> None:
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    await alice.give(balance=100)
    assert await bob.post("/user/cashLog", uid=alice.uid, userId=alice.uid) == EMPTY
    assert data_of(await bob.get("/user/amount", uid=alice.uid))["balance"] == 0
