"""Tests of server/throwaway/captchas.py, on a real Redis."""
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from realtime.broker import Broker
from server.domain.accounts.captchas import Captcha
from server.domain.errors import Unavailable
from server.domain.events import Event, FloorStale
from server.throwaway.captchas import RedisCaptchas
from tests.clock import NOON

WAITING = Captcha(key="a key", code="ACDEF", identity="username:x", expires_at=NOON)
SECONDS = timedelta(seconds=30)


@pytest.fixture
def redis(io_loop, redis_url) -> Iterator[Redis]:
    opened = Redis.from_url(redis_url)
    yield opened
    io_loop.run_sync(opened.aclose)


async def test_a_captcha_is_given_to_one_caller_as_it_was_kept(redis):
    captchas = RedisCaptchas(redis, "one")
    await captchas.keep(WAITING, SECONDS)
    answers = await asyncio.gather(*(captchas.take(WAITING.key) for _ in range(10)))
    assert [answer for answer in answers if answer is not None] == [WAITING]


async def test_servers_that_share_a_redis_do_not_meet(redis):
    await RedisCaptchas(redis, "here").keep(WAITING, SECONDS)
    assert await RedisCaptchas(redis, "there").take(WAITING.key) is None
    assert await RedisCaptchas(redis, "here").take(WAITING.key) == WAITING


async def test_a_captcha_goes_after_its_lifetime(redis):
    captchas = RedisCaptchas(redis, "short")
    await captchas.keep(replace(WAITING, key="short"), timedelta(milliseconds=1))
    async with asyncio.timeout(10):
        while await redis.keys("short:captcha:*"):
            continue
    assert await captchas.take("short") is None


async def test_without_redis_captchas_are_unavailable():
    away = Redis(port=1, retry_on_error=[])
    captchas = RedisCaptchas(away, "away")
    for ask in (captchas.keep(WAITING, SECONDS), captchas.take(WAITING.key)):
        with pytest.raises(Unavailable) as refused:
            await ask
        assert refused.value.what == "captchas"
    await away.aclose()


async def test_a_full_redis_makes_captchas_unavailable_and_still_carries_news(redis):
    captchas = RedisCaptchas(redis, "full")
    await captchas.keep(WAITING, SECONDS)
    limit = (await redis.config_get("maxmemory"))["maxmemory"]
    policy = (await redis.config_get("maxmemory-policy"))["maxmemory-policy"]
    await redis.config_set("maxmemory-policy", "noeviction")  # as of a Redis that is not ours
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(Unavailable):
            await captchas.keep(replace(WAITING, key="another"), SECONDS)
        assert await captchas.take(WAITING.key) == WAITING
        here, there = Broker(redis, "full", "here"), Broker(redis, "full", "there")
        heard = asyncio.Queue[Event]()
        connected = asyncio.Event()
        there.start(heard.put_nowait, connected.set)
        here.start(lambda event: None, lambda: None)
        async with asyncio.timeout(10):
            await connected.wait()
            here.send("group:7", FloorStale(is_stale=True))
            assert await heard.get() == FloorStale(is_stale=True)
        await asyncio.gather(here.stop(), there.stop())
    finally:
        await redis.config_set("maxmemory", limit)
        await redis.config_set("maxmemory-policy", policy)
