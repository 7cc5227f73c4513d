"""Signatures and messages over HTTP, beside the stand-in of WeChat's server."""
from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from server.domain.mall.messaging.js_sdk import sign
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, act, hire, place
from tests.handlers.mall.test_window import put_goods
from tests.mall import Shopper, data_of, sign_in
from tests.outside.wechat import APP_ID, SECRET, Weather
from tests.outside.wechat_service import TEMPLATE, MessagingStandIn

WORDS = {"module": "immediately", "type": 0, "template_id": TEMPLATE, "postJsonString": '{"thing1": {"value": "到货"}, "number2": 3}'}


def test_a_page_is_signed_by_wechats_own_example() -> None:
    signed = sign(
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
        "Wm3WZYTPz0wzccnW",
        1414587457,
        "http://mp.weixin.qq.com?params=value#part",
    )
    assert signed == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


@pytest.fixture
def wechat(io_loop: IOLoop) -> Iterator[MessagingStandIn]:
    server = MessagingStandIn(APP_ID, SECRET)

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def servers(io_loop: IOLoop, config: Config, clock: HandClock, wechat: MessagingStandIn) -> Iterator[list[Application]]:
    """Two on one database, the first one started; one account is the mini-program's and the pages'."""
    known = replace(config, wechat_appid=APP_ID, wechat_secret=SECRET, wechat_api_base=wechat.url)
    both = replace(known, wechat_service_appid=APP_ID, wechat_service_secret=SECRET)
    built = [Application(both, clock) for _ in range(2)]
    io_loop.run_sync(built[0].start)
    yield built
    io_loop.run_sync(built[0].drain)
    for one in built:
        io_loop.run_sync(one.stop)


@pytest.fixture
def with_wechat(io_loop: IOLoop, servers: list[Application]) -> Iterator[Api]:
    asking = Api(servers[0])
    yield asking
    io_loop.run_sync(asking.close)


async def enter(api: Api, wechat: MessagingStandIn, name: str) -> Shopper:
    return await sign_in(api, wechat.new_code(wechat.register(f"o-{name}")))


async def test_all_processes_sign_with_one_ticket(
    with_wechat: Api, servers: list[Application], wechat: MessagingStandIn, clock: HandClock
) -> None:
    guest = Shopper(with_wechat)
    signed = data_of(await guest.post("/wx/jssdk/sign", url="https://shop.example/a?b=1#c"))
    text = f"jsapi_ticket={wechat.tickets[0]}&noncestr={signed['noncestr']}&timestamp={signed['timestamp']}&url=https://shop.example/a?b=1"
    assert (signed["appid"], signed["sign"]) == (APP_ID, hashlib.sha1(text.encode()).hexdigest())
    sdks = [server.services.mall.messaging.js_sdk for server in servers]
    await asyncio.gather(*(sdks[at % 2].sign("https://shop.example") for at in range(20)))
    assert len(wechat.tickets) == 1 and wechat.access_asked == 1
    clock.advance(minutes=117)
    await asyncio.gather(*(sdks[at % 2].sign("https://shop.example") for at in range(20)))
    assert len(wechat.tickets) == 2
    # A token that ended before its time is replaced.
    wechat.end_access()
    clock.advance(minutes=117)
    await sdks[1].sign("https://shop.example")
    assert len(wechat.tickets) == 3
    wechat.change_weather(Weather.BROKEN)
    clock.advance(minutes=130)
    assert (await guest.post("/wx/jssdk/sign", url="https://shop.example"))["code"] == 800
    assert (await guest.post("/wx/jssdk/sign"))["code"] == 300


async def states(api: Api, operator: Any) -> list[int]:
    found = await api.get(f"{OPS}/wechat-messages", as_user=operator, query={"sort": "id"})
    return [one["state"] for one in found.data["list"]]


async def test_a_message_goes_to_the_caller_once_and_what_wechat_says_is_told(with_wechat: Api, wechat: MessagingStandIn) -> None:
    api, operator, alice = with_wechat, await hire(with_wechat), await enter(with_wechat, wechat, "alice")
    assert await alice.post("/template-msg/put", **WORDS, url="pages/index") == {"code": 0, "msg": "success"}
    data = {"thing1": {"value": "到货"}, "number2": {"value": "3"}}
    assert wechat.sent == [("subscribe", {"touser": "o-alice", "template_id": TEMPLATE, "data": data, "page": "pages/index"})]
    wechat.end_access()
    assert (await alice.post("/template-msg/put", **WORDS))["code"] == 0 and len(wechat.sent) == 2
    wechat.refusing.add("o-alice")
    refused = await alice.post("/template-msg/put", **WORDS)
    assert refused["code"] == 20000 and "43101" in refused["msg"]
    assert (await alice.post("/template-msg/put", **{**WORDS, "template_id": "other"}))["code"] == 20000
    assert (await alice.post("/template-msg/put", **{**WORDS, "type": 1}))["code"] == 20001  # unknown to the service account
    for wrong in ({"type": 2}, {"postJsonString": "[]"}, {"postJsonString": '{"a": [1]}'}, {"module": "nothing"}, {"template_id": "a b"}):
        assert (await alice.post("/template-msg/put", **{**WORDS, **wrong}))["code"] == 601
    wechat.refusing.clear()
    wechat.change_weather(Weather.BUSY)  # it was not taken, and who is told so asks again
    assert (await alice.post("/template-msg/put", **WORDS))["code"] == 800
    wechat.change_weather(Weather.BROKEN)  # nobody knows: it is not sent twice
    assert (await alice.post("/template-msg/put", **WORDS))["code"] == 800
    assert await states(api, operator) == [2, 2, 3, 3, 3, 5]
    wechat.change_weather(Weather.FAIR)
    messages = api.application.services.mall.messaging.messages
    await asyncio.gather(*(messages.send_due() for _ in range(3)))
    assert await states(api, operator) == [2, 2, 3, 3, 3, 5] and len(wechat.sent) == 2
    assert await alice.post("/template-msg/wxa/formId", type="form", formId="x") == {"code": 0, "msg": "success"}
    assert (await alice.post("/template-msg/wxa/formId", type="x", formId="x"))["code"] == 601
    assert (await Shopper(api).post("/template-msg/put", **WORDS))["code"] == 2000


async def test_messages_wait_for_what_is_the_members_own(
    with_wechat: Api, servers: list[Application], wechat: MessagingStandIn, clock: HandClock
) -> None:
    api, operator = with_wechat, await hire(with_wechat)
    alice, bob = await enter(api, wechat, "alice"), await enter(api, wechat, "bob")
    made = await put_goods(api, operator)
    order = await place(alice, {"goodsId": made["id"]})
    comment = data_of(await alice.post("/comment/add", content="你好"))["id"]
    about = {**WORDS, "module": "order", "business_id": order["id"], "trigger": 1}
    assert (await bob.post("/template-msg/put", **about))["code"] == 700
    assert (await alice.post("/template-msg/put", **{**about, "business_id": ""}))["code"] == 300
    data_of(await alice.post("/template-msg/put", **about) | {"data": None})
    data_of(await alice.post("/template-msg/put", **{**about, "trigger": 4}) | {"data": None})
    data_of(await alice.post("/template-msg/put", **{**about, "module": "comment", "business_id": comment, "trigger": 2}) | {"data": None})
    apply = {**WORDS, "module": "saleDistributionApply", "business_id": alice.uid, "trigger": 2}
    assert (await alice.post("/template-msg/put", **apply))["code"] == 700
    await alice.post("/saleDistribution/apply", name="甲", mobile="13800138000")
    assert (await bob.post("/template-msg/put", **apply))["code"] == 700
    data_of(await alice.post("/template-msg/put", **apply) | {"data": None})
    services = [server.services.mall.messaging.messages for server in servers]
    await services[0].send_due()
    assert wechat.sent == []
    await alice.give(balance=5000)
    await alice.post("/order/pay", orderId=order["id"])
    await act(api, operator, "comments", comment, "answer", text="好")
    await act(api, operator, "sellers", alice.uid, "approve")
    await asyncio.gather(*(services[at % 2].send_due() for at in range(6)))
    assert len(wechat.sent) == 3 and await states(api, operator) == [2, 0, 2, 2]
    clock.advance(days=31)
    await services[1].send_due()
    assert await states(api, operator) == [2, 4, 2, 2]


async def test_without_accounts_the_sandbox_signs_and_sends_nothing(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    signed = data_of(await alice.post("/wx/jssdk/sign", url="https://shop.example"))
    assert signed["sign"] == sign("sandbox", signed["noncestr"], signed["timestamp"], "https://shop.example")
    assert await alice.post("/template-msg/put", **WORDS) == {"code": 0, "msg": "success"}
    [kept] = json.loads((await api.get(f"{OPS}/wechat-messages", as_user=operator)).body)["data"]["list"]
    assert (kept["state"], kept["user_id"], kept["values"]) == (2, alice.uid, {"thing1": "到货", "number2": "3"})
