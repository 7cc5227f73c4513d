"""What the mall tells beside its goods, in MongoDB."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.mall.content.articles import Article, ArticleOrder, ArticleQuestion, ArticleState
from server.domain.mall.content.audit import ArticleCounts
from server.domain.mall.content.categories import ArticleCategory
from server.domain.mall.content.comments import NOBODY, PUBLIC, Comment, CommentQuestion, CommentState
from server.domain.mall.content.favourites import ArticleFavourite
from server.domain.mall.content.pages import ShopPage
from server.domain.mall.content.partners import Partner
from server.domain.mall.content.votes import ArticleVote
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.documents import Documents, Order, Question
from server.storage.mongo import Sequences, find_any, store, to_document, to_struct
from server.storage.table import PRESENT, Table
from server.storage.transactions import session_of

ARTICLES = "mall_articles"
TAGS = "mall_article_tags"
FAVOURITES = "mall_article_favourites"
COUNTED = ("views", "useful", "useless", "favourites")
SHOWN: Question = {**PRESENT, "state": ArticleState.SHOWN.value}
NO_CONTENT = {"content": 0}

ORDERS: Mapping[ArticleOrder | None, Order] = {
    None: [("sort", ASCENDING), ("_id", DESCENDING)],
    ArticleOrder.NEWER: [("_id", DESCENDING)],
    ArticleOrder.OLDER: [("_id", ASCENDING)],
    ArticleOrder.VIEWS_RISING: [("views", ASCENDING), ("_id", DESCENDING)],
    ArticleOrder.VIEWS_FALLING: [("views", DESCENDING), ("_id", DESCENDING)],
    ArticleOrder.USEFUL: [("useful", DESCENDING), ("_id", DESCENDING)],
}


@store
class MongoArticles(Table[Article]):
    """Implements ArticleStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        super().__init__(database, ARTICLES, Article, grows=COUNTED)
        self._articles = database[ARTICLES]
        self._tags = database[TAGS]
        self._listed = Documents(self._articles, Article, fields=NO_CONTENT)
        self._numbers = sequences

    async def page_shown(self, question: ArticleQuestion, page: PageQuery) -> Page[Article]:
        return await self._listed.find_page(_asked(question), ORDERS[question.order], page)

    async def find_shown(self, ids: Iterable[int]) -> dict[int, Article]:
        return await self._listed.find_by_ids(ids, **SHOWN)

    async def find_neighbours(self, article: Article) -> tuple[Article | None, Article | None]:
        there = {**SHOWN, "category_id": article.category_id}
        before = await self._listed.find_one({**there, "_id": {"$lt": article.id}}, [("_id", DESCENDING)])
        after = await self._listed.find_one({**there, "_id": {"$gt": article.id}}, [("_id", ASCENDING)])
        return before, after

    async def count_tags(self) -> Mapping[str, int]:
        steps: list[dict[str, Any]] = [
            {"$match": SHOWN},
            {"$project": {"tags": 1}},
            {"$unwind": "$tags"},
            {"$group": {"_id": "$tags", "number": {"$sum": 1}}},
        ]
        return {found["_id"]: found["number"] async for found in self._articles.aggregate(steps)}

    async def number_tags(self, names: Iterable[str]) -> Mapping[str, int]:
        wanted = set(names)
        known = {found["_id"]: found["number"] async for found in find_any(self._tags, "_id", wanted)}
        for name in sorted(wanted - known.keys()):
            made = {"number": await self._numbers.next_number(TAGS)}
            try:
                kept = await self._tags.find_one_and_update(
                    {"_id": name}, {"$setOnInsert": made}, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:  # of two at once, one finds it there
                kept = await self._tags.find_one({"_id": name})
            known[name] = (kept or made)["number"]
        return known

    async def tell(self, id: int, /, *, views: int) -> None:
        await self._articles.update_one({"_id": id}, {"$inc": {"views": views}})


def _asked(question: ArticleQuestion) -> Question:
    asked: dict[str, Any] = dict(SHOWN)
    parts = {"title": question.title_part, "keywords": question.keyword_part, "tags": question.tag_part}
    asked |= {name: _holding(part) for name, part in parts.items() if part}
    spans = {
        "added_at": (question.added_from, question.added_until),
        "changed_at": (question.changed_from, question.changed_until),
    }
    asked |= {name: _between(*ends) for name, ends in spans.items() if any(ends)}
    if question.category_ids:
        asked["category_id"] = {"$in": sorted(question.category_ids)}
    if question.id is not None:
        asked["_id"] = question.id
    if question.is_recommended is not None:
        asked["is_recommended"] = question.is_recommended
    return asked


def _holding(part: str) -> dict[str, str]:
    # A pattern may not hold the character 0 itself.
    return {"$regex": re.escape(part).replace("\0", r"\x00"), "$options": "i"}


def _between(first: datetime | None, last: datetime | None) -> dict[str, datetime]:
    return {operator: end for operator, end in (("$gte", first), ("$lte", last)) if end is not None}


@store
class MongoArticleFavourites:
    """Implements ArticleFavouriteStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._favourites = database[FAVOURITES]
        self._articles = database[ARTICLES]
        self._numbers = sequences

    async def next_id(self) -> int:
        return await self._numbers.next_number(FAVOURITES)

    async def add_favourite(self, favourite: ArticleFavourite, within: Transaction) -> None:
        session = session_of(within)
        mine = {"user_id": favourite.user_id, "article_id": favourite.article_id}
        if await self._favourites.find_one(mine, {"_id": 1}, session=session) is None:
            await self._favourites.insert_one(to_document(favourite), session=session)
            await self._articles.update_one({"_id": favourite.article_id}, {"$inc": {"favourites": 1}}, session=session)

    async def find_favourite(self, user_id: int, article_id: int) -> ArticleFavourite | None:
        found = await self._favourites.find_one({"user_id": user_id, "article_id": article_id})
        return None if found is None else to_struct(found, ArticleFavourite)

    async def remove_favourite(self, user_id: int, within: Transaction, *, favourite_id: int | None, article_id: int | None) -> bool:
        session = session_of(within)
        asked = {"article_id": article_id} if favourite_id is None else {"_id": favourite_id}
        found = await self._favourites.find_one_and_delete({"user_id": user_id, **asked}, session=session)
        if found is None:
            return False
        await self._articles.update_one({"_id": found["article_id"]}, {"$inc": {"favourites": -1}}, session=session)
        return True

    async def list_favourites(self, user_id: int) -> list[ArticleFavourite]:
        cursor = self._favourites.find({"user_id": user_id}).sort([("user_id", DESCENDING), ("_id", DESCENDING)])
        return [to_struct(document, ArticleFavourite) async for document in cursor]


@store
class MongoArticleVotes:
    """Implements ArticleVoteStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._votes = database.mall_article_votes
        self._articles = database[ARTICLES]
        self._documents = Documents(self._votes, ArticleVote)

    async def keep_vote(self, vote: ArticleVote, within: Transaction) -> None:
        session = session_of(within)
        before = await self._votes.find_one({"_id": vote.id}, session=session)
        if before is not None and before["is_useful"] == vote.is_useful:
            return
        await self._votes.replace_one({"_id": vote.id}, to_document(vote), upsert=True, session=session)
        steps = {_counted(vote.is_useful): 1, **({} if before is None else {_counted(before["is_useful"]): -1})}
        await self._articles.update_one({"_id": vote.article_id}, {"$inc": steps}, session=session)

    async def find_vote(self, vote_id: str) -> ArticleVote | None:
        return await self._documents.find_one({"_id": vote_id})

    async def page_votes(self, article_id: int, page: PageQuery) -> Page[ArticleVote]:
        return await self._documents.find_page({"article_id": article_id}, [("at", DESCENDING), ("_id", DESCENDING)], page)


def _counted(is_useful: bool) -> str:
    return "useful" if is_useful else "useless"


@store
class MongoComments(Table[Comment]):
    """Implements CommentStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_comments", Comment)

    async def page_readable(self, question: CommentQuestion, page: PageQuery) -> Page[Comment]:
        approved = [CommentState.APPROVED.value, CommentState.ANSWERED.value]
        readable: list[Question] = [{"kind": {"$in": [kind.value for kind in PUBLIC]}, "state": {"$in": approved}}]
        if question.reader_id != NOBODY:
            readable.append({"user_id": question.reader_id})
        wanted = {"kind": question.kind, "ref_id": question.ref_id, "parent_id": question.parent_id, "user_id": question.user_id}
        asked: list[Question] = [{"$or": readable}, *({name: value} for name, value in wanted.items() if value is not None)]
        if question.state is not None:
            asked.append({"state": question.state.value})
        if question.is_answered is not None:
            answered = CommentState.ANSWERED.value
            asked.append({"state": answered if question.is_answered else {"$ne": answered}})
        return await self._documents.find_page({**PRESENT, "$and": asked}, [("_id", DESCENDING)], page)


@store
class MongoArticleBooks:
    """Implements AuditedArticles."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._client = database.client
        self._articles = database[ARTICLES]
        self._votes = database.mall_article_votes
        self._favourites = database[FAVOURITES]

    async def each_id(self) -> AsyncIterator[int]:
        async for document in self._articles.find(PRESENT, {"_id": 1}).sort("_id", ASCENDING):
            yield document["_id"]

    async def read_counts(self, ids: Iterable[int]) -> list[ArticleCounts]:
        """In one transaction, which sees one moment."""
        wanted = sorted(ids)
        votes, favourites = Counter[tuple[int, str]](), Counter[int]()
        async with await self._client.start_session() as session:
            async with session.start_transaction():
                cursor = find_any(self._articles, "_id", wanted, dict.fromkeys(COUNTED, 1), session=session)
                articles = [document async for document in cursor]
                async for one in find_any(self._votes, "article_id", wanted, {"article_id": 1, "is_useful": 1}, session=session):
                    votes[one["article_id"], _counted(one["is_useful"])] += 1
                async for one in find_any(self._favourites, "article_id", wanted, {"article_id": 1}, session=session):
                    favourites[one["article_id"]] += 1
                await session.abort_transaction()
        return [
            ArticleCounts(
                id=one["_id"],
                told={name: one[name] for name in ("useful", "useless", "favourites")},
                there={name: votes[one["_id"], name] for name in ("useful", "useless")} | {"favourites": favourites[one["_id"]]},
            )
            for one in articles
        ]


@dataclass(frozen=True)
class ContentStores:
    """All of it of one database."""

    categories: Table[ArticleCategory]
    articles: MongoArticles
    favourites: MongoArticleFavourites
    votes: MongoArticleVotes
    pages: Table[ShopPage]
    comments: MongoComments
    partners: Table[Partner]
    books: MongoArticleBooks

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase, sequences: Sequences) -> ContentStores:
        return cls(
            categories=Table(database, "mall_article_categories", ArticleCategory),
            articles=MongoArticles(database, sequences),
            favourites=MongoArticleFavourites(database, sequences),
            votes=MongoArticleVotes(database),
            pages=Table(database, "mall_pages", ShopPage),
            comments=MongoComments(database),
            partners=Table(database, "mall_partners", Partner),
            books=MongoArticleBooks(database),
        )
