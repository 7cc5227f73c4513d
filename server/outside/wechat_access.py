"""Keeps the access token that WeChat wants with every call from server to server."""
from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Protocol

from server.domain.accounts.wechat_access import WechatAccess, WechatAccessStore
from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.outside.wechat import RETRY_AFTER_SECONDS, TIME_LIMIT_SECONDS

log = logging.getLogger(__name__)

ACCESS_REFUSED = (40001, 40014, 42001)  # of a token: another took its place, or its time is over
RENEW_BEFORE = timedelta(minutes=4)  # WeChat gives the next one from five minutes before the end
TURN = timedelta(seconds=TIME_LIMIT_SECONDS + 2)  # longer than WeChat is waited for
WAIT_SECONDS = TIME_LIMIT_SECONDS
LOOK_AGAIN_SECONDS = 0.1


class AccessSource(Protocol):
    """Whom a token is for, and who gives it."""

    @property
    def app_id(self) -> str: ...

    async def fetch_access(self, *, force: bool = False) -> tuple[str, timedelta]:
        """A token and how long it lives. Raises Unavailable."""


class AccessKeeper(Protocol):
    """Gives the access token that is good now, the same to all processes."""

    async def get_token(self) -> str:
        """Raises Unavailable."""

    async def replace_token(self, refused: str) -> str:
        """Another than the one that WeChat refused before its end. Raises Unavailable."""


class SharedAccess:
    """Implements AccessKeeper: of all processes one fetches a token, once, and the others find it in the database."""

    def __init__(self, wechat: AccessSource, store: WechatAccessStore, clock: Clock):
        self._wechat = wechat
        self._store = store
        self._clock = clock
        self._known: WechatAccess | None = None
        self._looking = asyncio.Lock()

    async def get_token(self) -> str:
        async with self._looking:
            if self._known is None or self._is_ending(self._known):
                self._known = await self._store.find_access(self._wechat.app_id)
            if self._known is None or self._is_ending(self._known):
                self._known = await self._follow(self._known)
            return self._known.token

    async def replace_token(self, refused: str) -> str:
        async with self._looking:
            kept = await self._store.find_access(self._wechat.app_id)
            if kept is not None and kept.token == refused:
                kept = await self._fetch_or_wait(refused, force=True)
            self._known = kept
        return await self.get_token()

    def _is_ending(self, access: WechatAccess) -> bool:
        return self._clock.now() >= access.expires_at - RENEW_BEFORE

    async def _follow(self, kept: WechatAccess | None) -> WechatAccess:
        """The next one; the one that is kept, while it is good and another process fetches the next."""
        if kept is None or self._clock.now() >= kept.expires_at:
            return await self._fetch_or_wait(kept.token if kept is not None else "")
        try:
            return await self._fetch(kept.token) or kept
        except Unavailable:
            return kept  # the turn goes on for its time: nobody else needs to try before

    async def _fetch_or_wait(self, spent: str, *, force: bool = False) -> WechatAccess:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    access = await self._fetch_now(spent, force=force) or await self._store.find_access(self._wechat.app_id)
                    if access is not None and access.token != spent:
                        return access
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
        except TimeoutError:
            raise Unavailable("wechat", RETRY_AFTER_SECONDS) from None

    async def _fetch_now(self, spent: str, *, force: bool) -> WechatAccess | None:
        """As `_fetch`; where it fails the next who asks may try at once."""
        try:
            return await self._fetch(spent, force=force)
        except Unavailable:
            await self._store.give_up_turn(self._wechat.app_id)
            raise

    async def _fetch(self, spent: str, *, force: bool = False) -> WechatAccess | None:
        """What comes after the token that is spent; None if that is another process's turn, or was."""
        now = self._clock.now()
        if not await self._store.take_turn(self._wechat.app_id, spent, now, now + TURN):
            return None
        token, lifetime = await self._wechat.fetch_access(force=force)
        access = WechatAccess(id=self._wechat.app_id, token=token, expires_at=now + lifetime)
        await self._store.keep_access(access)
        log.info("WeChat's token of %s was fetched", self._wechat.app_id)
        return access
