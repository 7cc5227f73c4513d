"""The area of the group-buy catalogue."""
from __future__ import annotations

from server.domain.clock import Clock
from server.domain.groupbuy.areas import AREAS, AreaRules
from server.domain.groupbuy.catalogue import CatalogueService
from server.domain.groupbuy.categories import CATEGORIES, CategoryRules
from server.domain.groupbuy.desk import OfferDesk
from server.domain.groupbuy.imports import OfferImports
from server.domain.groupbuy.price_ranges import PRICE_RANGES, PriceRangeRules
from server.domain.groupbuy.shops import SHOPS, ShopRules
from server.domain.groupbuy.stocking import Stocking
from server.domain.nouns import NounService
from server.services import GroupbuyServices
from server.storage.groupbuy import GroupbuyStores


def build_groupbuy(stores: GroupbuyStores, clock: Clock) -> GroupbuyServices:
    """The services of the catalogue, which need nothing but its stores and the time."""
    offers, shops, marks = stores.offers, stores.shops, stores.marks
    stocking = Stocking(offers, stores.categories, stores.areas, stores.price_ranges, marks)
    return GroupbuyServices(
        catalogue=CatalogueService(stocking, offers, shops, clock),
        offers=OfferDesk(stocking, offers, shops, marks, clock),
        categories=NounService(CATEGORIES, stores.categories, clock, CategoryRules(stores.categories, marks, stocking)),
        areas=NounService(AREAS, stores.areas, clock, AreaRules(stores.areas, marks, stocking)),
        price_ranges=NounService(PRICE_RANGES, stores.price_ranges, clock, PriceRangeRules(marks)),
        shops=NounService(SHOPS, shops, clock, ShopRules(shops, stocking)),
        imports=OfferImports(stocking, offers, shops, marks, clock),
    )
