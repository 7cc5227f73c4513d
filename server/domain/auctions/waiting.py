"""Long polling: holds an answer until something a listener waits for changes."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from server.domain.auctions.floor import Floor
from server.domain.auctions.live import LiveService, Notice, Snapshot, notices_of
from server.domain.events import Event, LotChanged

Answer = TypeVar("Answer")


class MissedNotices(Struct, frozen=True):
    """Notices after a cursor, and the cursor to ask with next."""

    cursor: str
    recovered: bool
    notices: list[Notice]


class WaitingService:
    """The live service's answers, given when they hold something new or the time is over."""

    def __init__(self, live: LiveService, floor: Floor):
        self._live = live
        self._waiting: dict[str, set[asyncio.Event]] = {}
        floor.listen(self._wake)

    async def get_group(self, group_id: int, cursor: str | None, wait_seconds: float) -> Snapshot:
        """Raises NotFound."""

        async def ask() -> Snapshot:
            return await self._live.get_group(group_id, cursor)

        return await self._until(f"group:{group_id}", ask, lambda one: bool(one.state), cursor, wait_seconds)

    async def get_goods(self, goods_id: int, cursor: str | None, wait_seconds: float) -> Snapshot:
        """Raises NotFound."""

        async def ask() -> Snapshot:
            return await self._live.get_goods(goods_id, cursor)

        return await self._until(f"goods:{goods_id}", ask, lambda one: bool(one.state), cursor, wait_seconds)

    async def list_missed(self, user_id: int, cursor: str | None, wait_seconds: float) -> MissedNotices:
        async def ask() -> MissedNotices:
            missed = await self._live.list_missed(user_id, cursor)
            is_same = bool(cursor) and missed.recovered and not missed.notices
            return MissedNotices(cursor if is_same and cursor else missed.cursor.encode(), missed.recovered, missed.notices)

        return await self._until(f"me:{user_id}", ask, lambda one: bool(one.notices), cursor, wait_seconds)

    async def _until(
        self,
        topic: str,
        ask: Callable[[], Awaitable[Answer]],
        has_news: Callable[[Answer], bool],
        cursor: str | None,
        wait_seconds: float,
    ) -> Answer:
        if not wait_seconds or not cursor:
            return await ask()
        deadline = asyncio.get_running_loop().time() + wait_seconds
        changed = asyncio.Event()
        self._waiting.setdefault(topic, set()).add(changed)
        try:
            while True:
                changed.clear()
                answer = await ask()
                left = deadline - asyncio.get_running_loop().time()
                if has_news(answer) or left <= 0:
                    return answer
                try:
                    async with asyncio.timeout(left):
                        await changed.wait()
                except TimeoutError:
                    return answer
        finally:
            waiting = self._waiting[topic]
            waiting.discard(changed)
            if not waiting:
                del self._waiting[topic]

    def _wake(self, event: Event) -> None:
        if not self._waiting:
            return
        topics = [f"me:{user_id}" for user_id, _ in notices_of(event)]
        if isinstance(event, LotChanged):
            topics += [f"group:{event.state.group_id}", f"goods:{event.state.goods_id}"]
        for topic in topics:
            for changed in self._waiting.get(topic, ()):
                changed.set()
