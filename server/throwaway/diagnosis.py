"""Tries a Redis before a server goes live on it. Leaves nothing there."""
from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.domain.diagnosis import Finding, doubtful, fine, wrong

OLDEST_VERSION = (6, 2)  # GETDEL, by which a captcha is taken once
ANSWER_SECONDS = 2
KEPT_MS = 10_000  # should it be ended meanwhile

ANSWERS, VERSION, POLICY, KEYS, NEWS = "Redis answers", "Redis version", "Redis memory", "Redis keeps a key", "news through Redis"


async def examine_redis(url: str, prefix: str) -> AsyncGenerator[Finding, None]:
    """One finding after the other; after one that says that nothing answers there are no more."""
    try:
        redis = Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
    except ValueError as error:
        yield wrong(ANSWERS, str(error), "correct REDIS_URL")
        return
    async with redis:
        try:
            started = time.perf_counter()
            about = await redis.info()
            seconds = time.perf_counter() - started
        except (RedisError, OSError, TimeoutError) as error:
            advice = "see that it runs, that this machine reaches it, and that REDIS_URL has its address and password"
            yield wrong(ANSWERS, _said(error), advice)
            return
        pool = redis.connection_pool.connection_kwargs
        where = pool["path"] if "path" in pool else f"{pool['host']}:{pool['port']}"
        yield fine(ANSWERS, f"{where}, in {seconds * 1000:.1f} ms")
        yield judge_version(about["redis_version"])
        yield judge_memory(about)
        yield await _try_key(redis, f"{prefix}.doctor.{secrets.token_hex(6)}")
        # Not a channel of the server's own: those who run would wonder.
        yield await _try_news(redis, f"{prefix}.doctor.{secrets.token_hex(6)}")


def judge_version(version: str) -> Finding:
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
        return wrong(VERSION, version, f"upgrade it to {'.'.join(map(str, OLDEST_VERSION))} or later")
    return fine(VERSION, version)


def judge_memory(about: dict[str, Any]) -> Finding:
    """By its policy for when it is full: what has no lifetime belongs to others, and is not to go for captchas that have one."""
    policy, most = about["maxmemory_policy"], about["maxmemory"]
    found = f"maxmemory-policy {policy}, maxmemory {most if most else 'unlimited'}"
    if policy.startswith("allkeys"):
        return doubtful(POLICY, found, "set maxmemory-policy to volatile-ttl or noeviction: others' keys must not go for captchas")
    if not most:
        return doubtful(POLICY, found, "set maxmemory, 128mb is plenty: without a limit it may take the machine's whole memory")
    return fine(POLICY, found)


async def _try_key(redis: Redis, key: str) -> Finding:
    try:
        await redis.set(key, "kept", px=KEPT_MS)
        if await redis.getdel(key) == b"kept":
            return fine(KEYS, "written, taken, gone")
        return wrong(KEYS, "what was written was not there", "see that REDIS_URL names one primary, with memory left")
    except (RedisError, OSError, TimeoutError) as error:
        return wrong(KEYS, _said(error), "see that it is a primary, has memory left, and lets its user set, get and delete keys")


async def _try_news(redis: Redis, channel: str) -> Finding:
    advice = "see that its user may publish and subscribe: without it prices travel through MongoDB, up to a second later"
    try:
        async with asyncio.timeout(ANSWER_SECONDS), redis.pubsub() as listening:
            await listening.subscribe(channel)
            while (await listening.get_message(timeout=ANSWER_SECONDS) or {}).get("type") != "subscribe":
                continue
            started = time.perf_counter()
            await redis.publish(channel, "news")
            while (await listening.get_message(timeout=ANSWER_SECONDS) or {}).get("data") != b"news":
                continue
            return fine(NEWS, f"there and back in {(time.perf_counter() - started) * 1000:.1f} ms")
    except (RedisError, OSError, TimeoutError) as error:
        return wrong(NEWS, _said(error), advice)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
