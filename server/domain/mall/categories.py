"""Categories of goods: a tree whose roots are level 1."""
from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.mall.trees import ROOT, branches, find_level
from server.domain.nouns import InUse, Noun, NounStore, NumberId, Revision, Rules, about

Sort = Annotated[int, Meta(ge=0, le=9999)]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S")]
Text = Annotated[str, Meta(max_length=64)]
Picture = Annotated[str, Meta(max_length=512)]
IdOrNone = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class CategoryTerms(Struct, frozen=True, kw_only=True):
    """`kind` is what clients tell them by: `index` has a block of its own on the first page."""

    name: Annotated[Name, about("名称", "Name")]
    parent_id: Annotated[IdOrNone, about("上级分类", "Parent", refers_to="mall.categories")] = ROOT
    kind: Annotated[Text, about("类型", "Kind")] = ""
    key: Annotated[Text, about("键", "Key")] = ""
    icon: Annotated[Picture, about("图标", "Icon", "picture")] = ""
    sort: Annotated[Sort, about("排序", "Order")] = 0
    is_used: Annotated[bool, about("启用", "In use")] = True
    shop_id: Annotated[IdOrNone, about("门店", "Shop", refers_to="mall.shops")] = 0


class Category(CategoryTerms, frozen=True, kw_only=True):
    id: NumberId
    level: Annotated[int, about("层级", "Level")] = 1
    revision: Revision = 0


CATEGORIES = Noun(
    area="mall",
    name="categories",
    zh="商品分类",
    en="Categories of goods",
    made=Category,
    terms=CategoryTerms,
    sorted=("id", "name", "parent_id", "sort"),
    filtered=("parent_id", "kind", "is_used", "shop_id"),
    order=("parent_id", "sort"),
)


class CategoryUses(Protocol):
    """Who names categories."""

    async def has_goods_of(self, category_id: int) -> bool: ...


class CategoryRules(Rules[Category]):
    """A tree of a few levels; what goods or other categories name stays."""

    def __init__(self, categories: NounStore[Category], uses: CategoryUses, forget: Callable[[], None]):
        """`forget` is told of every change."""
        self._categories = categories
        self._uses = uses
        self._forget = forget

    async def make(self, noun: Noun[Category], id: int, terms: CategoryTerms, before: Category | None) -> Category:
        parents = {one.id: one.parent_id for one in await self._categories.list_all()}
        level = find_level(parents, id, terms.parent_id, None if before is None else before.parent_id)
        made = await super().make(noun, id, terms, before)
        return Category(**{field: getattr(made, field) for field in made.__struct_fields__ if field != "level"}, level=level)

    async def note_changed(self) -> None:
        self._forget()

    async def check_unused(self, made: Category) -> None:
        if await self._categories.list_all(parent_id=made.id):
            raise InUse("categories")
        if await self._uses.has_goods_of(made.id):
            raise InUse("goods")


def branch_of(categories: list[Category], ids: frozenset[int]) -> frozenset[int]:
    """These, and all that stand under them."""
    return branches({one.id: one.parent_id for one in categories}, ids)
