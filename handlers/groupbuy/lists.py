"""线上团列表, 虚拟团列表: offers of one kind, filtered and sorted."""
from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from handlers.groupbuy.shapes import (
    AreaShape,
    CategoryWithChildrenShape,
    OfferShape,
    PageSetShape,
    PriceRangeShape,
    by_id,
    first_page,
    numbered_page,
)
from server.domain.groupbuy.catalogue import Listing, Search
from server.domain.groupbuy.offers import LARGEST_NUMBER, IdOrNone, Kind, Phase
from server.domain.groupbuy.questions import Order
from server.domain.groupbuy.trees import Tree
from server.web.call import Call

ROWS = 12  # as many as a page of the PHP application has
MOST_ROWS = 100
NATIONWIDE = "全国"

PHASES = {"underway": Phase.COMING, "history": Phase.OVER}  # in the document's own words 即将开始, 已经结束
ORDERS = {
    "default": Order.DEFAULT,
    "priceasc": Order.PRICE_UP,
    "pricedesc": Order.PRICE_DOWN,
    "ratease": Order.RATE_UP,  # the document's spelling
    "rateasc": Order.RATE_UP,
    "ratedesc": Order.RATE_DOWN,
    "saleasc": Order.SALES_UP,
    "saledesc": Order.SALES_DOWN,
}


class PhysicalQuery(Struct):
    """An id of 0 asks for any. `firstRow` is the place of the first offer, counted from 0."""

    state: Literal["underway", "history"] | None = None
    cat_id: IdOrNone = 0
    scat_id: IdOrNone = 0
    price: IdOrNone = 0
    firstRow: Annotated[int, Meta(ge=0, le=LARGEST_NUMBER)] = 0
    listRows: Annotated[int, Meta(ge=0, le=MOST_ROWS)] = 0
    orderby: Literal["default", "priceasc", "pricedesc", "ratease", "rateasc", "ratedesc", "saleasc", "saledesc"] = "default"

    def to_search(self, kind: Kind, **more: Any) -> Search:
        return Search(
            kind=kind,
            phase=PHASES[self.state] if self.state else Phase.RUNNING,
            category_id=self.cat_id,
            subcategory_id=self.scat_id,
            price_range_id=self.price,
            order=ORDERS[self.orderby],
            first=self.firstRow,
            rows=self.listRows or ROWS,
            **more,
        )


class VirtualQuery(PhysicalQuery):
    city_id: IdOrNone = 0
    area_id: IdOrNone = 0


class PhysicalListShape(Struct):
    price_range: dict[str, PriceRangeShape]
    groupbuy_goods: PageSetShape[OfferShape]
    groupbuy_cat: dict[str, CategoryWithChildrenShape]


class VirtualListShape(Struct):
    """`location` is the city's name."""

    location: str
    child_area: dict[str, AreaShape]
    groupbuy_cat: dict[str, CategoryWithChildrenShape]
    area: PageSetShape[AreaShape]
    price_range: dict[str, PriceRangeShape]
    groupbuy_goods: PageSetShape[OfferShape]


async def list_physical_offers(call: Call, query: PhysicalQuery) -> PhysicalListShape:
    """线上团列表"""
    found = await call.services.groupbuy.catalogue.list_offers(query.to_search(Kind.PHYSICAL))
    return PhysicalListShape(_price_ranges(found), _offers(found, call), _categories(found))


async def list_virtual_offers(call: Call, query: VirtualQuery) -> VirtualListShape:
    """虚拟团列表"""
    search = query.to_search(Kind.VIRTUAL, city_id=query.city_id, area_id=query.area_id)
    found = await call.services.groupbuy.catalogue.list_offers(search)
    return VirtualListShape(
        found.city.name if found.city else NATIONWIDE,
        by_id(found.districts, AreaShape.of, lambda area: area.id),
        _categories(found),
        first_page(found.cities, AreaShape.of),
        _price_ranges(found),
        _offers(found, call),
    )


def _offers(found: Listing, call: Call) -> PageSetShape[OfferShape]:
    return numbered_page(found.offers, OfferShape.at(call.services.clock.now()))


def _price_ranges(found: Listing) -> dict[str, PriceRangeShape]:
    return by_id(found.price_ranges, PriceRangeShape.of, lambda one: one.id)


def _categories(found: Listing) -> dict[str, CategoryWithChildrenShape]:
    tree: Tree = found.categories
    return {str(top.id): CategoryWithChildrenShape.with_children(top, tree.children(top.id)) for top in tree.children()}
