"""Tests of server/throwaway/captchas.py, on a real Redis."""
from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from realtime.broker import Broker
from server.domain.accounts.captchas import Captcha
from server.domain.errors import Unavailable
from server.domain.events import Event, FloorStale
from server.process.embedded import EmbeddedServices
from server.throwaway.captchas import RedisCaptchas
from tests.clock import NOON

WAITING = Captcha(key="a key", code="ACDEF", identity="username:x", expires_at=NOON)
SECONDS = timedelta(seconds=30)


@pytest.fixture
def redis(io_loop, config) -> Iterator[Redis]:
    opened = Redis.from_url(config.redis_url)
    yield opened
    io_loop.run_sync(opened.aclose)


@pytest.fixture
def own_redis(io_loop, config, tmp_path) -> Iterator[Redis]:
    """Nobody else's, so that its settings can be changed."""
    services = EmbeddedServices(dataclasses.replace(config, redis_url=None, data_dir=tmp_path))
    joined = services.start_or_join()
    assert joined.redis_url is not None
    opened = Redis.from_url(joined.redis_url)
    yield opened
    io_loop.run_sync(opened.aclose)
    services.stop()


@pytest.fixture
def prefix(config) -> str:
    return config.mongodb_database


async def test_a_captcha_is_given_to_one_caller_as_it_was_kept(redis, prefix):
    captchas = RedisCaptchas(redis, prefix)
    await captchas.keep(WAITING, SECONDS)
    answers = await asyncio.gather(*(captchas.take(WAITING.key) for _ in range(10)))
    assert [answer for answer in answers if answer is not None] == [WAITING]


async def test_servers_that_share_a_redis_do_not_meet(redis, prefix):
    await RedisCaptchas(redis, f"{prefix}:here").keep(WAITING, SECONDS)
    assert await RedisCaptchas(redis, f"{prefix}:there").take(WAITING.key) is None
    assert await RedisCaptchas(redis, f"{prefix}:here").take(WAITING.key) == WAITING


async def test_a_captcha_goes_after_its_lifetime(redis, prefix):
    captchas = RedisCaptchas(redis, prefix)
    await captchas.keep(replace(WAITING, key="short"), timedelta(milliseconds=1))
    async with asyncio.timeout(10):
        while await redis.keys(f"{prefix}:captcha:*"):
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


@pytest.mark.embedded
async def test_a_full_redis_makes_captchas_unavailable_and_still_carries_news(own_redis):
    captchas = RedisCaptchas(own_redis, "full")
    await captchas.keep(WAITING, SECONDS)
    await own_redis.config_set("maxmemory-policy", "noeviction")  # as of a Redis that is not ours
    await own_redis.config_set("maxmemory", 1)
    with pytest.raises(Unavailable):
        await captchas.keep(replace(WAITING, key="another"), SECONDS)
    assert await captchas.take(WAITING.key) == WAITING
    here, there = Broker(own_redis, "full", "here"), Broker(own_redis, "full", "there")
    heard = asyncio.Queue[Event]()
    connected = asyncio.Event()
    there.start(heard.put_nowait, connected.set)
    here.start(lambda event: None, lambda: None)
    async with asyncio.timeout(10):
        await connected.wait()
        here.send("group:7", FloorStale(is_stale=True))
        assert await heard.get() == FloorStale(is_stale=True)
    await asyncio.gather(here.stop(), there.stop())
