"""Categories of articles, a tree."""
from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Struct

from server.domain.mall.categories import IdOrNone, Name, Picture, Sort, Text
from server.domain.mall.furniture import Furniture
from server.domain.mall.goods.goods import Label
from server.domain.mall.trees import ROOT, find_level
from server.domain.nouns import InUse, Noun, NounStore, NumberId, Revision, Rules, about, plain


class ArticleCategoryTerms(Struct, frozen=True, kw_only=True):
    """`kind` is what clients tell them by: `index` is on the first page, `qa` in the help centre."""

    name: Annotated[Name, about("名称", "Name")]
    parent_id: Annotated[IdOrNone, about("上级分类", "Parent", refers_to="mall.article-categories")] = ROOT
    kind: Annotated[Text, about("类型", "Kind")] = ""
    key: Annotated[Text, about("键", "Key")] = ""
    icon: Annotated[Picture, about("图标", "Icon", "picture")] = ""
    sort: Annotated[Sort, about("排序", "Order")] = 0
    is_used: Annotated[bool, about("启用", "In use")] = True
    labels: Annotated[tuple[Label, ...], about("扩展属性", "Labels")] = ()


class ArticleCategory(ArticleCategoryTerms, frozen=True, kw_only=True):
    id: NumberId
    level: Annotated[int, about("层级", "Level")] = 1
    revision: Revision = 0


ARTICLE_CATEGORIES = Noun(
    area="mall",
    name="article-categories",
    zh="文章分类",
    en="Categories of articles",
    made=ArticleCategory,
    terms=ArticleCategoryTerms,
    sorted=("id", "name", "parent_id", "sort"),
    filtered=("parent_id", "kind", "is_used"),
    order=("parent_id", "sort"),
)


class ArticleUses(Protocol):
    """Who names categories."""

    async def count(self, *, category_id: int) -> int:
        """Articles of that category."""


class ArticleCategoryRules(Rules[ArticleCategory]):
    """A tree of a few levels; what articles or other categories name stays."""

    def __init__(self, categories: NounStore[ArticleCategory], articles: ArticleUses, kept: Furniture[ArticleCategory]):
        self._categories = categories
        self._articles = articles
        self._kept = kept

    async def make(
        self, noun: Noun[ArticleCategory], id: int, terms: ArticleCategoryTerms, before: ArticleCategory | None
    ) -> ArticleCategory:
        parents = {one.id: one.parent_id for one in await self._categories.list_all()}
        level = find_level(parents, id, terms.parent_id, None if before is None else before.parent_id)
        made = await super().make(noun, id, terms, before)
        return ArticleCategory(**{**plain(made), "labels": made.labels, "level": level})

    async def note_changed(self) -> None:
        self._kept.forget()

    async def check_unused(self, made: ArticleCategory) -> None:
        if await self._categories.list_all(parent_id=made.id):
            raise InUse("categories")
        if await self._articles.count(category_id=made.id):
            raise InUse("articles")
