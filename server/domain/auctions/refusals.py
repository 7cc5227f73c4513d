"""Refused offers: kept for operators, a moment after they were answered."""
from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.domain.events import BidWasRefused, Publisher

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.3  # refusals that come together are written together
MOST_WAITING = 20_000  # while the database is away; beyond it the oldest are lost, which the log says


class RefusalStore(Protocol):
    """Where refusals are kept."""

    async def add_refusals(self, refusals: list[BidWasRefused], written_at: datetime) -> None:
        """Adds those not there yet."""

    async def list_refusals(self, written_after: datetime, limit: int) -> list[tuple[BidWasRefused, datetime]]:
        """In the order they were written, each with when."""

    async def list_of_users(self, user_ids: Sequence[int], limit: int) -> list[BidWasRefused]:
        """Of any of them, newest first."""

    async def list_of_lot(self, goods_id: int, limit: int) -> list[BidWasRefused]:
        """Likewise."""


class RefusalService:
    """Reading them."""

    def __init__(self, refusals: RefusalStore):
        self._refusals = refusals

    async def list_of_users(self, user_ids: Sequence[int], limit: int) -> list[BidWasRefused]:
        """Of any of them, newest first."""
        return await self._refusals.list_of_users(user_ids, limit)


class RefusalLog:
    """Numbers this process's refusals without gaps, tells operators of them at once, and stores them."""

    def __init__(self, refusals: RefusalStore, publisher: Publisher, clock: Clock):
        self._refusals = refusals
        self._publisher = publisher
        self._clock = clock
        self._numbers = itertools.count(1)
        self._waiting: list[BidWasRefused] = []
        self._draining = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def next_number(self) -> int:
        return next(self._numbers)

    def add(self, refusal: BidWasRefused) -> None:
        self._publisher.publish(refusal)
        self._waiting.append(refusal)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write())

    async def drain(self) -> None:
        """Writes what waits, if the database is there."""
        self._draining.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _write(self) -> None:
        while self._waiting:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._draining.wait()
            if not await self._write_waiting() and self._draining.is_set():
                break
        self._task = None

    async def _write_waiting(self) -> bool:
        """Whether the database took them."""
        batch, self._waiting = self._waiting, []
        try:
            await self._refusals.add_refusals(batch, self._clock.now())
            return True
        except Unavailable:
            kept = (batch + self._waiting)[-MOST_WAITING:]
            if len(kept) < len(batch) + len(self._waiting):
                log.warning("refusals were lost: the database is away for too long")
            self._waiting = kept
            return False
