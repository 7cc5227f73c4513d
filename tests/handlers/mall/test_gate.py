"""The gate over HTTP: merchants' keys, and the map, parcels and text messages beside their stand-ins."""
from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config, GateSettings
from server.domain.accounts.users import Role, User
from server.domain.mall.orders import tracking
from tests.api import Api
from tests.builders import make_user
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, act, pay, place
from tests.handlers.mall.test_window import put, put_goods
from tests.mall import Shopper, data_of, sign_in
from tests.operators import sign_in_with_second_factor
from tests.outside.questioned import (
    BUSINESS_ID,
    BUSINESS_KEY,
    MAP_KEY,
    SECRET,
    KdniaoStandIn,
    MapStandIn,
    TextGatewayStandIn,
    Weather,
    standing_in,
)


@pytest.fixture
def places(io_loop: IOLoop) -> Iterator[tuple[MapStandIn, KdniaoStandIn, TextGatewayStandIn]]:
    made = MapStandIn(), KdniaoStandIn(), TextGatewayStandIn()
    with standing_in(io_loop, *made):
        yield made


@pytest.fixture
def application(
    io_loop: IOLoop, config: Config, clock: HandClock, places: tuple[MapStandIn, KdniaoStandIn, TextGatewayStandIn]
) -> Iterator[Application]:
    """The whole server, which asks the stand-ins."""
    maps, parcels, texts = places
    gate = GateSettings(MAP_KEY, maps.url, BUSINESS_ID, BUSINESS_KEY, parcels.url, texts.url, SECRET)
    built = Application(replace(config, gate=gate), clock)
    io_loop.run_sync(built.start)
    yield built
    io_loop.run_sync(built.drain)
    io_loop.run_sync(built.stop)


class Merchant:
    """Who asks at the gate."""

    def __init__(self, api: Api, number: str, key: str):
        self._guest = Shopper(api)
        self.number = number
        self.key = key

    async def ask(self, path: str, **parameters: Any) -> dict[str, Any]:
        form = {"merchantNo": self.number, "merchantKey": self.key, **parameters}
        return await self._guest.ask("POST", f"/gate{path}", form=form)


async def hire_admin(api: Api) -> User:
    admin = await make_user(api.application, "op", roles=[Role.ADMIN])
    await sign_in_with_second_factor(api, admin)
    return admin


async def open_gate(api: Api, admin: User, **about: Any) -> tuple[Any, Merchant]:
    made = await put(api, admin, "gate-merchants", **{"name": "商户", **about})
    assert (await Merchant(api, made["number"], "any").ask("/express/query", number="1"))["code"] == 1000
    keyed = await api.post(f"{OPS}/gate-merchants/{made['id']}/renew-key", as_user=admin, json={"reason": "开通"})
    return made, Merchant(api, made["number"], keyed.data["key"])


async def test_a_merchant_is_known_by_a_key_that_is_told_once(
    api: Api, places: tuple[MapStandIn, KdniaoStandIn, TextGatewayStandIn]
) -> None:
    _, parcels, _ = places
    admin = await hire_admin(api)
    made, merchant = await open_gate(api, admin, most_a_day=3)
    parcel = data_of(await merchant.ask("/express/query", number=parcels.PARCEL, com="SF"))
    assert parcel == {"com": "SF", "number": parcels.PARCEL, "state": 2, "traces": parcels.TRACES}
    for number, key in ((merchant.number, "x"), ("1", merchant.key), (merchant.number, "")):
        assert (await Merchant(api, number, key).ask("/express/query", number="1"))["code"] in (1000, 300)
    # Neither the page nor the log nor the database tells it again.
    one = await api.get(f"{OPS}/gate-merchants/{made['id']}", as_user=admin)
    log = await api.get("/api/ops/log", as_user=admin, query={"noun": "mall.gate-merchants"})
    kept = await api.application.mongo.database.mall_gate_merchants.find_one({"_id": made["id"]})
    assert one.data["key"] == "" and merchant.key not in one.body.decode() + log.body.decode() + str(kept)
    # By numbers alone the day is spent; the next one is another.
    assert [(await merchant.ask("/express/query", number=parcels.PARCEL))["code"] for _ in range(3)] == [0, 0, 900]
    renewed = await api.post(f"{OPS}/gate-merchants/{made['id']}/renew-key", as_user=admin, json={"reason": "外泄"})
    assert (await merchant.ask("/express/query", number=parcels.PARCEL))["code"] == 1000
    fresh = Merchant(api, merchant.number, renewed.data["key"])
    assert (await fresh.ask("/express/query", number=parcels.PARCEL))["code"] == 900
    await api.ask("PATCH", f"{OPS}/gate-merchants/{made['id']}", as_user=admin, json={"is_open": False, "most_a_day": 10})
    assert (await fresh.ask("/express/query", number=parcels.PARCEL))["code"] == 1000


async def test_parcels_are_asked_for_and_bad_days_are_told(
    api: Api, places: tuple[MapStandIn, KdniaoStandIn, TextGatewayStandIn], caplog: pytest.LogCaptureFixture
) -> None:
    maps, parcels, _ = places
    _, merchant = await open_gate(api, await hire_admin(api))
    assert data_of(await merchant.ask("/express/query", number=parcels.PARCEL))["com"] == "SF"  # recognised
    assert (await merchant.ask("/express/query", number="NOBODY"))["code"] == 20000
    assert (await merchant.ask("/express/query", number="NOBODY", com="SF"))["code"] == 20000
    assert (await merchant.ask("/express/query", number="a b"))["code"] == 601
    guest, about = Shopper(api), {"location": "30.274085,120.15507"}
    assert data_of(await guest.ask("GET", "/common/map/qq/address", query=about))["result"]["address"] == maps.ADDRESS
    form = {"keyword": "咖啡", "boundary": "nearby(30.27,120.15,1000)", "pageSize": 20}
    assert data_of(await guest.ask("POST", "/common/map/qq/search", form=form))["data"][0]["title"] == "咖啡"
    for wrong in ({"location": "200,1"}, {"location": "x"}):
        assert (await guest.ask("GET", "/common/map/qq/address", query=wrong))["code"] == 601
    assert (await guest.ask("POST", "/common/map/qq/search", form={**form, "pageSize": 21}))["code"] == 601
    with caplog.at_level(logging.WARNING):
        for weather, code in ((Weather.BROKEN, 800), (Weather.GARBLED, 800), (Weather.SPENT, 900)):
            maps.change_weather(weather)
            parcels.change_weather(weather)
            assert (await guest.ask("GET", "/common/map/qq/address", query=about))["code"] == code
            assert (await merchant.ask("/express/query", number=parcels.PARCEL))["code"] == code
    assert not any(secret in caplog.text for secret in (MAP_KEY, BUSINESS_KEY, parcels.PARCEL, merchant.key))


async def test_an_order_tells_where_its_parcel_is(
    api: Api, clock: HandClock, places: tuple[MapStandIn, KdniaoStandIn, TextGatewayStandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, parcels, alice = await hire_admin(api), places[1], await sign_in(api)
    made = await put_goods(api, admin, price=100)
    await alice.give(balance=200)
    written = {"carrier": "顺丰速运", "carrier_code": "SF", "traces": [{"at": "2036-06-01 09:00:00", "text": "已出库"}]}
    orders = []
    for number in (parcels.PARCEL, "NOBODY"):
        order = await place(alice, {"goodsId": made["id"]})
        await pay(alice, order)
        assert (await act(api, admin, "orders", order["id"], "ship", tracking=number, **written)).status == 200
        orders.append(order)

    async def ways(order: dict[str, Any]) -> tuple[list[str], list[str]]:
        """As the order's page shows it, and as the page of its parcels does."""
        shown = data_of(await alice.get("/order/detail", id=order["id"]))
        [parcel] = shown["orderLogisticsShippers"]
        page, parcels_page = shown["logisticsTraces"], json.loads(parcel["traces"])
        return [trace["AcceptStation"] for trace in page], [trace["AcceptStation"] for trace in parcels_page]

    told = (["已揽收", "运输中"],) * 2
    assert told in await asyncio.gather(*(ways(orders[0]) for _ in range(5)))
    assert await ways(orders[0]) == told and parcels.asked == 1
    # What nobody knows is as the staff wrote it; what was told once stays while nobody answers.
    assert await ways(orders[1]) == (["已出库"],) * 2 and parcels.asked == 2
    for weather in (Weather.SPENT, Weather.BROKEN, Weather.SLOW):
        parcels.change_weather(weather)
        monkeypatch.setattr(tracking, "PATIENCE_SECONDS", 0.05 if weather is Weather.SLOW else 30)
        clock.advance(minutes=31)
        assert await ways(orders[0]) == told and await ways(orders[0]) == told
    assert parcels.asked == 5


async def test_text_messages_go_out_by_templates(api: Api, places: tuple[MapStandIn, KdniaoStandIn, TextGatewayStandIn]) -> None:
    texts, admin = places[2], await hire_admin(api)
    _, merchant = await open_gate(api, admin)
    plain = await put(api, admin, "sms-templates", name="发货", code=texts.TEMPLATE)
    guarded = await put(api, admin, "sms-templates", name="通知", code=texts.TEMPLATE, needs_picture=True)
    unknown = await put(api, admin, "sms-templates", name="旧的", code="SMS_0")

    async def send(**about: Any) -> int:
        return (await merchant.ask("/message/sms/send", **{"mobile": "13800138000", "smsId": plain["id"], **about}))["code"]

    assert await send(postJsonString='{"name": "张三", "n": 3}') == 0
    assert texts.sent == [{"template": texts.TEMPLATE, "target": "13800138000", "values": {"name": "张三", "n": "3"}}]
    assert await send(smsId=99) == 10000
    assert await send(postJsonString="[1]") == await send(postJsonString="{") == 505
    assert await send(smsId=unknown["id"]) == 504
    assert await send(mobile="12") == 601
    assert await send(smsId=guarded["id"]) == 500
    assert await send(smsId=guarded["id"], key="k") == 501
    assert await send(smsId=guarded["id"], key="k", picCode="0000") == 502
    await Shopper(api)._api.ask("GET", "/mall/verification/pic/get", query={"key": "k"})
    [code] = json.loads((await api.get(f"{OPS}/codes?target=k", as_user=admin)).body)["data"]
    assert await send(smsId=guarded["id"], key="k", picCode=code["code"]) == 0
    assert len(texts.sent) == 2
    texts.change_weather(Weather.SPENT)
    assert await send() == 20000
    texts.change_weather(Weather.BROKEN)
    assert await send() == 20001
    await texts.stop()
    assert await send() == 20001
    texts.start()
    assert await send() == 0 and len(texts.sent) == 3


async def test_an_identity_number_is_looked_at_before_anybody_is_asked(api: Api) -> None:
    _, merchant = await open_gate(api, await hire_admin(api))
    assert await merchant.ask("/idcard/check", name="张三", idCardNo="11010519491231002X") == {"code": 0, "msg": "success"}
    assert (await merchant.ask("/idcard/check", name="张三", idCardNo="110105194912310021"))["code"] == 30000
    assert (await merchant.ask("/idcard/check", name="张", idCardNo="11010519491231002X"))["code"] == 601
    assert (await Merchant(api, merchant.number, "x").ask("/idcard/check", name="张三", idCardNo="11010519491231002X"))["code"] == 1000
