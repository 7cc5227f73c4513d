"""Readable catalogue data, written through the application's stores."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from server.bootstrap import Application
from server.domain.groupbuy.areas import Area
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.offers import Kind, Offer, State
from server.domain.groupbuy.price_ranges import PriceRange
from server.domain.groupbuy.shops import Shop

SHOP = Shop(id=1, name="集藏社")


def offer(application: Application, *, starts_in: float = -3600, closes_in: float = 3600, **about: Any) -> Offer:
    """A running physical offer of 100 yuan for 30, unless told otherwise. Not stored."""
    now = application.clock.now()
    usual: dict[str, Any] = {
        "id": 1,
        "name": "护币袋",
        "kind": Kind.PHYSICAL,
        "goods_name": "护币袋一百枚",
        "shop_id": SHOP.id,
        "shop_name": SHOP.name,
        "goods_price": 10000,
        "price": 3000,
        "start_at": now + timedelta(seconds=starts_in),
        "end_at": now + timedelta(seconds=closes_in),
        "category_id": 12,
        "state": State.APPROVED,
        "changed_at": now,
    }
    return Offer(**{**usual, **about})


async def make_offer(application: Application, **about: Any) -> Offer:
    """An offer in the catalogue; without an id it gets the next one."""
    stores = application.stores.groupbuy
    about["id"] = about.get("id") or await stores.offers.next_id()
    await application.mongo.sequences.raise_to("groupbuy_offers", about["id"])
    made = offer(application, revision=await stores.marks.next_revision(), **about)
    await stores.offers.add(made)
    return made


async def furnish(application: Application, *furniture: Category | Area | PriceRange | Shop) -> None:
    """Puts these around the offers."""
    stores = application.stores.groupbuy
    for one in furniture:
        if isinstance(one, Category):
            await stores.categories.add(one)
        elif isinstance(one, Area):
            await stores.areas.add(one)
        elif isinstance(one, PriceRange):
            await stores.price_ranges.add(one)
        else:
            await stores.shops.add(one)
        name = {Category: "categories", Area: "areas", PriceRange: "price_ranges", Shop: "shops"}[type(one)]
        await application.mongo.sequences.raise_to(f"groupbuy_{name}", one.id)
    await stores.marks.note_furniture_changed()


TOOLS = Category(id=12, name="收藏用品", kind=Kind.PHYSICAL)
SLEEVES = Category(id=33, name="护币袋", kind=Kind.PHYSICAL, parent_id=12)
SINGING = Category(id=24, name="拼团嗨歌", kind=Kind.VIRTUAL)
SHANGHAI = Area(id=15, name="上海")
PUDONG = Area(id=25, name="浦东新区", parent_id=15)
BEIJING = Area(id=16, name="北京", sort=1)
HAIDIAN = Area(id=26, name="海淀区", parent_id=16)
CHEAP = PriceRange(id=4, name="50元以下", start=0, end=5000)
DEAR = PriceRange(id=5, name="50-100元", start=5000, end=10000)


async def make_furniture(application: Application) -> None:
    """Two levels of categories and areas, two price ranges, one shop."""
    await furnish(application, TOOLS, SLEEVES, SINGING, SHANGHAI, PUDONG, BEIJING, HAIDIAN, CHEAP, DEAR, SHOP)
