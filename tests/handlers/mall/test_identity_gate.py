"""实名认证 with the gateway: the whole server beside its stand-in."""
from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tornado.ioloop import IOLoop

from server.config import Config
from server.domain.accounts.users import Role
from tests.api import Api, serving
from tests.builders import make_user
from tests.clock import HandClock
from tests.mall import data_of, sign_in
from tests.outside.identity_gate import SECRET, IdentityGateStandIn, Weather

NUMBER = "11010519491231002X"


@pytest.fixture
def gate(io_loop: IOLoop) -> Iterator[IdentityGateStandIn]:
    server = IdentityGateStandIn()

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def api(io_loop: IOLoop, config: Config, gate: IdentityGateStandIn, clock: HandClock) -> Iterator[Api]:
    with serving(io_loop, replace(config, mall_identity_url=gate.url, mall_identity_secret=SECRET), clock) as api:
        yield api


async def test_the_gateway_says_whose_a_number_is(
    api: Api, gate: IdentityGateStandIn, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await sign_in(api)
    gate.people[NUMBER] = "张三"

    async def check(name: str) -> int:
        return (await alice.post("/user/idcard", name=name, idCardNo=NUMBER))["code"]

    assert await check("李四") == 30001
    with caplog.at_level(logging.WARNING):
        for weather in (Weather.BROKEN, Weather.ODD):
            gate.change_weather(weather)
            assert await check("张三") == 800
    assert not any(secret in caplog.text for secret in (NUMBER, "张三", SECRET))
    gate.change_weather(Weather.FAIR)
    assert [await check("李四") for _ in range(3)] == [30001, 30001, 900]
    assert (await check("张三"), gate.asked) == (900, 5)
    clock.advance(days=1)
    assert (await check("张三"), await check("张三"), gate.asked) == (0, 0, 6)
    assert data_of(await alice.get("/user/detail"))["idcard"]["name"] == "张三"
    boss = await make_user(api.application, "boss", roles=[Role.ADMIN])
    await api.application.services.accounts.erasure.delete_user(boss, f"id:{alice.uid}")
    assert await api.application.services.mall.wallet.identities.find_identity(alice.uid) is None
