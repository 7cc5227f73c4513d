"""What people are told after the sale, each step once, and kept so that who was away hears of it."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from server.domain.events import SaleNews
from server.domain.transactions import Transaction


class NewsStore(Protocol):
    """Where news are kept, written with what they tell of."""

    async def add_news(self, news: SaleNews, within: Transaction) -> None: ...

    async def list_news(self, user_id: int, told_after: datetime, most: int) -> list[SaleNews]:
        """The first so many of a user after that moment, in that order."""

    async def find_news(self, news_id: str) -> SaleNews | None: ...
