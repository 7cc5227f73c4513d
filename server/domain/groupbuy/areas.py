"""Areas where virtual offers are used: cities and the areas in them."""
from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from server.domain.errors import NotFound
from server.domain.groupbuy.categories import Sort
from server.domain.groupbuy.marks import FurnitureRules, MarkStore, Uses
from server.domain.groupbuy.offers import IdOrNone, Name
from server.domain.groupbuy.trees import TOP, Tree
from server.domain.nouns import InUse, Noun, NounStore, NumberId, Revision, about


class AreaMissing(NotFound):
    """There is no such city, or no such area in it."""

    def __init__(self) -> None:
        super().__init__("area")


class AreaTerms(Struct, frozen=True, kw_only=True):
    """`parent_id` is 0 for a city; lower `sort` comes first."""

    name: Annotated[Name, about("名称", "Name")]
    parent_id: Annotated[IdOrNone, about("所属城市", "City", refers_to="groupbuy.areas")] = TOP
    sort: Annotated[Sort, about("排序", "Order")] = 0


class Area(AreaTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


AREAS = Noun(
    area="groupbuy",
    name="areas",
    zh="团购地区",
    en="Areas",
    made=Area,
    terms=AreaTerms,
    sorted=("id", "name", "parent_id", "sort"),
    filtered=("parent_id",),
    order=("parent_id", "sort"),
)


class AreaRules(FurnitureRules[Area]):
    """Two levels; what offers name neither moves nor goes."""

    def __init__(self, areas: NounStore[Area], marks: MarkStore, uses: Uses):
        super().__init__(marks)
        self._areas = areas
        self._uses = uses

    async def check(self, after: Area, before: Area | None) -> None:
        if before is not None and after.parent_id != before.parent_id:
            await self._check_unnamed(after)
        Tree(await self._areas.list_all()).check_place(after)

    async def check_unused(self, made: Area) -> None:
        Tree(await self._areas.list_all()).check_leaf(made.id)
        await self._check_unnamed(made)

    async def _check_unnamed(self, area: Area) -> None:
        if await self._uses.has_offers(area_id=area.id):
            raise InUse("offers")
