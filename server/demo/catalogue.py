"""The group-buy catalogue of `serve --demo`: shops, categories, cities, price ranges, and offers of every phase."""
from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import asdict, replace

from server.bootstrap import Application
from server.domain.groupbuy.areas import Area, AreaTerms
from server.domain.groupbuy.catalogue import Search
from server.domain.groupbuy.categories import Category, CategoryTerms
from server.domain.groupbuy.offers import Kind, Offer, State, Terms
from server.domain.groupbuy.price_ranges import PriceRangeTerms
from server.domain.groupbuy.shops import ContractTerms, ShopTerms
from server.services import GroupbuyServices

OFFERS = Path(__file__).parent / "offers.csv"
KINDS = {"实物": Kind.PHYSICAL, "虚拟商品": Kind.VIRTUAL}
PROMISES = ((1, "七天退货"), (3, "破损寄补"), (4, "极速物流"), (2, "品质承诺"))  # kind of contract, name
SHOPS = {Kind.PHYSICAL: ("集藏社", PROMISES), Kind.VIRTUAL: ("同城雅集", PROMISES[3:])}
PRICE_RANGES = (("50元以下", 0, 50), ("50–100元", 50, 100), ("100–200元", 100, 200), ("200元以上", 200, 1_000_000))
SUBMISSIONS = 2  # copies of offers that await their review

Row = dict[str, str]


async def fill_catalogue(application: Application) -> None:
    """Fills a catalogue in which nothing is on sale; leaves any other alone."""
    services, now = application.services.groupbuy, application.clock.now()
    running = [await services.catalogue.list_offers(Search(kind=kind, rows=1)) for kind in Kind]
    if any(listing.offers.total for listing in running):
        return
    with OFFERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shelf = _Shelf(services)
    await shelf.furnish()
    stores = application.stores.groupbuy
    placed = [(row, await shelf.place(row, now)) for row in rows]
    for row, terms in reversed(placed):  # the first of the file is the newest
        sold = int(row["sold"])
        offer = Offer(
            **asdict(terms),
            id=await stores.offers.next_id(),
            shop_name=SHOPS[KINDS[row["kind"]]][0],
            state=State.APPROVED,
            buy_quantity=sold,
            buyer_count=sold * 4 // 5,
            views=int(row["views"]),
            revision=await stores.marks.next_revision(),
            changed_at=now,
        )
        await stores.offers.add(offer)
    for _, terms in placed[:SUBMISSIONS]:
        await services.offers.add(replace(terms, name=f"{terms.name}（待审核）", is_recommended=False))


class _Shelf:
    """What the offers of the file name, made when it is first named."""

    def __init__(self, services: GroupbuyServices):
        self._services = services
        self._shops: dict[Kind, int] = {}
        self._categories: dict[tuple[Kind, int, str], Category] = {}
        self._areas: dict[tuple[int, str], Area] = {}

    async def furnish(self) -> None:
        """Shops and price ranges, and whatever categories and areas are there from before."""
        known = {shop.name: shop.id for shop in await self._services.shops.list_all()}
        for kind, (name, promises) in SHOPS.items():
            contracts = tuple(ContractTerms(type_id=type_id, type_name=promise) for type_id, promise in promises)
            self._shops[kind] = known.get(name) or (await self._services.shops.add(ShopTerms(name=name, contracts=contracts))).id
        if not await self._services.price_ranges.list_all():
            for name, start, end in PRICE_RANGES:
                await self._services.price_ranges.add(PriceRangeTerms(name=name, start=start * 100, end=end * 100))
        for category in await self._services.categories.list_all():
            self._categories[category.kind, category.parent_id, category.name] = category
        for area in await self._services.areas.list_all():
            self._areas[area.parent_id, area.name] = area

    async def place(self, row: Row, now: datetime) -> Terms:
        kind = KINDS[row["kind"]]
        category = await self._category(kind, 0, row["category"])
        city = await self._area(0, row["city"]) if row["city"] else 0
        start_at = (now + timedelta(hours=int(row["starts_in_hours"]))).replace(minute=0, second=0, microsecond=0)
        return Terms(
            name=row["name"],
            kind=kind,
            goods_name=row["goods_name"],
            shop_id=self._shops[kind],
            goods_price=_fen(row["goods_price"]),
            price=_fen(row["price"]),
            start_at=start_at,
            end_at=start_at + timedelta(hours=int(row["lasts_hours"])),
            category_id=category,
            subcategory_id=await self._category(kind, category, row["subcategory"]),
            city_id=city,
            area_id=await self._area(city, row["area"]) if row["area"] else 0,
            upper_limit=int(row["limit"]),
            is_recommended=row["is_recommended"] == "1",
            image=f"/static/images/groupbuy/{row['picture']}.svg",
            image_rec=f"/static/images/groupbuy/{row['picture']}.svg",
            remark=row["remark"],
            intro="".join(f"<p>{line}</p>" for line in row["intro"].split("|")),
        )

    async def _category(self, kind: Kind, parent_id: int, name: str) -> int:
        if (kind, parent_id, name) not in self._categories:
            terms = CategoryTerms(name=name, kind=kind, parent_id=parent_id, sort=len(self._categories))
            self._categories[kind, parent_id, name] = await self._services.categories.add(terms)
        return self._categories[kind, parent_id, name].id

    async def _area(self, parent_id: int, name: str) -> int:
        if (parent_id, name) not in self._areas:
            terms = AreaTerms(name=name, parent_id=parent_id, sort=len(self._areas))
            self._areas[parent_id, name] = await self._services.areas.add(terms)
        return self._areas[parent_id, name].id


def _fen(yuan: str) -> int:
    return round(float(yuan) * 100)
