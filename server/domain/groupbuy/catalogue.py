"""The catalogue as a visitor sees it: front page, lists, one offer."""
from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.groupbuy.areas import Area, AreaMissing
from server.domain.groupbuy.categories import Category, CategoryMissing
from server.domain.groupbuy.offers import SEEN, Kind, Offer, OfferMissing, OfferStore, Phase
from server.domain.groupbuy.price_ranges import PriceRange, PriceRangeMissing
from server.domain.groupbuy.questions import Entry, Order, Question
from server.domain.groupbuy.shops import Shop, ShopStore
from server.domain.groupbuy.stocking import Furniture, Stocking
from server.domain.groupbuy.trees import Tree

FRONT_ROWS = 12  # of each kind on the front page
HOT_ROWS = 5
AREA_ROWS = 12  # the document's example has 13 cities on 2 pages

T = TypeVar("T")


class Slice(Struct, Generic[T], frozen=True):
    """Entries from `first` on, at most `rows`, of `total`."""

    items: list[T]
    first: int
    rows: int
    total: int

    @property
    def pages(self) -> int:
        return -(-self.total // self.rows)


class Search(Struct, frozen=True, kw_only=True):
    """What a visitor asks a list for; 0 asks for any. A category or area may be given at either level."""

    kind: Kind
    phase: Phase = Phase.RUNNING
    category_id: int = 0
    subcategory_id: int = 0
    city_id: int = 0
    area_id: int = 0
    price_range_id: int = 0
    order: Order = Order.DEFAULT
    first: int = 0
    rows: int = FRONT_ROWS


class FrontPage(Struct, frozen=True):
    """Running offers and the top categories of each kind, and the cities."""

    offers: dict[Kind, Slice[Offer]]
    categories: dict[Kind, list[Category]]
    cities: Slice[Area]


class Listing(Struct, frozen=True):
    """One list with what it can be filtered by. `city` is the one asked for."""

    offers: Slice[Offer]
    categories: Tree[Category]
    price_ranges: list[PriceRange]
    cities: Slice[Area]
    city: Area | None
    districts: list[Area]


class Detail(Struct, frozen=True):
    """One offer with what its page shows beside it. `categories` from the top."""

    offer: Offer
    categories: list[Category]
    hot: Slice[Offer]
    cities: Slice[Area]
    shop: Shop | None


class CatalogueService:
    """Reads the catalogue; every answer holds all changes acknowledged before it was asked for."""

    def __init__(self, stocking: Stocking, offers: OfferStore, shops: ShopStore, clock: Clock):
        self._stocking = stocking
        self._offers = offers
        self._shops = shops
        self._clock = clock

    async def get_front_page(self) -> FrontPage:
        await self._stocking.refresh()
        furniture = self._stocking.furniture
        physical, virtual = await asyncio.gather(
            *(self._slice(Question(phase=Phase.RUNNING, kind=kind), Order.DEFAULT, 0, FRONT_ROWS) for kind in Kind)
        )
        tops = furniture.categories.children()
        return FrontPage(
            {Kind.PHYSICAL: physical, Kind.VIRTUAL: virtual},
            {kind: [category for category in tops if category.kind is kind] for kind in Kind},
            _cities(furniture),
        )

    async def list_offers(self, search: Search) -> Listing:
        """Raises CategoryMissing, AreaMissing and PriceRangeMissing."""
        await self._stocking.refresh()
        furniture = self._stocking.furniture
        question, city = ask(search, furniture)
        return Listing(
            await self._slice(question, search.order, search.first, search.rows),
            Tree(category for category in furniture.categories if category.kind is search.kind),
            furniture.price_ranges,
            _cities(furniture),
            city,
            furniture.areas.children(city.id) if city else [],
        )

    async def get_entry(self, offer_id: int) -> Entry:
        """An offer that may be seen, as the shelves know it. Raises OfferMissing, also for what was never on sale."""
        await self._stocking.refresh()
        entry = self._stocking.shelves.find(offer_id)
        if entry is None or entry.state not in SEEN:
            raise OfferMissing()
        return entry

    async def get_detail(self, offer_id: int) -> Detail:
        """Counts as a view. Raises OfferMissing, also for what was never on sale."""
        entry = await self.get_entry(offer_id)
        await self._offers.count_view(offer_id)
        offer, hot, shop = await asyncio.gather(
            self._offers.get_offer(offer_id),
            self._slice(Question(phase=Phase.RUNNING), Order.SALES_DOWN, 0, HOT_ROWS),
            self._shops.find(entry.shop_id),
        )
        furniture = self._stocking.furniture
        named = (furniture.categories.find(number) for number in (offer.category_id, offer.subcategory_id))
        return Detail(offer, [category for category in named if category], hot, _cities(furniture), shop)

    async def _slice(self, question: Question, order: Order, first: int, rows: int) -> Slice[Offer]:
        ids, total = self._stocking.shelves.page_ids(question, order, self._clock.now(), first, rows)
        return Slice(await self._offers.find_by_ids(ids), first, rows, total)


def ask(search: Search, furniture: Furniture) -> tuple[Question, Area | None]:
    """The question behind a search, and the city it is about. Raises CategoryMissing, AreaMissing and PriceRangeMissing."""
    categories, areas = furniture.categories, furniture.areas
    try:
        category = categories.find_deepest(search.category_id, search.subcategory_id)
    except LookupError:
        raise CategoryMissing() from None
    if category is not None and category.kind is not search.kind:
        raise CategoryMissing()
    try:
        area = areas.find_deepest(search.city_id, search.area_id)
    except LookupError:
        raise AreaMissing() from None
    price_range = furniture.find_price_range(search.price_range_id)
    if search.price_range_id and price_range is None:
        raise PriceRangeMissing()
    question = Question(
        phase=search.phase,
        kind=search.kind,
        category_ids=categories.ids_under(category) if category else frozenset(),
        area_ids=areas.ids_under(area) if area else frozenset(),
        price_from=price_range.start if price_range else 0,
        price_to=price_range.end if price_range else None,
    )
    return question, areas.find(area.parent_id) or area if area else None


def _cities(furniture: Furniture) -> Slice[Area]:
    cities = furniture.areas.children()
    return Slice(cities[:AREA_ROWS], 0, AREA_ROWS, len(cities))
