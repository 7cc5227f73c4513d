"""The operators' desk: offers are put in, reviewed, changed, closed and taken out here."""
from __future__ import annotations

from msgspec.structs import asdict, replace

from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.groupbuy.catalogue import Slice
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.marks import MarkStore
from server.domain.groupbuy.offers import (
    Offer,
    OfferChanged,
    OfferMissing,
    OfferStore,
    Phase,
    State,
    Terms,
    WrongState,
)
from server.domain.groupbuy.questions import Order, Question
from server.domain.groupbuy.shops import Shop, ShopStore
from server.domain.groupbuy.stocking import Furniture, Stocking

FIRST_STATES = (State.AWAITING_REVIEW, State.APPROVED)
CHANGED = {State.AWAITING_REVIEW, State.APPROVED, State.REFUSED}  # what is over or closed stays as buyers saw it


class OfferDesk:
    """Operators' work on offers. What two of them decide at once, the first one decides; the other gets OfferChanged."""

    def __init__(self, stocking: Stocking, offers: OfferStore, shops: ShopStore, marks: MarkStore, clock: Clock):
        self._stocking = stocking
        self._offers = offers
        self._shops = shops
        self._marks = marks
        self._clock = clock

    async def list_offers(self, question: Question, first: int, rows: int) -> Slice[Offer]:
        """In any state, recommended ones first, then the newest."""
        await self._stocking.refresh()
        ids, total = self._stocking.shelves.page_ids(question, Order.DEFAULT, self._clock.now(), first, rows)
        return Slice(await self._offers.list_offers_by_id(ids), first, rows, total)

    async def get_offer(self, offer_id: int) -> Offer:
        """Raises OfferMissing."""
        await self._stocking.refresh()
        if self._stocking.shelves.find(offer_id) is None:
            raise OfferMissing()
        return await self._offers.get_offer(offer_id)

    async def add_offer(self, terms: Terms, state: State = State.AWAITING_REVIEW) -> Offer:
        """A submission that awaits its review, or an offer approved at once. Raises InvalidInput."""
        placed, shop = await self._check(terms)
        offer = Offer(
            **asdict(placed),
            id=await self._offers.next_id(),
            shop_name=shop.name,
            state=state,
            revision=await self._marks.next_revision(),
            changed_at=self._clock.now(),
        )
        await self._offers.add_offer(offer)
        return offer

    async def change_offer(self, offer_id: int, terms: Terms) -> Offer:
        """One that was refused awaits its review again. Raises OfferMissing, InvalidInput, WrongState and OfferChanged."""
        before = await self._get(offer_id, CHANGED)
        placed, shop = await self._check(terms)
        state = State.AWAITING_REVIEW if before.state is State.REFUSED else before.state
        changes = {**asdict(placed), "shop_name": shop.name, "state": state}
        return await self._save(before, **changes)

    async def approve_offer(self, offer_id: int) -> Offer:
        """Puts it on sale for its time, unless that is over. Raises OfferMissing, WrongState and OfferChanged."""
        before = await self._get(offer_id, {State.AWAITING_REVIEW, State.REFUSED})
        if self._clock.now() >= before.end_at:
            raise WrongState(State.ENDED)
        return await self._save(before, state=State.APPROVED, reason="")

    async def refuse_offer(self, offer_id: int, reason: str) -> Offer:
        """Raises OfferMissing, WrongState and OfferChanged."""
        before = await self._get(offer_id, {State.AWAITING_REVIEW})
        return await self._save(before, state=State.REFUSED, reason=reason)

    async def close_offer(self, offer_id: int, reason: str) -> Offer:
        """Takes an approved offer off sale before its end, for good. Raises OfferMissing, WrongState and OfferChanged."""
        before = await self._get(offer_id, {State.APPROVED})
        return await self._save(before, state=State.CLOSED, reason=reason)

    async def remove_offer(self, offer_id: int) -> None:
        """Not while it is on sale or will be: close it first. Raises OfferMissing, WrongState and OfferChanged."""
        before = await self.get_offer(offer_id)
        if before.phase_at(self._clock.now()) in (Phase.COMING, Phase.RUNNING):
            raise WrongState(before.state)
        await self._save(before, removed_at=self._clock.now())

    async def _get(self, offer_id: int, states: set[State]) -> Offer:
        offer = await self.get_offer(offer_id)
        state = offer.state_at(self._clock.now())
        if state not in states:
            raise WrongState(state)
        return offer

    async def _save(self, before: Offer, **changes: object) -> Offer:
        after = replace(before, **changes, revision=await self._marks.next_revision(), changed_at=self._clock.now())
        if not await self._offers.save_offer(before, after):
            raise OfferChanged()
        return after

    async def _check(self, terms: Terms) -> tuple[Terms, Shop]:
        await self._stocking.refresh()
        shop = await self._shops.find_shop(terms.shop_id)
        problems = find_problems(terms, self._stocking.furniture)
        if shop is None:
            problems["shop_id"] = ["unknown"]
        if problems:
            raise InvalidInput(problems)
        assert shop is not None
        return complete(terms, self._stocking.furniture), shop


def find_problems(terms: Terms, furniture: Furniture) -> dict[str, list[str]]:
    """What an offer cannot be sold with, by field; its shop is not looked at."""
    problems: dict[str, list[str]] = {}
    if terms.end_at <= terms.start_at:
        problems["end_at"] = ["not_after_start"]
    if terms.price > terms.goods_price:
        problems["price"] = ["above_goods_price"]
    category = furniture.categories.find(terms.category_id)
    if category is None or category.parent_id or category.kind is not terms.kind:
        problems["category_id"] = ["unknown"]
    elif terms.subcategory_id and not _is_under(furniture.categories.find(terms.subcategory_id), category.id):
        problems["subcategory_id"] = ["unknown"]
    city = furniture.areas.find(terms.city_id)
    if terms.city_id and (city is None or city.parent_id):
        problems["city_id"] = ["unknown"]
    area = furniture.areas.find(terms.area_id)
    if terms.area_id and (area is None or not area.parent_id or (city is not None and area.parent_id != city.id)):
        problems["area_id"] = ["unknown"]
    return problems


def complete(terms: Terms, furniture: Furniture) -> Terms:
    """With the city of the area, where only the area is given."""
    area = furniture.areas.find(terms.area_id)
    return terms if area is None else replace(terms, city_id=area.parent_id)


def _is_under(category: Category | None, parent_id: int) -> bool:
    return category is not None and category.parent_id == parent_id
