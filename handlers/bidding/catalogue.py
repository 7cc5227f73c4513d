"""拍品目录: a group's goods as collectors look through them; what stands beside a lot there; the caller's watch list."""
from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from handlers.bidding.inputs import PAGE_SIZE, PageNumber, PageParameters, PageSize
from handlers.bidding.shapes import GoodsShape, Pictures
from server.domain.auctions.catalogue import Listed, Listing, Order, Place, Question, Whose
from server.domain.auctions.fancy_serials import Fancy
from server.domain.auctions.goods import Terms
from server.domain.auctions.live import LotView
from server.domain.auctions.prices import StepFrom
from server.domain.auctions.watchlists import WatchlistFull
from server.domain.errors import NotFound, TokenMissing
from server.domain.paging import PageQuery
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

ABOUT_FANCIES = (
    "号码特征，按冠字号中最长的一串数字（至少六位）判定：solid 全同号，radar 正反读相同，ladder 逐位加一或减一，repeater 同一组数字重复，"
    "birthday 八位数字是 1900 至 2099 年的日期，low 小于 1000\n\n"
    "what is fancy about the longest run of digits of the serial number, of six or more: all the same, the same from both ends, up or down "
    "by one, one group repeated, a day from 1900 to 2099, below 1000"
)
KnownFancy = Annotated[Fancy, Meta(description=ABOUT_FANCIES)]


class CatalogueQuestion(Struct):
    """What is looked for, and in which order; the same for a list and for a place in it."""

    text: Annotated[str, Meta(max_length=64, description="在号码、分类、评级、号码类型中查找，空格分开的各词都要出现")] = ""
    category: Annotated[str, Meta(max_length=64, description="商品分类")] | None = None
    fancy: KnownFancy | None = None
    order: Annotated[
        Order,
        Meta(description="place 原有次序，ending 即将结束在前，cheapest 价低在前，dearest 价高在前，bids 出价多在前"),
    ] = Order.PLACE
    whose: Annotated[Whose, Meta(description="mine 只列我参与的，watched 只列我关注的，须登录")] | None = None

    def to_question(self) -> Question:
        return Question(text=self.text, category=self.category, fancy=self.fancy, order=self.order)


class CatalogueQuery(CatalogueQuestion):
    page: PageNumber = 1
    limit: PageSize = PAGE_SIZE


class ListedShape(GoodsShape):
    """Goods as the live channel shows them, with what is fancy about their number."""

    step: int
    pictures: Pictures
    fancies: list[KnownFancy]
    live: LotView
    steps: list[StepFrom] | UnsetType = UNSET

    @classmethod
    def of_listed(cls, one: Listed, call: Call) -> ListedShape:
        lot, live = one.lot, LotView.of(one.state, call.services.clock.now())
        return cls(
            lot.id,
            lot.group_id,
            lot.sn,
            lot.category,
            lot.score,
            lot.sn_no,
            lot.low_price,
            lot.top_price,
            lot.step_at(one.state.price),
            list(lot.pictures),
            list(one.fancies),
            live,
            list(lot.steps) or UNSET,
        )


class CategoryCount(Struct):
    category: str
    count: int


class FancyCount(Struct):
    fancy: KnownFancy
    count: int


class CatalogueShape(Struct):
    """`total`: how many were found; `lots`, `categories`, `fancies` count the whole group.

    With `cursor` the group's live channel goes on from this answer: it tells what has changed since. Null: begin without one.
    """

    group_id: int
    current_page: int
    found: list[ListedShape] = field(name="list")
    total: int
    lots: int
    categories: list[CategoryCount]
    fancies: list[FancyCount]
    cursor: str | None

    @classmethod
    def of(cls, group_id: int, listing: Listing, call: Call) -> CatalogueShape:
        page, counts = listing.page, listing.counts
        return cls(
            group_id,
            page.number,
            [ListedShape.of_listed(one, call) for one in page.items],
            page.total,
            counts.lots,
            [CategoryCount(category, count) for category, count in counts.categories.items()],
            [FancyCount(fancy, count) for fancy, count in counts.fancies.items()],
            listing.cursor,
        )


@routes.get("/group/catalogue/{group_id}", access=ANYONE, raises=(NotFound, TokenMissing))
async def list_catalogue(call: Call, group_id: int, query: CatalogueQuery) -> CatalogueShape:
    """查找拍品"""
    page = PageQuery(query.page, query.limit)
    listing = await call.services.auctions.catalogue.list_lots(group_id, query.to_question(), page, call.user, query.whose)
    return CatalogueShape.of(group_id, listing, call)


class NeighbourShape(Struct):
    id: int
    sn: str

    @classmethod
    def of(cls, lot: Terms | None) -> NeighbourShape | None:
        return cls(lot.id, lot.sn) if lot is not None else None


class PlaceShape(Struct):
    """`place` counts from 1; null where the goods are not among what was looked for."""

    place: int | None
    total: int
    previous: NeighbourShape | None
    next: NeighbourShape | None

    @classmethod
    def of(cls, place: Place) -> PlaceShape:
        return cls(place.number, place.total, NeighbourShape.of(place.before), NeighbourShape.of(place.after))


@routes.get("/group/catalogue/{group_id}/{goods_id}", access=ANYONE, raises=(NotFound, TokenMissing))
async def find_in_catalogue(call: Call, group_id: int, goods_id: int, query: CatalogueQuestion) -> PlaceShape:
    """上一件和下一件"""
    catalogue = call.services.auctions.catalogue
    return PlaceShape.of(await catalogue.find_place(group_id, goods_id, query.to_question(), call.user, query.whose))


class WatchedShape(Struct):
    """Goods of all groups; `goods_ids` is the whole watch list and not paged. What came last is first."""

    current_page: int
    watched: list[ListedShape] = field(name="list")
    total: int
    goods_ids: list[int]


class WatchingShape(Struct):
    goods_id: int
    is_watched: bool


@routes.get("/group/watched", access=SIGNED_IN)
async def list_watched(call: Call, query: PageParameters) -> WatchedShape:
    """我关注的拍品"""
    page, goods_ids = await call.services.auctions.catalogue.list_watched(call.caller, query.to_page_query())
    return WatchedShape(page.number, [ListedShape.of_listed(one, call) for one in page.items], page.total, goods_ids)


@routes.put("/group/watched/{goods_id}", access=SIGNED_IN, raises=(NotFound, WatchlistFull))
async def watch(call: Call, goods_id: int) -> WatchingShape:
    """关注拍品"""
    await call.services.auctions.watchlists.watch(call.caller, goods_id)
    return WatchingShape(goods_id, True)


@routes.delete("/group/watched/{goods_id}", access=SIGNED_IN)
async def stop_watching(call: Call, goods_id: int) -> WatchingShape:
    """取消关注"""
    await call.services.auctions.watchlists.stop_watching(call.caller, goods_id)
    return WatchingShape(goods_id, False)
