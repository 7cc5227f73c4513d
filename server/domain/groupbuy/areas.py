"""Areas where virtual offers are used: cities and the areas in them."""
from __future__ import annotations

from typing import Protocol

from msgspec import Struct
from msgspec.structs import asdict

from server.domain.errors import NotFound
from server.domain.groupbuy.categories import Sort
from server.domain.groupbuy.marks import MarkStore, Uses
from server.domain.groupbuy.offers import IdOrNone, Name
from server.domain.groupbuy.trees import TOP, InUse, Tree


class AreaMissing(NotFound):
    """There is no such city, or no such area in it."""

    def __init__(self) -> None:
        super().__init__("area")


class AreaTerms(Struct, frozen=True, kw_only=True):
    """`parent_id` is 0 for a city; lower `sort` comes first."""

    name: Name
    parent_id: IdOrNone = TOP
    sort: Sort = 0


class Area(AreaTerms, frozen=True, kw_only=True):
    id: int


class AreaStore(Protocol):
    """Where areas are kept."""

    async def list_areas(self) -> list[Area]: ...

    async def save_area(self, area: Area) -> None: ...

    async def remove_area(self, area_id: int) -> None: ...

    async def next_id(self) -> int: ...


class AreaService:
    """Operators' work on areas."""

    def __init__(self, areas: AreaStore, marks: MarkStore, uses: Uses):
        self._areas = areas
        self._marks = marks
        self._uses = uses

    async def list_areas(self) -> list[Area]:
        """Each city followed by its areas, in their order."""
        tree = Tree(await self._areas.list_areas())
        return [node for city in tree.children() for node in (city, *tree.children(city.id))]

    async def add_area(self, terms: AreaTerms) -> Area:
        """Raises InvalidInput."""
        return await self._save(await self._areas.next_id(), terms)

    async def change_area(self, area_id: int, terms: AreaTerms) -> Area:
        """Raises AreaMissing, InvalidInput, and InUse where offers would be in another city by it."""
        _, known = await self._find(area_id)
        if terms.parent_id != known.parent_id and await self._uses.has_offers(area_id=area_id):
            raise InUse("offers")
        return await self._save(area_id, terms)

    async def remove_area(self, area_id: int) -> None:
        """Raises AreaMissing and InUse."""
        tree, _ = await self._find(area_id)
        tree.check_leaf(area_id)
        if await self._uses.has_offers(area_id=area_id):
            raise InUse("offers")
        await self._areas.remove_area(area_id)
        await self._marks.note_furniture_changed()

    async def _find(self, area_id: int) -> tuple[Tree[Area], Area]:
        tree = Tree(await self._areas.list_areas())
        known = tree.find(area_id)
        if known is None:
            raise AreaMissing()
        return tree, known

    async def _save(self, area_id: int, terms: AreaTerms) -> Area:
        area = Area(id=area_id, **asdict(terms))
        Tree(await self._areas.list_areas()).check_place(area)
        await self._areas.save_area(area)
        await self._marks.note_furniture_changed()
        return area
