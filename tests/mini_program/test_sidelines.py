"""What is sold and played beside goods, and Alipay, by the SDK's functions."""
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api import Api
from tests.handlers.mall.ordering import act, hire
from tests.mini_program.sdk import Sdk
from tests.mini_program.test_ordering import pay, rows
from tests.mini_program.test_wallet import give, rule, sign_in
from tests.shelf import Shelf, put_up


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Goods of a test's own."""
    return put_up(monkeypatch)


async def test_virtual_goods_are_read_once_they_are_bought(sdk: Sdk, api: Api) -> None:
    token, uid = await sign_in(sdk)
    for function in ("virtualTraderList", "virtualTraderListV2"):
        assert (await sdk.call(function, {}))["code"] == 700
    await rule(api, "virtual-goods", name="密钥", price=950, content="内容XYZ")
    await rule(api, "virtual-goods", name="口令", price=0, content="内容ABC")
    assert [one["id"] for one in (await sdk.data_of("virtualTraderListV2", {}))["result"]] == [2, 1]
    assert (await sdk.data_of("virtualTraderDetail", "", 1))["isBuy"] is False
    assert (await sdk.call("virtualTraderBuy", token, 1))["code"] == 20002
    await give(api, uid, 1000)
    await sdk.data_of("virtualTraderBuy", token, 1)
    await sdk.data_of("virtualTraderBuyV2", token, 2)
    assert (await sdk.data_of("virtualTraderDetailV2", token, 1))["contentAfterBuy"] == "内容XYZ"
    for function in ("virtualTraderMyBuyLogs", "virtualTraderMyBuyLogsV2"):
        assert [one["name"] for one in (await sdk.data_of(function, token=token))["result"]] == ["口令", "密钥"]


async def test_a_raffle(sdk: Sdk, api: Api) -> None:
    token, uid = await sign_in(sdk)
    assert (await sdk.call("luckyInfo", 1))["code"] == 700
    prizes = [{"title": "茶杯", "picture": "https://pictures.example/1.png", "chance": 10_000, "most": 1}]
    await rule(api, "raffles", name="开业", times=2, prizes=prizes)
    detail = await sdk.data_of("luckyInfo", 1)
    assert (detail["info"]["timesPerUser"], detail["luckyGoods"][0]["title"]) == (2, "茶杯")
    assert (await sdk.call("luckyInfoJoinMy", 1, token))["code"] == 700
    drawn = [(await sdk.data_of("luckyInfoJoin", 1, token))["prizeName"] for _ in range(2)]
    assert drawn == ["茶杯", "谢谢参与"]
    assert (await sdk.call("luckyInfoJoin", 1, token))["code"] == 30000
    assert (await sdk.data_of("luckyInfoJoinLogs", lid=1, uid=uid))["totalRow"] == 2
    assert (await sdk.data_of("luckyInfoJoinMy", 1, token))["prizeName"] == "谢谢参与"


async def test_the_number_bomb(sdk: Sdk, api: Api) -> None:
    token, uid = await sign_in(sdk)
    assert (await sdk.call("gameNumberBombBegin", token=token))["code"] == 10000
    for key, value in (("number_bomb_open", "1"), ("number_bomb_max_number", "4")):
        await rule(api, "settings", key=key, value=value)
    assert (await sdk.call("gameNumberBombBegin", token=token))["code"] == 20003
    await rule(api, "adjustments", user_id=uid, points=10, remark="游戏")
    begun = await sdk.data_of("gameNumberBombBegin", token=token)
    for number in range(1, 5):
        said: dict[str, Any] = await sdk.call("gameNumberBombGuess", token=token, id=begun["bombLog"]["id"], number=number)
        if said["code"] == 0:
            break
        assert said["code"] == 40001
    [played] = (await sdk.data_of("gameNumberBombLogs", token=token, page=1))["result"]
    assert (played["status"], played["winScore"]) == (2, 50)
    assert (await sdk.data_of("userAmount", token))["score"] == 50


async def test_where_an_order_is(sdk: Sdk, api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=0)
    token, _ = await sign_in(sdk)
    order = await sdk.data_of("orderCreate", token=token, goodsJsonStr=rows({"goodsId": 1}))
    named = {"token": token, "orderId": order["id"]}
    assert (await sdk.call("keloopOrderLogs", **named))["code"] == (await sdk.call("keloopCourierTag", **named))["code"] == 700
    operator = await hire(api)
    await rule(api, "courier-deliveries", order_id=order["id"], courier="王", mobile="13800138000")
    await act(api, operator, "courier-deliveries", 1, "step", event="已取件")
    await act(api, operator, "courier-deliveries", 1, "locate", latitude=30.25, longitude=120.15)
    assert [one["typeStr"] for one in await sdk.data_of("keloopOrderLogs", **named)] == ["已取件"]
    assert await sdk.data_of("keloopCourierTag", **named) == {"lat": 30.25, "lng": 120.15, "name": "王", "mobile": "13800138000"}


async def test_payments_by_alipay_and_in_wechat_s_channels(sdk: Sdk, api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    token, _ = await sign_in(sdk)
    asked = await sdk.data_of("alipayQrcode", token=token, money=12.3)
    assert json.loads(asked["qrcode"])["alipay_trade_precreate_response"]["qr_code"].startswith("https://qr.alipay.com/")
    await pay(api, asked["outTradeId"])
    assert (await sdk.data_of("userAmount", token))["balance"] == 12.3
    assert (await sdk.call("alipay", token=token, money=5))["code"] == 10000
    await rule(api, "settings", key="APILAY_USER_ID", value="2088000000000000")
    assert "%22a%22%3A%225.00%22" in await sdk.data_of("alipay", token=token, money=5)
    order = await sdk.data_of("orderCreate", token=token, goodsJsonStr=rows({"goodsId": 1}))
    asked = await sdk.data_of("wxSphGetpaymentparams", token, order["id"])
    await pay(api, asked["outTradeId"])
    assert (await sdk.data_of("orderDetail", token, order["id"]))["orderInfo"]["status"] == 1


async def test_a_booking_is_paid(sdk: Sdk, api: Api) -> None:
    token, uid = await sign_in(sdk)
    await rule(api, "activities", title="体检", fee=2000, places=2)
    booked = await sdk.data_of("yuyueJoin", token=token, yuyueId=1, extJsonStr="{}")
    assert (await sdk.call("yuyueJoinPay", token, booked["id"]))["code"] == 20002
    await give(api, uid, 2000)
    await sdk.data_of("yuyueJoinPay", token, booked["id"])
    assert (await sdk.data_of("userAmount", token))["balance"] == 0
    token = (await sdk.data_of("authorize", code="bob"))["token"]
    other = await sdk.data_of("yuyueJoin", token=token, yuyueId=1, extJsonStr="{}")
    purpose = json.dumps({"type": 1, "id": other["id"]})
    await pay(api, (await sdk.data_of("wxpay", token=token, money=20, nextAction=purpose))["outTradeId"])
    assert (await sdk.call("yuyueJoinPay", token, other["id"]))["code"] != 0
    assert (await sdk.data_of("userAmount", token))["balance"] == 0
