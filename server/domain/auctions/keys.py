"""Idempotency keys: each belongs to the first request that brought it."""
from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Protocol

from msgspec import Struct

MAX_CLAIMS = 64  # a write: the first of many who wait do not wait for the last


class KeyClaim(Struct, frozen=True, kw_only=True):
    """Who used a key first, and for what. `after_seq`: the bid it made, if any, has a higher number."""

    user_id: int
    key: str
    goods_id: int
    fingerprint: str
    after_seq: int
    claimed_at: datetime


class KeyStore(Protocol):
    """Where keys are claimed."""

    async def claim_keys(self, claims: list[KeyClaim]) -> list[KeyClaim | None]:
        """For each, the earlier claim of the same user and key; None where this one is the first."""


class ClaimDesk:
    """Claims keys, those that arrive while one write is under way together by the next."""

    def __init__(self, keys: KeyStore):
        self._keys = keys
        self._waiting: list[tuple[KeyClaim, asyncio.Future[KeyClaim | None]]] = []
        self._worker: asyncio.Task[None] | None = None

    def claim(self, claim: KeyClaim) -> asyncio.Future[KeyClaim | None]:
        """Resolves to the earlier claim of that key, or None if this is the first."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[KeyClaim | None] = loop.create_future()
        self._waiting.append((claim, answer))
        if self._worker is None:
            self._worker = loop.create_task(self._work())
        return answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_CLAIMS], self._waiting[MAX_CLAIMS:]
                try:
                    earlier = await self._keys.claim_keys([claim for claim, _ in batch])
                except Exception as error:  # the error is the answer of every one who waits
                    for _, answer in batch:
                        if not answer.done():
                            answer.set_exception(error)
                else:
                    for (_, answer), found in zip(batch, earlier):
                        if not answer.done():
                            answer.set_result(found)
        finally:
            self._worker = None
