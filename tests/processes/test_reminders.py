"""A reminder is sent at most once, whatever dies while WeChat has it."""
from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.outside.wechat import APP_ID, SECRET, Weather, WechatStandIn
from tests.processes.server import ServerProcess

pytestmark = [pytest.mark.processes, pytest.mark.gen_test(timeout=120)]


async def test_a_process_killed_between_sending_and_noting_does_not_send_again(tmp_path: Path) -> None:
    wechat = WechatStandIn()
    wechat.start()
    settings = {
        "WECHAT_APPID": APP_ID,
        "WECHAT_SECRET": SECRET,
        "WECHAT_API_BASE": wechat.url,
        "WECHAT_MESSAGE_OUTBID": "T-outbid thing1=lot amount2=price",
    }
    server = ServerProcess(tmp_path / "data", settings=settings)
    server.launch()
    try:
        await server.wait_until_ready()
        await server.open_group(lots=2, low_price=20000, top_price=10**9)
        alice, bob = [await sign_in(server, wechat, name) for name in ("alice", "bob")]
        wechat.grants["o-alice", "T-outbid"] = 5
        status, answer = await server.post("/api/reminders/grants", {"accepted": ["T-outbid"] * 5}, token=alice)
        assert status == 200, answer
        wechat.change_weather(Weather.LATE)
        await outbid(server, 145, alice, bob)
        await until_sent(wechat, 1)
        # The message is with WeChat, which has not answered yet; everything dies.
        for worker in server.children("worker"):
            worker.kill()
        server.stop(signal.SIGKILL)
        wechat.change_weather(Weather.FAIR)
        server.launch()
        await server.wait_until_ready()
        await outbid(server, 146, alice, bob)
        await until_sent(wechat, 2)
        assert [one["data"]["thing1"]["value"] for one in wechat.messages] == ["U9T0069000", "U9T0069001"]
        async with server.stores() as stores:
            states = {one.goods_id: one.state.value for one in await stores.reminders.reminders.list_all()}
        # Sent or not: nobody knows, and operators are told that.
        assert states[145] in ("sending", "unknown")
    finally:
        server.stop()
        await wechat.stop()


async def sign_in(server: ServerProcess, wechat: WechatStandIn, name: str) -> str:
    handed = wechat.hand_over(wechat.register(f"o-{name}", name))
    body = {"code": handed.code, "iv": handed.iv, "encryptedData": handed.encrypted_data}
    status, answer = await server.post("/api/auth/login", body)
    assert status == 200, answer
    return answer["data"]["access_token"]


async def outbid(server: ServerProcess, goods_id: int, first: str, second: str) -> None:
    for token, price in ((first, 20000), (second, 30000)):
        status, answer = await server.post("/api/group", {"goods_id": goods_id, "group_id": 7, "price": price}, token=token)
        assert status == 200, answer


async def until_sent(wechat: WechatStandIn, count: int) -> None:
    async with asyncio.timeout(60):
        while len(wechat.messages) < count:
            await asyncio.sleep(0.05)
