"""The area of the group-buy catalogue."""
from __future__ import annotations

from server.domain.clock import Clock
from server.domain.groupbuy.areas import AreaService
from server.domain.groupbuy.catalogue import CatalogueService
from server.domain.groupbuy.categories import CategoryService
from server.domain.groupbuy.desk import OfferDesk
from server.domain.groupbuy.imports import OfferImports
from server.domain.groupbuy.price_ranges import PriceRangeService
from server.domain.groupbuy.shops import ShopService
from server.domain.groupbuy.stocking import Stocking
from server.services import GroupbuyServices
from server.storage.groupbuy import GroupbuyStores


def build_groupbuy(stores: GroupbuyStores, clock: Clock) -> GroupbuyServices:
    """The services of the catalogue, which need nothing but its stores and the time."""
    offers, shops, marks = stores.offers, stores.shops, stores.marks
    stocking = Stocking(offers, stores.categories, stores.areas, stores.price_ranges, marks)
    return GroupbuyServices(
        catalogue=CatalogueService(stocking, offers, shops, clock),
        offers=OfferDesk(stocking, offers, shops, marks, clock),
        categories=CategoryService(stores.categories, marks, stocking),
        areas=AreaService(stores.areas, marks, stocking),
        price_ranges=PriceRangeService(stores.price_ranges, marks),
        shops=ShopService(shops, stocking),
        imports=OfferImports(stocking, offers, shops, marks, clock),
    )
