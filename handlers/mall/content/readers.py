"""文章收藏、赞踩: what readers do with articles."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import PAGED, WHOLE, DocumentTime, PageShape, Paging, absolute, document_time, listed, paged
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput
from server.domain.mall.content.articles import Article, ArticleMissing
from server.domain.mall.content.favourites import ArticleFavourite
from server.domain.mall.content.votes import ArticleVote, NoVote
from server.domain.mall.goods.favourites import FavouriteMissing, NoFavourite
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import PositiveId, Routes

routes = Routes(LOOSE)


class OfArticle(Struct):
    newsId: PositiveId


class FavouriteId(Struct):
    """One of both."""

    id: PositiveId | None = None
    newsId: PositiveId | None = None


class FavouritesQuery(Paging, kw_only=True):
    titleLike: Annotated[str, Meta(max_length=200)] | None = None


class ArticleFavouriteShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    newsId: int
    title: str
    pic: str | None = None
    dateAdd: DocumentTime
    dateUpdate: DocumentTime

    @classmethod
    def of(cls, pair: tuple[ArticleFavourite, Article], origin: str) -> ArticleFavouriteShape:
        one, article = pair
        added, pic = document_time(one.added_at), absolute(article.picture, origin) or None
        return cls(id=one.id, newsId=article.id, title=article.title, pic=pic, dateAdd=added, dateUpdate=added)


@routes.post("/cms/news/fav/add", access=SIGNED_IN, raises=(ArticleMissing,))
async def add_favourite(call: Call, body: OfArticle) -> None:
    """添加文章收藏"""
    await call.services.mall.content.favourites.add(call.caller.id, body.newsId)


@routes.get("/cms/news/fav/check", access=SIGNED_IN, raises=(NoFavourite,))
async def check_favourite(call: Call, query: OfArticle) -> str:
    """检测是否已收藏

    Any other code than 0 is no."""
    await call.services.mall.content.favourites.check(call.caller.id, query.newsId)
    return "已收藏"


@routes.post("/cms/news/fav/delete", access=SIGNED_IN, raises=(FavouriteMissing,))
async def remove_favourite(call: Call, body: FavouriteId) -> None:
    """删除文章收藏"""
    if body.id is None and body.newsId is None:
        raise InvalidInput({"newsId": ["required"]})
    await call.services.mall.content.favourites.remove(call.caller.id, favourite_id=body.id, article_id=body.newsId)


@routes.post("/cms/news/fav/list", access=SIGNED_IN, raises=())
async def list_favourites(call: Call, body: FavouritesQuery) -> list[ArticleFavouriteShape]:
    """文章收藏列表"""
    favourites, page = call.services.mall.content.favourites, body.to_page_query(WHOLE)
    found = await favourites.page(call.caller.id, body.titleLike or "", page)
    return listed(found.items, lambda pair: ArticleFavouriteShape.of(pair, call.origin))


class Word(Struct):
    """`isUseful` may be left out by who only asks what they have said before."""

    id: PositiveId
    isUseful: Annotated[bool, Meta(description="true 为有用，false 为没用")] | None = None
    isCheck: Annotated[bool, Meta(description="true 只检测当前用户有无操作，不提交")] = False


class WordShape(Struct):
    isUseful: bool


@routes.post("/cms/news/useful", access=SIGNED_IN, raises=(ArticleMissing, NoVote))
async def vote(call: Call, body: Word) -> WordShape | None:
    """文章赞/踩

    The last word of a reader counts. With `isCheck` it tells that word, and nothing is changed."""
    votes = call.services.mall.content.votes
    if body.isCheck:
        return WordShape((await votes.get_vote(call.caller.id, body.id)).is_useful)
    if body.isUseful is None:
        raise InvalidInput({"isUseful": ["required"]})
    await votes.vote(call.caller.id, body.id, is_useful=body.isUseful)
    return None


class WordsQuery(Paging, kw_only=True):
    id: PositiveId


class WordLogShape(Struct, omit_defaults=True, kw_only=True):
    uid: int
    nick: str | None = None
    avatarUrl: str | None = None
    isUseful: bool
    dateAdd: DocumentTime

    @classmethod
    def of(cls, pair: tuple[ArticleVote, User], origin: str) -> WordLogShape:
        vote, user = pair
        return cls(
            uid=user.id,
            nick=user.nickname or None,
            avatarUrl=absolute(user.avatar, origin) or None,
            isUseful=vote.is_useful,
            dateAdd=document_time(vote.at),
        )


@routes.post("/cms/news/useful/logs", access=ANYONE, raises=(ArticleMissing,))
async def page_votes(call: Call, body: WordsQuery) -> PageShape[WordLogShape]:
    """文章点赞记录"""
    page = body.to_page_query(PAGED)
    return paged(await call.services.mall.content.votes.page(body.id, page), page, lambda pair: WordLogShape.of(pair, call.origin))
