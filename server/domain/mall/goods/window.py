"""The window: what is offered, as buyers see it, and what one who buys would pay."""
from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.mall.categories import Category, branch_of
from server.domain.mall.earning import Earning, OwnCommission
from server.domain.mall.freights import Freight, Rate
from server.domain.mall.goods.counts import Count, CountStore, Tally
from server.domain.mall.goods.goods import Goods, Limit, Sku, count_id
from server.domain.mall.goods.shelf import GoodsQuestion, Shelf
from server.domain.mall.price_kinds import PriceKind, reduce_price
from server.domain.mall.promotions.level_rules import Level
from server.domain.mall.shops import Shop
from server.domain.mall.views import Views
from server.domain.mall.wares import Choice, GoodsMissing, Option, OverLimit, SpecMissing, Wanted, Ware
from server.domain.nouns import NounStore
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction

MEMBERS_SCALE = 10.0  # the discount of who has none, as the document writes it


class GoodsShelf(Protocol):
    """Goods by their ids."""

    async def find_by_ids(self, ids: Iterable[int]) -> list[Goods]:
        """Those that there are, removed ones too."""


class Purchases(Protocol):
    """What was bought before."""

    async def count_pieces(self, buyer_id: int, goods_id: int, since: datetime | None, within: Transaction | None = None) -> int:
        """In orders that were not closed."""


class Levels(Protocol):
    """What members pay less for being of a level."""

    async def find_rebate(self, user_id: int) -> Level | None:
        """The member's level, if goods cost less for it."""


class Offered(Struct, frozen=True):
    """Goods with what is counted of them."""

    goods: Goods
    counts: dict[str, Count]
    tally: Tally

    @property
    def left(self) -> int:
        """Free pieces of all its rows."""
        return sum(one.free for one in self.counts.values())

    def left_of(self, sku_id: int | None = None, day: str = "", slot: str = "") -> int:
        found = self.counts.get(count_id(self.goods.id, sku_id, day, slot))
        return found.free if found else 0


class WindowService:
    """Implements Window, and answers those who look."""

    def __init__(
        self,
        goods: GoodsShelf,
        counts: CountStore,
        shelf: Shelf,
        shops: NounStore[Shop],
        freights: NounStore[Freight],
        purchases: Purchases,
        levels: Levels,
        views: Views,
        clock: Clock,
    ):
        self._goods = goods
        self._counts = counts
        self._shelf = shelf
        self._shops = shops
        self._freights = freights
        self._purchases = purchases
        self._levels = levels
        self._views = views
        self._clock = clock

    # ---- for those who look

    async def list_categories(self, shop_id: int | None = None) -> list[Category]:
        """Those in use, flat, parents before children."""
        await self._shelf.refresh()
        return [one for one in self._shelf.categories if one.is_used and shop_id in (None, one.shop_id)]

    @property
    def categories_version(self) -> object | None:
        """The same object while no category has changed; None where that is not known at this moment."""
        return self._shelf.tree_version

    async def page_goods(self, question: GoodsQuestion, page: PageQuery) -> Page[Offered]:
        """Goods that are on the shelf now."""
        await self._shelf.refresh()
        ids = self._shelf.find(question, self._clock.now())
        return Page(page.number, await self._offer(ids[page.offset : page.offset + page.size]), len(ids))

    async def get_offered(self, goods_id: int) -> Offered:
        """Off the shelf too: an order or a favourite may lead there. Raises GoodsMissing."""
        found = await self.find_offered([goods_id])
        if not found:
            raise GoodsMissing("goods")
        return found[0]

    async def find_offered(self, goods_ids: Sequence[int]) -> list[Offered]:
        """Those that are there, off the shelf too."""
        return [one for one in await self._offer(goods_ids) if one.goods.removed_at is None]

    async def find_sku(self, goods_id: int, specs: tuple[tuple[int, int], ...]) -> tuple[Offered, Sku | None]:
        """With the price row of that choice; none for goods without. Raises GoodsMissing and SpecMissing."""
        offered = await self.get_offered(goods_id)
        if not offered.goods.properties:
            return offered, None
        sku = offered.goods.price_ids(specs)
        if sku is None:
            raise SpecMissing()
        return offered, sku

    async def find_rebate(self, buyer_id: int | None) -> Level | None:
        """The buyer's level, if goods cost less for it; None for who is not known."""
        return None if buyer_id is None else await self._levels.find_rebate(buyer_id)

    async def find_scale(self, buyer_id: int) -> float:
        """Tenths of the price that the member pays, as the document writes it."""
        level = await self.find_rebate(buyer_id)
        return MEMBERS_SCALE if level is None else level.percent / 10

    def price_of(self, goods: Goods, sku: Sku | None, level: Level | None) -> int:
        """Of one piece of that choice now, for who is of that level."""
        base = sku.price if sku else goods.price
        offers = [*_offers(goods, 1, self._clock.now()), *([] if level is None else [_of_level(level, base)])]
        return reduce_price(base, offers)[0]

    def price_now(self, goods: Goods, level: Level | None) -> int:
        """Of one piece of the cheapest choice."""
        return min(self.price_of(goods, sku, level) for sku in goods.skus or (None,))

    async def find_category(self, category_id: int) -> Category | None:
        await self._shelf.refresh()
        return next((one for one in self._shelf.categories if one.id == category_id), None)

    async def list_under(self, category_ids: Sequence[int]) -> frozenset[int]:
        """These categories and all below them."""
        await self._shelf.refresh()
        return frozenset(branch_of(self._shelf.categories, frozenset(category_ids))) if category_ids else frozenset()

    async def find_freight(self, freight_id: int) -> Freight | None:
        return await self._freights.find(freight_id) if freight_id else None

    async def find_rate(self, freight_id: int, place: Sequence[str]) -> Rate | None:
        """None where sending is free or the template is gone."""
        found = await self.find_freight(freight_id)
        return None if found is None or found.is_free else found.find_rate(place)

    def note_view(self, goods_id: int) -> None:
        """It is counted a little later."""
        self._views.note(goods_id)

    # ---- for those who buy

    async def find_wares(self, wanted: Sequence[Wanted], buyer_id: int) -> list[Ware | None]:
        """Each as it could be bought now, in the same order."""
        offered = {one.goods.id: one for one in await self._offer([one.choice.goods_id for one in wanted])}
        level = await self._levels.find_rebate(buyer_id)
        found = []
        for one in wanted:
            there = offered.get(one.choice.goods_id)
            gone = there is None or there.goods.removed_at is not None
            found.append(None if there is None or gone else await self._make_ware(there, one, buyer_id, level))
        return found

    async def has_goods(self, goods_id: int) -> bool:
        return any(one.removed_at is None for one in await self._goods.find_by_ids([goods_id]))

    async def find_shop_names(self, shop_ids: Sequence[int]) -> dict[int, str]:
        shops = [await self._shops.find(shop_id) for shop_id in shop_ids if shop_id]
        return {shop.id: shop.name for shop in shops if shop is not None}

    async def check_limits(self, wanted: Sequence[Wanted], buyer_id: int, within: Transaction) -> None:
        """As part of the transaction in which they are bought. Raises OverLimit."""
        pieces: dict[int, int] = {}
        for one in wanted:
            pieces[one.choice.goods_id] = pieces.get(one.choice.goods_id, 0) + one.number
        for goods in await self._goods.find_by_ids(pieces):
            for limit in goods.limits:
                left = limit.number - await self._count_bought(goods, limit, buyer_id, within)
                if pieces[goods.id] > left:
                    raise OverLimit(goods.name, max(0, left))

    async def reckon_freight(self, parcel: Sequence[tuple[Ware, int]], region_ids: Sequence[str]) -> int:
        """Fen: each template once, for all that is sent by it."""
        total = 0
        for freight_id in sorted({ware.freight_id for ware, _ in parcel if ware.freight_id}):
            freight = await self._freights.find(freight_id)
            mine = [(ware, number) for ware, number in parcel if ware.freight_id == freight_id]
            total += 0 if freight is None else freight.fee(
                pieces=sum(number for _, number in mine),
                grams=sum(ware.weight_grams * number for ware, number in mine),
                amount=sum(ware.unit_price * number for ware, number in mine),
                place=region_ids,
            )
        return total

    async def _offer(self, goods_ids: Sequence[int]) -> list[Offered]:
        goods = await self._goods.find_by_ids(goods_ids)
        ids = [one.id for one in goods]
        counts, tallies = await asyncio.gather(self._counts.find_counts(ids), self._counts.find_tallies(ids))
        by_goods: dict[int, dict[str, Count]] = {}
        for one in counts.values():
            by_goods.setdefault(one.goods_id, {})[one.id] = one
        return [Offered(one, by_goods.get(one.id, {}), tallies[one.id]) for one in goods]

    async def _make_ware(self, offered: Offered, wanted: Wanted, buyer_id: int, level: Level | None) -> Ware | None:
        goods, choice, now = offered.goods, wanted.choice, self._clock.now()
        sku = goods.price_ids(choice.specs) if goods.properties else None
        options = _options(goods, choice)
        day = next((one for one in goods.days if one.day == choice.day), None) if goods.days else None
        slot = next((one for one in goods.slots if (one.day, one.name) == (choice.day, choice.slot)), None) if goods.slots else None
        lacks = (goods.properties and sku is None) or (goods.days and day is None) or (goods.slots and slot is None)
        if lacks or options is None or (choice.specs and not goods.properties):
            return None
        priced = slot or day
        base = priced.price if priced else (sku.price if sku else goods.price)
        offers = [*([] if priced else _offers(goods, wanted.number, now)), *([] if level is None else [_of_level(level, base)])]
        price, reductions = reduce_price(base, offers)
        return Ware(
            choice=choice,
            sku_id=sku.id if sku else None,
            shop_id=goods.shop_id,
            category_id=goods.category_id,
            name=goods.name,
            picture=_picture(goods, choice),
            spec_names=tuple((one.name, name) for one, name in zip(goods.properties, sku.values)) if sku else (),
            price=price,
            base_price=base,
            reductions=reductions,
            additional_prices=goods.additional_prices,
            original_price=(sku.original_price if sku else 0) or goods.original_price,
            points=sku.points if sku else goods.points,
            options=options,
            left=offered.left_of(sku.id if sku else None, choice.day if priced else "", choice.slot if slot else ""),
            minimum=goods.minimum,
            most=await self._find_most(goods, buyer_id),
            is_on_sale=goods.is_sold_at(now),
            freight_id=goods.freight_id,
            weight_grams=goods.weight_grams,
            unit=goods.unit,
            bar_code=goods.bar_code,
            after_sale=",".join(map(str, goods.after_sale)),
            earning=Earning(points=goods.given, by=goods.given_by),
            commission=OwnCommission(kind=goods.commission_kind, amount=goods.commission),
        )

    async def _find_most(self, goods: Goods, buyer_id: int) -> int | None:
        lefts = [limit.number - await self._count_bought(goods, limit, buyer_id) for limit in goods.limits]
        return max(0, min(lefts)) if lefts else None

    async def _count_bought(self, goods: Goods, limit: Limit, buyer_id: int, within: Transaction | None = None) -> int:
        since = self._clock.now() - timedelta(days=limit.days) if limit.days else None
        return await self._purchases.count_pieces(buyer_id, goods.id, since, within)


def _offers(goods: Goods, number: int, now: datetime) -> list[tuple[PriceKind, str, int]]:
    """What a piece is offered for beside its usual price, where so many are bought."""
    offers = [(PriceKind.NUMBER, "", step.price) for step in goods.steps if number >= step.number][-1:]
    if goods.is_flash_at(now) and goods.flash_price is not None:
        offers.append((PriceKind.FLASH_SALE, "", goods.flash_price))
    return offers


def _of_level(level: Level, price: int) -> tuple[PriceKind, str, int]:
    return PriceKind.LEVEL, level.name, level.price_of(price)


def _options(goods: Goods, choice: Choice) -> tuple[Option, ...] | None:
    """What was chosen; None if something required is missing, or there is no such option."""
    found: list[Option] = []
    chosen = set(choice.options)
    for group in goods.option_groups:
        mine = [option for option in group.options if (group.id, option.id) in chosen]
        if (group.is_required and not mine) or (len(mine) > 1 and not group.is_several):
            return None
        found += [Option(group_id=group.id, id=one.id, group_name=group.name, name=one.name, price=one.price) for one in mine]
    return tuple(found) if len(found) == len(chosen) else None


def _picture(goods: Goods, choice: Choice) -> str:
    chosen = dict(choice.specs)
    pictures = [value.picture for one in goods.properties for value in one.values if chosen.get(one.id) == value.id and value.picture]
    return pictures[0] if pictures else goods.picture
