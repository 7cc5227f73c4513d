"""The part of the mall that people look at, and what its staff puts there."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.ground import Ground
from server.composition.ordering import Offer
from server.domain.accounts.users import UserStore
from server.domain.mall.banners import AD_POSITIONS, BANNERS
from server.domain.mall.categories import CATEGORIES, CategoryRules
from server.domain.mall.freights import FREIGHTS, FreightRules
from server.domain.mall.furniture import Furniture
from server.domain.mall.goods.counts import COUNTS, StockService
from server.domain.mall.goods.desk import FurnitureUses, GoodsDesk
from server.domain.mall.goods.favourites import FavouriteService
from server.domain.mall.goods.history import HistoryService
from server.domain.mall.goods.imports import GoodsImports
from server.domain.mall.goods.intakes import INTAKES
from server.domain.mall.goods.reviews import ReviewDesk
from server.domain.mall.goods.shelf import Shelf
from server.domain.mall.goods.window import Levels, WindowService
from server.domain.mall.goods.wishes import WishDesk
from server.domain.mall.html import HtmlCleaner
from server.domain.mall.notices import NOTICES, NoticeRules
from server.domain.mall.settings import SettingDesk, SettingService
from server.domain.mall.shops import SHOPS
from server.domain.mall.views import Views
from server.domain.nouns import NounService
from server.outside.uploaded_sheets import UploadedSheets
from server.services import WindowServices
from server.storage.mall import MallStores


@dataclass(frozen=True)
class Shopfront:
    """The services, and what they bring to ordering."""

    services: WindowServices
    offer: Offer
    views: Views
    shelf: Shelf


def build_window(stores: MallStores, users: UserStore, cleaner: HtmlCleaner, levels: Levels, ground: Ground) -> Shopfront:
    """All of it answers from memory what everybody asks for; nothing has to be started for it, but the shelf may be filled beforehand."""
    clock = ground.clock
    views = Views(stores.counts)
    shelf = Shelf(stores.goods, stores.categories, stores.counts)
    window = WindowService(stores.goods, stores.counts, shelf, stores.shops, stores.freights, stores.orders, levels, views, clock)
    uses = FurnitureUses(stores.goods)
    kept_settings, shops = Furniture(stores.settings), Furniture(stores.shops, "sort")
    banners, positions = Furniture(stores.banners, "sort"), Furniture(stores.ad_positions, "key")
    notices = Furniture(stores.notices, "-id")
    settings = SettingService(kept_settings)
    reviews = ReviewDesk(stores.reviews, stores.counts, stores.orders, users, clock)
    desk = GoodsDesk(
        stores.goods,
        stores.counts,
        stores.categories,
        stores.shops,
        stores.freights,
        shelf,
        cleaner,
        ground.transactions,
        clock,
    )
    sheets = UploadedSheets(ground.heavy_work)
    services = WindowServices(
        window=window,
        favourites=FavouriteService(stores.favourites, window, stores.goods, stores.counts, clock),
        history=HistoryService(stores.orders, window, shelf, users),
        wishes=WishDesk(stores.wishes, window, clock),
        reviews=reviews,
        settings=settings,
        setting_desk=SettingDesk(stores.settings, kept_settings, clock),
        goods_desk=desk,
        goods_imports=GoodsImports(sheets, desk, stores.goods, stores.categories, stores.shops, stores.freights),
        stock=NounService(COUNTS, stores.counts, clock),
        intakes=NounService(INTAKES, stores.intakes, clock),
        categories=NounService(CATEGORIES, stores.categories, clock, CategoryRules(stores.categories, uses, shelf.forget)),
        freights=NounService(FREIGHTS, stores.freights, clock, FreightRules(uses)),
        shop_desk=NounService(SHOPS, stores.shops, clock, shops.rules(cleaner)),
        banner_desk=NounService(BANNERS, stores.banners, clock, banners.rules()),
        ad_position_desk=NounService(AD_POSITIONS, stores.ad_positions, clock, positions.rules()),
        notice_desk=NounService(NOTICES, stores.notices, clock, NoticeRules(notices, cleaner, clock)),
        shops=shops,
        banners=banners,
        ad_positions=positions,
        notices=notices,
    )
    offer = Offer(window=window, stock=StockService(stores.counts), reviews=reviews, settings=settings)
    return Shopfront(services, offer, views, shelf)
