"""Whether articles were of use to their readers: one word of each, which they may change."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.users import User, UserStore
from server.domain.clock import Clock
from server.domain.errors import NotFound
from server.domain.mall.content.articles import ArticleService
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions


class NoVote(NotFound):
    """The reader has said nothing of the article."""


class ArticleVote(Struct, frozen=True, kw_only=True):
    """One reader's word of one article."""

    id: str  # article:user
    article_id: int
    user_id: int
    is_useful: bool
    at: datetime


class ArticleVoteStore(Protocol):
    """Where votes are kept; an article's counts go with them."""

    async def keep_vote(self, vote: ArticleVote, within: Transaction) -> None:
        """In the place of the one before."""

    async def find_vote(self, vote_id: str) -> ArticleVote | None: ...

    async def page_votes(self, article_id: int, page: PageQuery) -> Page[ArticleVote]:
        """The newest first."""


def vote_id(article_id: int, user_id: int) -> str:
    return f"{article_id}:{user_id}"


class ArticleVoteService:
    """Takes the readers' words."""

    def __init__(
        self,
        votes: ArticleVoteStore,
        articles: ArticleService,
        users: UserStore,
        transactions: Transactions,
        clock: Clock,
    ):
        self._votes = votes
        self._articles = articles
        self._users = users
        self._transactions = transactions
        self._clock = clock

    async def vote(self, user_id: int, article_id: int, *, is_useful: bool) -> None:
        """The last word counts. Raises ArticleMissing and Contended."""
        await self._articles.get_shown(article_id)
        vote = ArticleVote(
            id=vote_id(article_id, user_id), article_id=article_id, user_id=user_id, is_useful=is_useful, at=self._clock.now()
        )

        async def work(within: Transaction) -> None:
            await self._votes.keep_vote(vote, within)

        await self._transactions.run(work, (f"article:{article_id}",))

    async def get_vote(self, user_id: int, article_id: int) -> ArticleVote:
        """Raises NoVote."""
        found = await self._votes.find_vote(vote_id(article_id, user_id))
        if found is None:
            raise NoVote("vote")
        return found

    async def page(self, article_id: int, page: PageQuery) -> Page[tuple[ArticleVote, User]]:
        """Of an article that is shown, the newest first. Raises ArticleMissing."""
        await self._articles.get_shown(article_id)
        found = await self._votes.page_votes(article_id, page)
        users = await self._users.find_users({one.user_id for one in found.items})
        return Page(found.number, [(one, users[one.user_id]) for one in found.items if one.user_id in users], found.total)
