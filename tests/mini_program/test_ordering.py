"""From the cart to the parcel, by the SDK's functions."""
from __future__ import annotations

import json
from typing import Any

import pytest

from server.domain.accounts.users import Role
from server.domain.mall.wares import Option
from tests.api import Api
from tests.builders import make_user
from tests.mini_program.sdk import Sdk
from tests.shelf import Shelf, put_up

TO_ME = {
    "provinceId": "330000000000", "cityId": "330100000000", "districtId": "330106000000",
    "linkMan": "张三", "mobile": "13800138000", "address": "文三路 1 号",
}


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Goods of a test's own."""
    return put_up(monkeypatch)


async def sign_in(sdk: Sdk) -> str:
    return (await sdk.data_of("authorize", code="alice"))["token"]


def rows(*wanted: dict[str, Any]) -> str:
    return json.dumps([{"number": 1, "propertyChildIds": "", "logisticsType": 0, **row} for row in wanted])


async def pay(api: Api, number: str) -> None:
    """As a person says in the sandbox."""
    operator = await make_user(api.application, "op", roles=[Role.OPERATOR])
    [found] = (await api.get("/api/ops/mall/payments", as_user=operator, query={"number": number})).data["list"]
    await api.post(f"/api/ops/mall/payments/{found['id']}/pay", as_user=operator, json={})


async def ship(api: Api, order_id: int) -> None:
    operator = await make_user(api.application, "op", roles=[Role.OPERATOR])
    shipment = {"carrier": "顺丰速运", "tracking": "SF1", "traces": [{"at": "2036-06-01 12:00:00", "text": "已揽收"}]}
    assert (await api.post(f"/api/ops/mall/orders/{order_id}/ship", as_user=operator, json=shipment)).status == 200


async def test_a_cart_is_filled_and_emptied(sdk: Sdk, shelf: Shelf) -> None:
    pearls = (Option(group_id=1, id=2, group_name="加料", name="珍珠", price=250),)
    await shelf.put(1, spec_names=(("颜色", "红"),), options=pearls)
    token = await sign_in(sdk)
    assert (await sdk.call("shippingCarInfo", token))["code"] == 700
    chosen = [{"optionId": 3, "optionValueId": 4}], [{"pid": 1, "id": 2}]
    cart = await sdk.data_of("shippingCarInfoAddItem", token, 1, 2, *chosen)
    key = cart["items"][0]["key"]
    await sdk.data_of("shippingCarInfoModifyNumber", token, key, 3)
    await sdk.data_of("shippingCartSelected", token, key, False)
    cart = await sdk.data_of("shippingCarInfo", token)
    assert (cart["number"], cart["price"]) == (3, 0)
    assert (await sdk.call("shippingCarInfoRemoveItem", token, key))["code"] == 700


async def test_an_order_from_the_price_to_the_review(sdk: Sdk, api: Api, shelf: Shelf) -> None:
    await shelf.put(1, freight_id=1, after_sale="0,1,2")
    token = await sign_in(sdk)
    wanted = {"token": token, "goodsJsonStr": rows({"goodsId": 1, "number": 2}), "peisongType": "kd", **TO_ME}
    quote = await sdk.data_of("orderCreate", **wanted, calculate="true")
    order = await sdk.data_of("orderCreate", **wanted)
    assert order["amountReal"] == quote["amountReal"] == 47.8
    purpose = json.dumps({"type": 0, "id": order["id"]})
    asked = await sdk.data_of("wxpay", token=token, money=47.8, nextAction=purpose, payName="支付订单")
    await pay(api, asked["outTradeId"])
    assert (await sdk.data_of("payLogs", token=token))[0]["status"] == 1
    assert (await sdk.data_of("orderList", token=token, status=1, page=1))["orderList"][0]["id"] == order["id"]
    await ship(api, order["id"])
    detail = await sdk.data_of("orderDetail", token, order["id"])
    assert (detail["orderInfo"]["status"], detail["logistics"]["trackingNumber"]) == (2, "SF1")
    await sdk.data_of("orderDelivery", token, order["id"])
    said = [{"id": detail["goods"][0]["id"], "reputation": 2, "reputationNumber": 5, "remark": "很好用", "pics": []}]
    form = json.dumps({"token": token, "orderId": order["id"], "reputations": said})
    await sdk.data_of("orderReputation", postJsonString=form)
    assert (await sdk.data_of("orderStatistics", token))["count_id_success"] == 1
    assert len(shelf.reviews) == 1


async def test_orders_are_closed_hidden_and_paid_from_the_wallet(sdk: Sdk, api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=0)
    token = await sign_in(sdk)
    first, second = [await sdk.data_of("orderCreate", token=token, goodsJsonStr=rows({"goodsId": 1})) for _ in range(2)]
    await sdk.data_of("orderClose", token, first["id"])
    await sdk.data_of("orderDelete", token, first["id"])
    await sdk.data_of("orderPay", token, second["id"])
    assert (await sdk.data_of("orderStatistics", token))["count_id_no_transfer"] == 1


async def test_an_order_is_handed_over(sdk: Sdk, shelf: Shelf) -> None:
    await shelf.put(1, price=0)
    token = await sign_in(sdk)
    clerk = await sdk.data_of("authorize", code="clerk")
    shelf.settings["order_hx_uids"] = str(clerk["uid"])
    order = await sdk.data_of("orderCreate", token=token, goodsJsonStr=rows({"goodsId": 1}), peisongType="zq", isCanHx=True)
    await sdk.data_of("orderPay", token, order["id"])
    assert (await sdk.data_of("orderDetail", clerk["token"], "", order["hxNumber"]))["orderInfo"]["id"] == order["id"]
    await sdk.data_of("orderHXV2", token=clerk["token"], hxNumber=order["hxNumber"])
    assert (await sdk.call("orderHXV2", token=clerk["token"], hxNumber=order["hxNumber"]))["code"] == 30000
    assert (await sdk.call("orderHX", order["hxNumber"]))["code"] == 403


async def test_payments_of_every_channel(sdk: Sdk) -> None:
    token = await sign_in(sdk)
    for function in ("wxpay", "wxpayJsapi", "wxpayH5", "wxpayQrcode"):
        assert (await sdk.data_of(function, token=token, money=1.5))["outTradeId"]
    assert len(await sdk.data_of("payLogs", token=token)) == 4
