"""团购首页: what is on sale now, by kind."""
from __future__ import annotations

from msgspec import Struct

from handlers.groupbuy.shapes import AreaShape, CategoryShape, OfferShape, PageSetShape, by_id, first_page
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.offers import Kind
from server.web.call import Call


class FrontQuery(Struct):
    """无."""


class FrontOffersShape(Struct):
    physical: PageSetShape[OfferShape]
    virtual: PageSetShape[OfferShape]


class FrontCategoriesShape(Struct):
    physical: dict[str, CategoryShape]
    virtual: dict[str, CategoryShape]


class FrontShape(Struct):
    goods: FrontOffersShape
    cat: FrontCategoriesShape
    area: PageSetShape[AreaShape]


async def get_front_page(call: Call, query: FrontQuery) -> FrontShape:
    """团购首页"""
    front = await call.services.groupbuy.catalogue.get_front_page()
    shape = OfferShape.at(call.services.clock.now())
    physical, virtual = (first_page(front.offers[kind], shape) for kind in (Kind.PHYSICAL, Kind.VIRTUAL))
    return FrontShape(
        FrontOffersShape(physical, virtual),
        FrontCategoriesShape(_by_id(front.categories[Kind.PHYSICAL]), _by_id(front.categories[Kind.VIRTUAL])),
        first_page(front.cities, AreaShape.of),
    )


def _by_id(categories: list[Category]) -> dict[str, CategoryShape]:
    return by_id(categories, CategoryShape.of, lambda category: category.id)
