"""Signing in: once a day in Asia/Shanghai, for points that grow with the days running."""
from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import Conflict
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.promotions.points import SignRule, points_for
from server.domain.moments import SHANGHAI
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions


class AlreadySigned(Conflict):
    """The member has signed in today."""


class Sign(Struct, frozen=True, kw_only=True):
    """Of one day, `yyyy-MM-dd`; `running` counts the days without a gap until it."""

    id: int
    user_id: int
    day: str
    running: int
    points: int
    at: datetime


class SignStore(Protocol):
    """Where they are kept: one a member and day."""

    async def next_sign_id(self) -> int: ...

    async def find_last_sign(self, user_id: int, within: Transaction | None = None) -> Sign | None: ...

    async def add_sign(self, sign: Sign, within: Transaction) -> None:
        """Of two of one day one is tried again, and finds the other."""

    async def page_signs(self, user_id: int, first_at: datetime | None, last_at: datetime | None, page: PageQuery) -> Page[Sign]:
        """The newest first."""


def sign_key(sign_id: int) -> str:
    """Of the entry for its points."""
    return f"sign:{sign_id}"


def count_from(last: Sign | None, today: date) -> int:
    """Days running until today, or until yesterday, if nobody has signed in today. A clock that was put back changes nothing."""
    if last is None or date.fromisoformat(last.day) < today - timedelta(days=1):
        return 0
    return last.running


class SignService:
    """Signs members in."""

    def __init__(
        self, signs: SignStore, rules: Furniture[SignRule], ledger: Ledger, transactions: Transactions, clock: Clock
    ):
        self._signs = signs
        self._rules = rules
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock

    async def sign(self, user_id: int) -> Sign:
        """Once a day. Raises AlreadySigned."""
        sign_id, now = await self._signs.next_sign_id(), self._clock.now()
        today, rules = now.astimezone(SHANGHAI).date(), await self._rules.list_all()

        async def work(within: Transaction) -> Sign:
            last = await self._signs.find_last_sign(user_id, within)
            if last is not None and last.day >= today.isoformat():
                raise AlreadySigned()
            running = count_from(last, today) + 1
            points = points_for(rules, running)
            made = Sign(id=sign_id, user_id=user_id, day=today.isoformat(), running=running, points=points, at=now)
            await self._signs.add_sign(made, within)
            if points:
                change = Sums(points=points)
                posting = Posting(user_id=user_id, cause=Cause.SIGN_IN, key=sign_key(sign_id), change=change, remark=f"连续签到{running}天")
                await self._ledger.post_within(posting, within)
            return made

        return await self._transactions.run(work, about=[wallet_of(user_id)])

    async def find_today(self, user_id: int) -> Sign | None:
        last = await self._signs.find_last_sign(user_id)
        return last if last is not None and last.day >= self._today().isoformat() else None

    async def count_running(self, user_id: int) -> int:
        """On how many days running until today, or until yesterday."""
        return count_from(await self._signs.find_last_sign(user_id), self._today())

    async def page_signs(self, user_id: int, first_at: datetime | None, last_at: datetime | None, page: PageQuery) -> Page[Sign]:
        return await self._signs.page_signs(user_id, first_at, last_at, page)

    async def list_rules(self) -> list[SignRule]:
        return await self._rules.list_all()

    def _today(self) -> date:
        return self._clock.now().astimezone(SHANGHAI).date()
