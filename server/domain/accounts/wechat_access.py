"""The access token that WeChat wants with every call from server to server: one for all processes."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct


class WechatAccess(Struct, frozen=True, kw_only=True):
    """`id` is the app's."""

    id: str
    token: str
    expires_at: datetime


class WechatAccessStore(Protocol):
    """Where the access token is kept for all processes."""

    async def find_access(self, app_id: str) -> WechatAccess | None: ...

    async def take_turn(self, app_id: str, spent: str, now: datetime, until: datetime) -> bool:
        """Whether it is the caller's turn, until then, to fetch what comes after the token that is spent (empty for the first).

        One conditional write: a turn goes to one caller, and to nobody if another token is there already.
        """

    async def keep_access(self, access: WechatAccess) -> None:
        """Ends the turn."""

    async def give_up_turn(self, app_id: str) -> None: ...
