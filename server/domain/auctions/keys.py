"""Idempotency keys: each belongs to the first request that brought it."""
from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.batches import Batches

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
        self._batches: Batches[KeyClaim, KeyClaim | None] = Batches(keys.claim_keys, most=MAX_CLAIMS)

    def claim(self, claim: KeyClaim) -> asyncio.Future[KeyClaim | None]:
        """Resolves to the earlier claim of that key, or None if this is the first."""
        return self._batches.add(claim)
