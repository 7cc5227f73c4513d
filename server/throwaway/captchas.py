"""Captchas that wait for their answer."""
from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.domain.accounts.captchas import Captcha
from server.domain.errors import Unavailable

ANSWER_SECONDS = 2


class RedisCaptchas:
    """Implements CaptchaStore. When Redis is flushed, those who wait get a new picture."""

    def __init__(self, redis: Redis, prefix: str):
        self._redis = redis
        self._prefix = prefix
        self._decode = msgspec.json.Decoder(Captcha).decode

    async def keep(self, captcha: Captcha, lifetime: timedelta) -> None:
        async with _answering():
            await self._redis.set(self._name(captcha.key), msgspec.json.encode(captcha), px=lifetime)

    async def take(self, key: str) -> Captcha | None:
        async with _answering():
            # One command: of two answers at once only one meets the captcha.
            kept = await self._redis.getdel(self._name(key))
        return None if kept is None else self._decode(kept)

    def _name(self, key: str) -> str:
        # Keys come from outside, in any length.
        return f"{self._prefix}:captcha:{hashlib.sha256(key.encode()).hexdigest()}"


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except (RedisError, OSError, TimeoutError) as error:
        raise Unavailable("captchas") from error
