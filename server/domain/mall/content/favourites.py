"""Articles that members want to find again."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.mall.content.articles import Article, ArticleService, ArticleStore
from server.domain.mall.goods.favourites import FavouriteMissing, NoFavourite
from server.domain.mall.goods.shelf import folded
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions


class ArticleFavourite(Struct, frozen=True, kw_only=True):
    """One article of one member."""

    id: int
    user_id: int
    article_id: int
    added_at: datetime


class ArticleFavouriteStore(Protocol):
    """Where they are kept, one for a member and article; an article's count goes with them."""

    async def next_id(self) -> int: ...

    async def add_favourite(self, favourite: ArticleFavourite, within: Transaction) -> None:
        """Unless the member has it already."""

    async def find_favourite(self, user_id: int, article_id: int) -> ArticleFavourite | None: ...

    async def remove_favourite(self, user_id: int, within: Transaction, *, favourite_id: int | None, article_id: int | None) -> bool:
        """Whether there was one."""

    async def list_favourites(self, user_id: int) -> list[ArticleFavourite]:
        """The newest first."""


class ArticleFavouriteService:
    """A member's favourites among the articles."""

    def __init__(
        self,
        favourites: ArticleFavouriteStore,
        service: ArticleService,
        articles: ArticleStore,
        transactions: Transactions,
        clock: Clock,
    ):
        self._favourites = favourites
        self._service = service
        self._articles = articles
        self._transactions = transactions
        self._clock = clock

    async def add(self, user_id: int, article_id: int) -> None:
        """Again changes nothing. Raises ArticleMissing and Contended."""
        await self._service.get_shown(article_id)
        number, now = await self._favourites.next_id(), self._clock.now()
        made = ArticleFavourite(id=number, user_id=user_id, article_id=article_id, added_at=now)

        async def work(within: Transaction) -> None:
            await self._favourites.add_favourite(made, within)

        await self._transactions.run(work, (f"article:{article_id}",))

    async def check(self, user_id: int, article_id: int) -> None:
        """Raises NoFavourite."""
        if await self._favourites.find_favourite(user_id, article_id) is None:
            raise NoFavourite()

    async def remove(self, user_id: int, *, favourite_id: int | None = None, article_id: int | None = None) -> None:
        """Raises FavouriteMissing and Contended."""

        async def work(within: Transaction) -> bool:
            return await self._favourites.remove_favourite(user_id, within, favourite_id=favourite_id, article_id=article_id)

        if not await self._transactions.run(work):
            raise FavouriteMissing("favourite")

    async def page(self, user_id: int, title_part: str, page: PageQuery) -> Page[tuple[ArticleFavourite, Article]]:
        """Without articles that are shown no longer."""
        found = await self._favourites.list_favourites(user_id)
        articles = await self._articles.find_shown([one.article_id for one in found])
        pairs = [
            (one, articles[one.article_id])
            for one in found
            if one.article_id in articles and folded(title_part) in folded(articles[one.article_id].title)
        ]
        return Page(page.number, pairs[page.offset : page.offset + page.size], len(pairs))
