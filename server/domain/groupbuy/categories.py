"""Categories of offers: two levels for each kind."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput, NotFound
from server.domain.groupbuy.marks import FurnitureRules, MarkStore, Uses
from server.domain.groupbuy.offers import KIND_LABELS, IdOrNone, Kind, Name
from server.domain.groupbuy.trees import TOP, Tree
from server.domain.nouns import InUse, Noun, NounStore, NumberId, Revision, about

Sort = Annotated[int, Meta(ge=0, le=9999)]


class CategoryMissing(NotFound):
    """There is no such category of that kind."""

    def __init__(self) -> None:
        super().__init__("category")


class CategoryTerms(Struct, frozen=True, kw_only=True):
    """`parent_id` is 0 at the top; lower `sort` comes first."""

    name: Annotated[Name, about("名称", "Name")]
    kind: Annotated[Kind, about("商品类型", "Kind", labels=KIND_LABELS)]
    parent_id: Annotated[IdOrNone, about("上级分类", "Parent", refers_to="groupbuy.categories")] = TOP
    sort: Annotated[Sort, about("排序", "Order")] = 0


class Category(CategoryTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


CATEGORIES = Noun(
    area="groupbuy",
    name="categories",
    zh="团购分类",
    en="Categories",
    made=Category,
    terms=CategoryTerms,
    sorted=("id", "name", "kind", "parent_id", "sort"),
    filtered=("kind", "parent_id"),
    order=("kind", "parent_id", "sort"),
)


class CategoryRules(FurnitureRules[Category]):
    """Two levels of one kind; what offers name neither moves nor goes."""

    def __init__(self, categories: NounStore[Category], marks: MarkStore, uses: Uses):
        super().__init__(marks)
        self._categories = categories
        self._uses = uses

    async def check(self, after: Category, before: Category | None) -> None:
        tree = Tree(await self._categories.list_all())
        if before is not None:
            if after.parent_id != before.parent_id or after.kind is not before.kind:
                await self._check_unnamed(after)
            if after.kind is not before.kind:
                tree.check_leaf(after.id)
        tree.check_place(after)
        parent = tree.find(after.parent_id)
        if parent is not None and parent.kind is not after.kind:
            raise InvalidInput({"kind": ["not_the_parents"]})

    async def check_unused(self, made: Category) -> None:
        Tree(await self._categories.list_all()).check_leaf(made.id)
        await self._check_unnamed(made)

    async def _check_unnamed(self, category: Category) -> None:
        if await self._uses.has_offers(category_id=category.id):
            raise InUse("offers")
