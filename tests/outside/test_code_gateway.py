"""Tests of server/outside/code_gateway.py, against the stand-in's real HTTP server."""
from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tornado.ioloop import IOLoop

from server.domain.errors import Unavailable
from server.domain.mall.verification import Channel
from server.outside.code_gateway import CodeGateway
from tests.outside.code_gateway import SECRET, CodeGatewayStandIn, Sending, Weather, standing_in

NUMBER, CODE, LIFE = "13800138000", "042042", timedelta(minutes=10)


@pytest.fixture
def server(io_loop: IOLoop) -> Iterator[CodeGatewayStandIn]:
    with standing_in(io_loop) as running:
        yield running


async def send(server: CodeGatewayStandIn, *, secret: str = SECRET, seconds: float = 20) -> None:
    gateway = CodeGateway(server.url, secret, time_limit_seconds=seconds)
    try:
        await gateway.send(Channel.SMS, NUMBER, CODE, LIFE)
    finally:
        gateway.close()


async def test_what_is_sent_is_told_whole(server: CodeGatewayStandIn) -> None:
    await send(server)
    assert server.sent == [Sending("sms", NUMBER, CODE, 10)]


@pytest.mark.parametrize("weather", [Weather.REFUSING, Weather.BROKEN])
async def test_what_it_does_not_take_was_not_sent(
    server: CodeGatewayStandIn, weather: Weather, caplog: pytest.LogCaptureFixture
) -> None:
    server.change_weather(weather)
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable):
        await send(server)
    assert "the gateway sends no sms code" in caplog.text
    assert not any(secret in caplog.text for secret in (NUMBER, CODE, SECRET))


async def test_it_is_waited_for_so_long_and_no_longer(server: CodeGatewayStandIn) -> None:
    server.change_weather(Weather.SLOW)
    with pytest.raises(Unavailable):
        await send(server, seconds=0.2)


async def test_nobody_is_there(server: CodeGatewayStandIn) -> None:
    await server.stop()
    with pytest.raises(Unavailable):
        await send(server)
    server.start()
    await send(server)
    assert len(server.sent) == 1


async def test_it_knows_who_asks(server: CodeGatewayStandIn) -> None:
    with pytest.raises(Unavailable):
        await send(server, secret="another")
    assert (server.asked, server.sent) == (1, [])
