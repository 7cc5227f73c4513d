"""Categories of offers: two levels for each kind."""
from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import asdict

from server.domain.errors import InvalidInput, NotFound
from server.domain.groupbuy.marks import MarkStore, Uses
from server.domain.groupbuy.offers import IdOrNone, Kind, Name
from server.domain.groupbuy.trees import TOP, InUse, Tree

Sort = Annotated[int, Meta(ge=0, le=9999)]


class CategoryMissing(NotFound):
    """There is no such category of that kind."""

    def __init__(self) -> None:
        super().__init__("category")


class CategoryTerms(Struct, frozen=True, kw_only=True):
    """`parent_id` is 0 at the top; lower `sort` comes first."""

    name: Name
    kind: Kind
    parent_id: IdOrNone = TOP
    sort: Sort = 0


class Category(CategoryTerms, frozen=True, kw_only=True):
    id: int


class CategoryStore(Protocol):
    """Where categories are kept."""

    async def list_categories(self) -> list[Category]: ...

    async def save_category(self, category: Category) -> None: ...

    async def remove_category(self, category_id: int) -> None: ...

    async def next_id(self) -> int: ...


class CategoryService:
    """Operators' work on categories."""

    def __init__(self, categories: CategoryStore, marks: MarkStore, uses: Uses):
        self._categories = categories
        self._marks = marks
        self._uses = uses

    async def list_categories(self) -> list[Category]:
        """Each followed by those under it, in their order."""
        tree = Tree(await self._categories.list_categories())
        return [node for top in tree.children() for node in (top, *tree.children(top.id))]

    async def add_category(self, terms: CategoryTerms) -> Category:
        """Raises InvalidInput."""
        return await self._save(await self._categories.next_id(), terms)

    async def change_category(self, category_id: int, terms: CategoryTerms) -> Category:
        """Raises CategoryMissing, InvalidInput, and InUse where offers of the other kind would be under it."""
        tree, known = await self._find(category_id)
        moves = terms.parent_id != known.parent_id or terms.kind is not known.kind
        if moves and await self._uses.has_offers(category_id=category_id):
            raise InUse("offers")
        if terms.kind is not known.kind:
            tree.check_leaf(category_id)
        return await self._save(category_id, terms)

    async def remove_category(self, category_id: int) -> None:
        """Raises CategoryMissing and InUse."""
        tree, _ = await self._find(category_id)
        tree.check_leaf(category_id)
        if await self._uses.has_offers(category_id=category_id):
            raise InUse("offers")
        await self._categories.remove_category(category_id)
        await self._marks.note_furniture_changed()

    async def _find(self, category_id: int) -> tuple[Tree[Category], Category]:
        tree = Tree(await self._categories.list_categories())
        known = tree.find(category_id)
        if known is None:
            raise CategoryMissing()
        return tree, known

    async def _save(self, category_id: int, terms: CategoryTerms) -> Category:
        category = Category(id=category_id, **asdict(terms))
        tree = Tree(await self._categories.list_categories())
        tree.check_place(category)
        parent = tree.find(terms.parent_id)
        if parent is not None and parent.kind is not terms.kind:
            raise InvalidInput({"kind": ["not_the_parents"]})
        await self._categories.save_category(category)
        await self._marks.note_furniture_changed()
        return category
