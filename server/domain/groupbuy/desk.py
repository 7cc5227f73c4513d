"""The operators' desk: offers are put in, reviewed, changed, closed and taken out here."""
from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Struct
from msgspec.structs import asdict, replace

from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.marks import MarkStore
from server.domain.groupbuy.offers import (
    KIND_LABELS,
    PHASE_LABELS,
    STATE_LABELS,
    IdOrNone,
    Kind,
    Offer,
    OfferStore,
    OfferView,
    Phase,
    State,
    Terms,
    WrongState,
)
from server.domain.groupbuy.questions import Order, PhaseAt, Question
from server.domain.groupbuy.shops import Shop, ShopStore
from server.domain.groupbuy.stocking import Furniture, Stocking
from server.domain.nouns import NOBODY, REMOVE, Action, ChangedMeanwhile, Id, Noun, NounService, Rules, about
from server.domain.paging import ListQuery, Page, PageQuery

CHANGED = {State.AWAITING_REVIEW, State.APPROVED, State.REFUSED}  # what is over or closed stays as buyers saw it
FIRST_STATES = {state.value: STATE_LABELS[state] for state in (State.AWAITING_REVIEW, State.APPROVED)}


class NewTerms(Terms, frozen=True, kw_only=True):
    """`state` 1: a submission that awaits its review; 2: approved at once."""

    state: Annotated[Literal[1, 2], about("状态", "State", labels=FIRST_STATES)] = 1


class OfferFilters(Struct, frozen=True, kw_only=True):
    """`state` as it is stored, `phase` by the clock; categories and areas of either level. 0 asks for any."""

    state: Annotated[State | None, about("状态", "State", labels=STATE_LABELS)] = None
    phase: Annotated[Phase | None, about("阶段", "Phase", labels=PHASE_LABELS)] = None
    kind: Annotated[Kind | None, about("商品类型", "Kind", labels=KIND_LABELS)] = None
    shop_id: Annotated[IdOrNone, about("店铺", "Shop", refers_to="groupbuy.shops")] = 0
    category_id: Annotated[IdOrNone, about("分类", "Category", refers_to="groupbuy.categories")] = 0
    area_id: Annotated[IdOrNone, about("地区", "Area", refers_to="groupbuy.areas")] = 0


class OfferRules(Rules[Offer]):
    """An offer names a shop, categories and areas that are there; each change has a revision of the whole catalogue."""

    def __init__(self, stocking: Stocking, shops: ShopStore, marks: MarkStore, clock: Clock):
        self._stocking = stocking
        self._shops = shops
        self._marks = marks
        self._clock = clock

    async def refresh(self) -> None:
        await self._stocking.refresh()

    def tidy_filters(self, filters: dict[str, Any]) -> dict[str, Any]:
        asked = {name: value for name, value in filters.items() if value}
        return {**asked, "phase": PhaseAt(asked["phase"], self._clock.now())} if "phase" in asked else asked

    def show(self, made: Offer) -> OfferView:
        return OfferView.of(made, self._clock.now())

    async def make(self, noun: Noun[Offer], id: int, terms: Terms, before: Offer | None) -> Offer:
        """A submission that awaits its review, or an offer approved at once; one that was refused awaits its review again."""
        if before is not None:
            self.check_state(before, CHANGED)
        placed, shop = await self.place(terms)
        if before is not None:
            state = State.AWAITING_REVIEW if before.state is State.REFUSED else before.state
            return await self.next(before, **asdict(placed), shop_name=shop.name, state=state)
        values = {"state": State.AWAITING_REVIEW, **asdict(placed)}
        values["state"] = State(values["state"])
        revision = await self._marks.next_revision()
        return Offer(**values, id=id, shop_name=shop.name, revision=revision, changed_at=self._clock.now())

    async def next(self, before: Offer, **changes: object) -> Offer:
        """What it becomes by these changes."""
        return replace(before, **changes, revision=await self._marks.next_revision(), changed_at=self._clock.now())

    def check_state(self, offer: Offer, states: set[State]) -> None:
        """Raises WrongState."""
        state = offer.state_at(self._clock.now())
        if state not in states:
            raise WrongState(state)

    async def place(self, terms: Terms) -> tuple[Terms, Shop]:
        """Complete, and whose it is. Raises InvalidInput."""
        shop = await self._shops.find(terms.shop_id)
        problems = find_problems(terms, self._stocking.furniture)
        if shop is None:
            problems["shop_id"] = ["unknown"]
        if problems:
            raise InvalidInput(problems)
        assert shop is not None
        return complete(terms, self._stocking.furniture), shop


class OfferDesk(NounService[Offer]):
    """Operators' work on offers."""

    def __init__(self, stocking: Stocking, offers: OfferStore, shops: ShopStore, marks: MarkStore, clock: Clock):
        self._offer_rules = OfferRules(stocking, shops, marks, clock)
        self._stocking = stocking
        self._offers = offers
        super().__init__(OFFERS, offers, clock, self._offer_rules)

    async def try_out(self, terms: Struct) -> None:
        """Raises InvalidInput."""
        assert isinstance(terms, Terms)
        await self._offer_rules.refresh()
        await self._offer_rules.place(terms)

    async def page(self, query: ListQuery, page: PageQuery) -> Page[Offer]:
        """From memory in the usual order; what is searched or sorted otherwise is asked of the database."""
        if query.text or query.order:
            return await super().page(query, page)
        await self._offer_rules.refresh()
        ids, total = self._stocking.shelves.page_ids(
            to_question(query.filters), Order.DEFAULT, self._clock.now(), page.offset, page.size
        )
        return Page(page.number, await self._offers.find_by_ids(ids), total)

    async def approve_offer(self, offer_id: Id, cause: Cause = NOBODY) -> Offer:
        """Puts it on sale for its time, unless that is over. Raises NotFound, WrongState and ChangedMeanwhile."""

        async def approved(before: Offer) -> Offer:
            self._offer_rules.check_state(before, {State.AWAITING_REVIEW, State.REFUSED})
            if self._clock.now() >= before.end_at:
                raise WrongState(State.ENDED)
            return await self._offer_rules.next(before, state=State.APPROVED, reason="")

        return await self.act(offer_id, "approve", cause, approved)

    async def refuse_offer(self, offer_id: Id, cause: Cause) -> Offer:
        """Raises NotFound, WrongState and ChangedMeanwhile."""

        async def refused(before: Offer) -> Offer:
            self._offer_rules.check_state(before, {State.AWAITING_REVIEW})
            return await self._offer_rules.next(before, state=State.REFUSED, reason=cause.reason)

        return await self.act(offer_id, "refuse", cause, refused)

    async def close_offer(self, offer_id: Id, cause: Cause) -> Offer:
        """Takes an approved offer off sale before its end, for good. Raises NotFound, WrongState and ChangedMeanwhile."""

        async def closed(before: Offer) -> Offer:
            self._offer_rules.check_state(before, {State.APPROVED})
            return await self._offer_rules.next(before, state=State.CLOSED, reason=cause.reason)

        return await self.act(offer_id, "close", cause, closed)

    async def remove(self, id: Id, cause: Cause = NOBODY, *, revision: int | None = None) -> None:
        """Not while it is on sale or will be: close it first. Raises NotFound, WrongState and ChangedMeanwhile."""
        before = await self._get_at(id, revision)
        if before.phase_at(self._clock.now()) in (Phase.COMING, Phase.RUNNING):
            raise WrongState(before.state)
        # It stays with a new revision, by which every process hears of it.
        after = await self._offer_rules.next(before, removed_at=self._clock.now())
        if not await self._offers.save(before, after, self.entry(REMOVE, before, None, cause)):
            raise ChangedMeanwhile()


OFFERS = Noun(
    area="groupbuy",
    name="offers",
    zh="团购商品",
    en="Offers",
    made=Offer,
    terms=Terms,
    new=NewTerms,
    shown=OfferView,
    searched=("name", "goods_name", "shop_name"),
    sorted=("id", "name", "price", "goods_price", "start_at", "end_at", "buy_quantity", "views", "changed_at"),
    filters=OfferFilters,
    order=("-is_recommended", "-id"),
    raises=(WrongState,),
    actions=(
        Action("approve", "审核通过", "Approve", OfferDesk.approve_offer),
        Action("refuse", "审核不通过", "Refuse", OfferDesk.refuse_offer, needs_reason=True),
        Action("close", "关闭", "Close", OfferDesk.close_offer, needs_reason=True),
    ),
)


def to_question(filters: dict[str, Any]) -> Question:
    """The same question to the shelves."""
    return Question(
        state=filters.get("state"),
        phase=filters.get("phase"),
        kind=filters.get("kind"),
        shop_id=filters.get("shop_id") or 0,
        category_ids=frozenset(filter(None, [filters.get("category_id")])),
        area_ids=frozenset(filter(None, [filters.get("area_id")])),
    )


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
