"""Sharing to groups: whoever has shared the mall to a group of WeChat's is given points when somebody opens it there."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.wechat_login import CodeRefused, Codes, LoginRefused
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.promotions.coupon_taking import Receivers
from server.domain.mall.promotions.points import SHARED_TO_GROUP, Gift
from server.domain.moments import SHANGHAI
from server.domain.transactions import Transaction, Transactions

MOST_GROUP_CHARACTERS = 128


class SharerMissing(NotFound):
    """There is nobody of that number."""


class SessionUnknown(Conflict):
    """WeChat's session of who opened it is not known here any more."""


class SharingUnreadable(Conflict):
    """What WeChat has sealed cannot be read."""


class GroupUnreadable(Conflict):
    """What was sealed names no group."""


class SharedBefore(Conflict):
    """It was shared to that group on that day."""


class ShareLimitReached(Conflict):
    """Nothing more is given for sharing on that day."""


class Share(Struct, frozen=True, kw_only=True):
    """One group on one day, once for who shared to it."""

    id: int
    user_id: int
    group: str
    day: str
    points: int
    at: datetime


class ShareStore(Protocol):
    """Where shares are kept."""

    async def next_share_id(self) -> int: ...

    async def list_shares(self, user_id: int, day: str, within: Transaction) -> list[Share]: ...

    async def add_share(self, share: Share, within: Transaction) -> None: ...


def share_key(share_id: int) -> str:
    """Of the entry for its points."""
    return f"share:{share_id}"


class ShareService:
    """Gives points for sharing."""

    def __init__(
        self,
        shares: ShareStore,
        codes: Codes,
        receivers: Receivers,
        gifts: Furniture[Gift],
        ledger: Ledger,
        transactions: Transactions,
        clock: Clock,
    ):
        self._shares = shares
        self._codes = codes
        self._receivers = receivers
        self._gifts = gifts
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock

    async def note_opened(self, sharer_id: int, code: str, iv: str, sealed: str) -> int:
        """Points that the sharer is given; `code` is of who has opened it, and WeChat has sealed for them which group it was.

        Raises SharerMissing, SessionUnknown, SharingUnreadable, GroupUnreadable, SharedBefore, ShareLimitReached and Unavailable.
        """
        if await self._receivers.find_receiver(sharer_id, "") is None:
            raise SharerMissing("user")
        group = await self._find_group(code, iv, sealed)
        gift = next((one for one in await self._gifts.list_all() if one.code == SHARED_TO_GROUP), None)
        points, daily = (gift.points, gift.daily) if gift is not None else (0, 0)
        share_id, now = await self._shares.next_share_id(), self._clock.now()
        day = now.astimezone(SHANGHAI).date().isoformat()
        share = Share(id=share_id, user_id=sharer_id, group=group, day=day, points=points, at=now)

        async def work(within: Transaction) -> int:
            known = await self._shares.list_shares(sharer_id, day, within)
            if any(one.group == group for one in known):
                raise SharedBefore()
            if daily and len(known) >= daily:
                raise ShareLimitReached()
            await self._shares.add_share(share, within)
            if points:
                posting = Posting(user_id=sharer_id, cause=Cause.SHARE, key=share_key(share_id), change=Sums(points=points))
                await self._ledger.post_within(posting, within)
            return points

        return await self._transactions.run(work, about=[wallet_of(sharer_id)])

    async def _find_group(self, code: str, iv: str, sealed: str) -> str:
        if not code:
            raise SessionUnknown()
        try:
            opened = await self._codes.open_sealed(code, iv, sealed)
        except CodeRefused:
            raise SessionUnknown() from None
        except (LoginRefused, InvalidInput):
            raise SharingUnreadable() from None
        group = opened.content.get("openGId")
        if not isinstance(group, str) or not group:
            raise GroupUnreadable()
        return group[:MOST_GROUP_CHARACTERS]
