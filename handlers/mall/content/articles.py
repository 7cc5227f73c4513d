"""文章: categories, lists and the articles themselves, and what members send in."""
from __future__ import annotations

import re
from typing import Annotated, Any

from msgspec import Meta, Struct

from handlers.mall.content.shapes import absolute_in, labels_given, told
from handlers.mall.failures.general import NothingThere
from handlers.mall.shapes import (
    WHOLE,
    DayGiven,
    DocumentTime,
    PageShape,
    Paging,
    absolute,
    document_time,
    first_moment,
    last_moment,
    listed,
    paged,
)
from server.domain.errors import InvalidInput
from server.domain.mall.content.articles import (
    MOST_TAGS_CHARACTERS,
    STATE_LABELS,
    Article,
    ArticleCategoryMissing,
    ArticleMissing,
    ArticleOrder,
    ArticleQuestion,
    ArticleWords,
    PictureAddressTooLong,
    TagCount,
    TagsTooLong,
)
from server.domain.mall.content.categories import ArticleCategory
from server.domain.paging import Page
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import PositiveId, Routes

routes = Routes(LOOSE)

MOST_TAGS, MOST_TAG_CHARACTERS = 20, 64

Words = Annotated[str, Meta(max_length=100)]


class CategoryShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    pid: int
    level: int
    name: str
    type: str | None = None
    icon: str | None = None
    key: str | None = None
    paixu: int
    isUse: bool

    @classmethod
    def of(cls, category: ArticleCategory, origin: str) -> CategoryShape:
        return cls(
            id=category.id,
            pid=category.parent_id,
            level=category.level,
            name=category.name,
            type=category.kind or None,
            icon=absolute(category.icon, origin) or None,
            key=category.key or None,
            paixu=category.sort,
            isUse=category.is_used,
        )


class CategoryDetailShape(Struct):
    info: CategoryShape
    extJson: dict[str, str]


class ArticleShape(Struct, omit_defaults=True, kw_only=True):
    """Without its content, which lists leave out."""

    id: int
    categoryId: int
    title: str
    descript: str | None = None
    pic: str | None = None
    author: str | None = None
    income: str | None = None
    keywords: str | None = None
    tags: str | None = None
    views: int
    numberUseful: int
    numberUseless: int
    numberFav: int
    isRecommend: bool
    paixu: int
    uid: int | None = None
    status: int
    statusStr: str
    dateAdd: DocumentTime
    dateUpdate: DocumentTime

    @classmethod
    def of(cls, article: Article, origin: str) -> ArticleShape:
        return cls(**_fields(article, origin))


class WholeArticleShape(ArticleShape, kw_only=True):
    content: str

    @classmethod
    def of(cls, article: Article, origin: str) -> WholeArticleShape:
        return cls(**_fields(article, origin), content=absolute_in(article.content, origin))


def _fields(article: Article, origin: str) -> dict[str, Any]:
    return {
        "id": article.id,
        "categoryId": article.category_id,
        "title": article.title,
        "descript": article.summary or None,
        "pic": absolute(article.picture, origin) or None,
        "author": article.author or None,
        "income": article.source or None,
        "keywords": article.keywords or None,
        "tags": ",".join(article.tags) or None,
        "views": article.views,
        "numberUseful": article.useful,
        "numberUseless": article.useless,
        "numberFav": article.favourites,
        "isRecommend": article.is_recommended,
        "paixu": article.sort,
        "uid": article.user_id or None,
        "status": article.state.value,
        "statusStr": STATE_LABELS[article.state][0],
        "dateAdd": document_time(article.added_at),
        "dateUpdate": document_time(article.changed_at),
    }


class ArticleDetailShape(Struct, omit_defaults=True, kw_only=True):
    info: WholeArticleShape
    category: CategoryShape | None = None
    extJson: dict[str, str]


class NeighboursShape(Struct, omit_defaults=True):
    pre: ArticleShape | None = None
    next: ArticleShape | None = None


class TagShape(Struct):
    id: int
    name: str
    number: int

    @classmethod
    def of(cls, tag: TagCount) -> TagShape:
        return cls(tag.id, tag.name, tag.number)


class OfId(Struct):
    id: PositiveId


# ---- categories


@routes.get("/cms/category/info", access=ANYONE, raises=(ArticleCategoryMissing,))
async def get_category(call: Call, query: OfId) -> CategoryDetailShape:
    """分类详情"""
    category = await call.services.mall.content.articles.get_category(query.id)
    return CategoryDetailShape(CategoryShape.of(category, call.origin), told(category.labels))


@routes.get("/cms/category/list", access=ANYONE, raises=())
async def list_categories(call: Call) -> list[CategoryShape]:
    """获取所有的分类"""
    return listed(await call.services.mall.content.articles.list_categories(), lambda one: CategoryShape.of(one, call.origin))


# ---- to be read


class ArticlesQuery(Paging, kw_only=True):
    """`categoryId` may name several, each with all below it."""

    id: PositiveId | None = None
    categoryId: Annotated[str, Meta(max_length=400, description="所属分类ID，多个用英文逗号分隔")] | None = None
    isRecommend: bool | None = None
    titleLike: Words | None = None
    keywordsLike: Words | None = None
    tagsLike: Words | None = None
    dateAddBegin: DayGiven | None = None
    dateAddEnd: DayGiven | None = None
    dateUpdateBegin: DayGiven | None = None
    dateUpdateEnd: DayGiven | None = None
    orderBy: Annotated[str, Meta(max_length=32, description="newer，older，viewUp，viewDown，useful")] | None = None

    def to_question(self) -> ArticleQuestion:
        """An order that nobody knows is the usual one. Raises InvalidInput."""
        known = {order.value: order for order in ArticleOrder}
        return ArticleQuestion(
            id=self.id,
            category_ids=_ids_in(self.categoryId),
            is_recommended=self.isRecommend,
            title_part=self.titleLike or "",
            keyword_part=self.keywordsLike or "",
            tag_part=self.tagsLike or "",
            added_from=first_moment("dateAddBegin", self.dateAddBegin),
            added_until=last_moment("dateAddEnd", self.dateAddEnd),
            changed_from=first_moment("dateUpdateBegin", self.dateUpdateBegin),
            changed_until=last_moment("dateUpdateEnd", self.dateUpdateEnd),
            order=known.get(self.orderBy or ""),
        )


def _ids_in(text: str | None) -> frozenset[int]:
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    if any(not re.fullmatch(r"[0-9]{1,15}", part) for part in parts):
        raise InvalidInput({"categoryId": ["not_integer"]})
    return frozenset(map(int, parts))


async def _find(call: Call, body: ArticlesQuery) -> Page[Article]:
    return await call.services.mall.content.articles.page(body.to_question(), body.to_page_query(WHOLE))


@routes.post("/cms/news/list", access=ANYONE, raises=())
async def list_articles(call: Call, body: ArticlesQuery) -> list[ArticleShape]:
    """文章列表"""
    return listed((await _find(call, body)).items, lambda one: ArticleShape.of(one, call.origin))


@routes.post("/cms/news/list/v2", access=ANYONE, raises=())
async def page_articles(call: Call, body: ArticlesQuery) -> PageShape[ArticleShape]:
    """文章列表v2"""
    return paged(await _find(call, body), body.to_page_query(WHOLE), lambda one: ArticleShape.of(one, call.origin))


async def _read(call: Call, article_id: int) -> Article:
    return await call.services.mall.content.articles.read(article_id, call.user.id if call.user else None)


@routes.get("/cms/news/detail", access=ANYONE, raises=(ArticleMissing,))
async def get_article(call: Call, query: OfId) -> WholeArticleShape:
    """获取文章详情"""
    return WholeArticleShape.of(await _read(call, query.id), call.origin)


@routes.get("/cms/news/detail/v2", access=ANYONE, raises=(ArticleMissing,))
async def get_article_with_category(call: Call, query: OfId) -> ArticleDetailShape:
    """获取文章详情v2"""
    article = await _read(call, query.id)
    category = await call.services.mall.content.articles.find_category(article.category_id)
    return ArticleDetailShape(
        info=WholeArticleShape.of(article, call.origin),
        category=None if category is None else CategoryShape.of(category, call.origin),
        extJson=told(article.labels),
    )


@routes.get("/cms/news/preNext", access=ANYONE, raises=(ArticleMissing,))
async def find_neighbours(call: Call, query: OfId) -> NeighboursShape:
    """获取上/下一篇文章

    Of the same category, by the time they were added."""
    before, after = await call.services.mall.content.articles.find_neighbours(query.id)
    if before is None and after is None:
        raise NothingThere()
    shapes = [None if one is None else ArticleShape.of(one, call.origin) for one in (before, after)]
    return NeighboursShape(*shapes)


@routes.get("/cms/tags/list", access=ANYONE, raises=())
async def list_tags(call: Call) -> list[TagShape]:
    """获取标签云"""
    return listed(await call.services.mall.content.articles.list_tags(), TagShape.of)


# ---- sent in by members


class ArticleGiven(Struct, kw_only=True):
    """Its content is cleaned: what is not harmless HTML is left out."""

    id: PositiveId | None = None
    categoryId: PositiveId
    title: Annotated[str, Meta(max_length=200, pattern=r"\S")]
    descript: Annotated[str, Meta(max_length=1000)]
    content: Annotated[str, Meta(max_length=200_000)]
    author: Annotated[str, Meta(max_length=64)] = ""
    income: Annotated[str, Meta(max_length=200, description="来源")] = ""
    keywords: Annotated[str, Meta(max_length=200)] = ""
    pic: Annotated[str, Meta(max_length=2000, description="封面图片，最多 200 个字")] = ""
    tags: Annotated[str, Meta(max_length=2000, description="标签，用英文逗号分隔，共最多 200 个字")] = ""
    paixu: Annotated[int, Meta(ge=0, le=9999)] = 0
    postJsonString: Annotated[str, Meta(max_length=20_000, description="扩展属性的JSON格式数据")] | None = None

    def to_words(self) -> ArticleWords:
        """Raises InvalidInput."""
        return ArticleWords(
            title=self.title,
            category_id=self.categoryId,
            summary=self.descript,
            content=self.content,
            picture=self.pic,
            author=self.author,
            source=self.income,
            keywords=self.keywords,
            tags=_tags_in(self.tags),
            sort=self.paixu,
            labels=labels_given(self.postJsonString, "postJsonString"),
        )


def _tags_in(text: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(tag.strip() for tag in re.split("[,，]", text) if tag.strip()))
    # The document's own limit is the one that is told, where both are passed.
    if len(",".join(tags)) <= MOST_TAGS_CHARACTERS and (len(tags) > MOST_TAGS or any(len(tag) > MOST_TAG_CHARACTERS for tag in tags)):
        raise InvalidInput({"tags": [f"too_long:{MOST_TAG_CHARACTERS}"]})
    return tags


@routes.post("/cms/news/put", access=SIGNED_IN, raises=(ArticleMissing, TagsTooLong, PictureAddressTooLong))
async def put_article(call: Call, body: ArticleGiven) -> WholeArticleShape:
    """发布/编辑文章

    Shown to others once the staff has approved it, each time anew."""
    made = await call.services.mall.content.articles.put(call.caller.id, body.to_words(), body.id)
    return WholeArticleShape.of(made, call.origin)


@routes.post("/cms/news/del", access=SIGNED_IN, raises=(ArticleMissing,))
async def remove_article(call: Call, body: OfId) -> None:
    """删除文章

    One's own."""
    await call.services.mall.content.articles.remove(call.caller.id, body.id)
