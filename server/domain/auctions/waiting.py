"""Long polling: holds an answer until something a listener waits for changes."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from msgspec import Struct

from server.domain.accounts.claims import Checked
from server.domain.auctions.floor import Floor
from server.domain.auctions.live import LiveService, Notice, Snapshot, notices_of
from server.domain.errors import NotAllowed, NotSignedIn, TokenExpired, TokenInvalid
from server.domain.events import Event, LotChanged, TokensChanged, UserSessionsEnded, WatchlistChanged

Answer = TypeVar("Answer")


class MissedNotices(Struct, frozen=True):
    """Notices after a cursor, and the cursor to ask with next."""

    cursor: str
    recovered: bool
    notices: list[Notice]


class WatchedSnapshot(Struct, frozen=True):
    """The lots on a watch list, and which they are."""

    snapshot: Snapshot
    goods_ids: list[int]


class Logins(Protocol):
    """Knows which logins still stand."""

    async def follow(self, token: str) -> Checked:
        """Raises NotSignedIn or UserBanned once the token is over and none has followed it."""


class WaitingService:
    """The live service's answers, given when they hold something new or the time is over.

    Who waits with a token is refused as soon as its login is over, and is not told anything after it.
    """

    def __init__(self, live: LiveService, logins: Logins, floor: Floor):
        self._live = live
        self._logins = logins
        self._waiting: dict[str, set[asyncio.Event]] = {}
        floor.listen(self._wake)

    async def get_group(self, group_id: int, cursor: str | None, wait_seconds: float, *, login: Checked | None) -> Snapshot:
        """Raises NotFound, TokenExpired, TokenInvalid."""

        async def ask() -> Snapshot:
            return await self._live.get_group(group_id, cursor)

        return await self._until([f"group:{group_id}"], ask, lambda one: bool(one.state), cursor, wait_seconds, login)

    async def get_goods(self, goods_id: int, cursor: str | None, wait_seconds: float, *, login: Checked | None) -> Snapshot:
        """Raises NotFound, TokenExpired, TokenInvalid."""

        async def ask() -> Snapshot:
            return await self._live.get_goods(goods_id, cursor)

        return await self._until([f"goods:{goods_id}"], ask, lambda one: bool(one.state), cursor, wait_seconds, login)

    async def get_watched(
        self, login: Checked, list_ids: Callable[[], Awaitable[list[int]]], cursor: str | None, wait_seconds: float
    ) -> WatchedSnapshot:
        """The lots of the list that `list_ids` reads. Raises TokenExpired, TokenInvalid."""

        async def ask() -> WatchedSnapshot:
            goods_ids = await list_ids()
            return WatchedSnapshot(await self._live.get_watched(login.user.id, goods_ids, cursor), goods_ids)

        topics = [f"watched:{login.user.id}", *(f"goods:{goods_id}" for goods_id in await list_ids())]
        return await self._until(topics, ask, lambda one: one.snapshot.cursor != cursor, cursor, wait_seconds, login=login)

    async def list_missed(
        self, user_id: int, cursor: str | None, wait_seconds: float, *, login: Checked | None
    ) -> MissedNotices:
        """Raises TokenExpired, TokenInvalid."""

        async def ask() -> MissedNotices:
            missed = await self._live.list_missed(user_id, cursor)
            is_same = bool(cursor) and missed.recovered and not missed.notices
            return MissedNotices(cursor if is_same and cursor else missed.cursor.encode(), missed.recovered, missed.notices)

        return await self._until([f"me:{user_id}"], ask, lambda one: bool(one.notices), cursor, wait_seconds, login)

    async def _until(
        self,
        about: list[str],
        ask: Callable[[], Awaitable[Answer]],
        has_news: Callable[[Answer], bool],
        cursor: str | None,
        wait_seconds: float,
        login: Checked | None,
    ) -> Answer:
        if not wait_seconds or not cursor:
            return await ask()
        deadline = asyncio.get_running_loop().time() + wait_seconds
        changed = asyncio.Event()
        topics = about if login is None else [*about, f"login:{login.user.id}"]
        for one in topics:
            self._waiting.setdefault(one, set()).add(changed)
        try:
            while True:
                changed.clear()
                answer = await ask()
                if login is not None:
                    login = await self._still(login)
                left = deadline - asyncio.get_running_loop().time()
                if has_news(answer) or left <= 0:
                    return answer
                try:
                    async with asyncio.timeout(left):
                        await changed.wait()
                except TimeoutError:
                    if login is not None:
                        await self._still(login)
                    return answer
        finally:
            for one in topics:
                waiting = self._waiting[one]
                waiting.discard(changed)
                if not waiting:
                    del self._waiting[one]

    async def _still(self, login: Checked) -> Checked:
        """The login as it stands now. Raises TokenExpired or TokenInvalid; the next request is told why."""
        try:
            return await self._logins.follow(login.token)
        except TokenExpired:
            raise
        except (NotSignedIn, NotAllowed):
            raise TokenInvalid() from None

    def _wake(self, event: Event) -> None:
        if not self._waiting:
            return
        topics = [f"me:{user_id}" for user_id, _ in notices_of(event)]
        if isinstance(event, (UserSessionsEnded, TokensChanged)):
            topics.append(f"login:{event.user_id}")
        if isinstance(event, WatchlistChanged):
            topics.append(f"watched:{event.user_id}")
        if isinstance(event, LotChanged):
            topics += [f"group:{event.state.group_id}", f"goods:{event.state.goods_id}"]
        for topic in topics:
            for changed in self._waiting.get(topic, ()):
                changed.set()
