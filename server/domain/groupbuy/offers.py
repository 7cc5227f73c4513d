"""Offers: what is sold at a group price, and where it stands."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, IntEnum
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import fields

from server.domain.errors import Conflict, NotFound
from server.domain.nouns import NounStore, NumberId, Revision, about

LARGEST_PRICE = 10**11  # fen; a thousand million yuan, which prints exactly as a number with two decimals
LARGEST_NUMBER = 2**31 - 1  # of pieces, and of ids of other systems

NOT_BLANK = r"\S"
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=NOT_BLANK)]
LongName = Annotated[str, Meta(min_length=1, max_length=200, pattern=NOT_BLANK)]
Address = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=20_000)]
Price = Annotated[int, Meta(ge=1, le=LARGEST_PRICE)]
Count = Annotated[int, Meta(ge=0, le=LARGEST_NUMBER)]
Id = Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)]
IdOrNone = Annotated[int, Meta(ge=0, le=LARGEST_NUMBER)]  # 0: none, as the document writes it


class OfferMissing(NotFound):
    """There is no such offer, or it may not be seen."""

    def __init__(self) -> None:
        super().__init__("offer")


class WrongState(Conflict):
    """This cannot be done with an offer in that state."""

    def __init__(self, state: State):
        super().__init__(state)
        self.state = state


class Kind(IntEnum):
    """The document's 团购商品类型."""

    PHYSICAL = 1
    VIRTUAL = 2


class State(IntEnum):
    """The document's 团购状态. An approved offer whose time is over counts as ended, whatever is stored."""

    AWAITING_REVIEW = 1
    APPROVED = 2
    ENDED = 3
    REFUSED = 4
    CLOSED = 5


KIND_LABELS = {Kind.PHYSICAL: ("实物", "Physical"), Kind.VIRTUAL: ("虚拟", "Virtual")}
STATE_LABELS = {
    State.AWAITING_REVIEW: ("待审核", "Awaiting review"),
    State.APPROVED: ("审核通过", "Approved"),
    State.ENDED: ("结束", "Ended"),
    State.REFUSED: ("审核失败", "Refused"),
    State.CLOSED: ("管理员关闭", "Closed"),
}
SEEN = (State.APPROVED, State.ENDED, State.CLOSED)  # what was on sale once stays readable: links lead to it


class Phase(Enum):
    """Where an approved offer stands by the clock."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"


PHASE_LABELS = {Phase.COMING: ("即将开始", "Coming"), Phase.RUNNING: ("进行中", "Running"), Phase.OVER: ("已结束", "Over")}


def phase_of(state: State, start_at: datetime, end_at: datetime, now: datetime) -> Phase | None:
    """None for an offer that is not on sale at any time. The first moment of the end is over already."""
    if state is State.ENDED:
        return Phase.OVER
    if state is not State.APPROVED:
        return None
    if now >= end_at:
        return Phase.OVER
    return Phase.RUNNING if now >= start_at else Phase.COMING


class Terms(Struct, frozen=True, kw_only=True):
    """What is sold on which conditions: all that an operator decides. Money in fen."""

    name: Annotated[Name, about("团购名称", "Name")]
    kind: Annotated[Kind, about("商品类型", "Kind", labels=KIND_LABELS)]
    goods_name: Annotated[LongName, about("商品名称", "Goods")]
    shop_id: Annotated[Id, about("店铺", "Shop", refers_to="groupbuy.shops")]
    goods_price: Annotated[Price, about("商品原价", "Price of the goods", "money")]
    price: Annotated[Price, about("团购价", "Price", "money")]
    start_at: Annotated[datetime, about("开始时间", "Start")]
    end_at: Annotated[datetime, about("结束时间", "End")]
    category_id: Annotated[Id, about("一级分类", "Category", refers_to="groupbuy.categories")]
    subcategory_id: Annotated[IdOrNone, about("二级分类", "Subcategory", refers_to="groupbuy.categories")] = 0
    city_id: Annotated[IdOrNone, about("城市", "City", refers_to="groupbuy.areas")] = 0
    area_id: Annotated[IdOrNone, about("地区", "Area", refers_to="groupbuy.areas")] = 0
    goods_id: Annotated[IdOrNone, about("商品编号", "Goods id")] = 0
    common_id: Annotated[IdOrNone, about("公共商品编号", "Common goods id")] = 0
    # The most that one buyer may take; 0: as many as they like.
    upper_limit: Annotated[Count, about("购买上限", "Limit of one buyer")] = 0
    virtual_quantity: Annotated[Count, about("虚拟数量", "Virtual quantity")] = 0
    is_recommended: Annotated[bool, about("推荐", "Recommended")] = False
    image: Annotated[Address, about("图片", "Picture", "picture")] = ""
    image_rec: Annotated[Address, about("推荐位图片", "Picture where it is recommended", "picture")] = ""
    remark: Annotated[Address, about("副标题", "Remark")] = ""
    intro: Annotated[Text, about("介绍", "Introduction", "html")] = ""

    @property
    def reduction(self) -> int:
        return self.goods_price - self.price

    @property
    def rate_hundredths(self) -> int:
        """折: tenths of the goods price, in hundredths, rounded half up. 30 for 100 yuan is 3.00折, so 300."""
        return (self.price * 2000 + self.goods_price) // (2 * self.goods_price)


class Offer(Terms, frozen=True, kw_only=True):
    """An offer in the catalogue. `shop_name` is the shop's when the offer was last saved; `reason` why it was refused or closed."""

    id: int
    shop_name: str
    state: State
    buyer_count: int = 0
    buy_quantity: int = 0
    views: int = 0
    reason: str = ""
    revision: int = 0
    import_id: int | None = None
    changed_at: datetime
    removed_at: datetime | None = None

    def phase_at(self, now: datetime) -> Phase | None:
        return phase_of(self.state, self.start_at, self.end_at, now)

    def state_at(self, now: datetime) -> State:
        return State.ENDED if self.phase_at(now) is Phase.OVER else self.state


class OfferView(Terms, frozen=True, kw_only=True):
    """An offer as operators see it: `state` and `phase` go by the clock; `phase` is null for what is not approved."""

    id: NumberId
    shop_name: Annotated[str, about("店铺名称", "Name of the shop")]
    state: Annotated[State, about("状态", "State", labels=STATE_LABELS)]
    phase: Annotated[Phase | None, about("阶段", "Phase", labels=PHASE_LABELS)]
    buyer_count: Annotated[int, about("购买人数", "Buyers")]
    buy_quantity: Annotated[int, about("已购数量", "Sold")]
    views: Annotated[int, about("浏览次数", "Views")]
    reason: Annotated[str, about("原因", "Reason")]
    revision: Revision
    changed_at: Annotated[datetime, about("修改时间", "Changed at")]

    @classmethod
    def of(cls, offer: Offer, now: datetime) -> OfferView:
        same = {field.name: getattr(offer, field.name) for field in fields(cls) if field.name not in ("state", "phase")}
        return cls(**same, state=offer.state_at(now), phase=offer.phase_at(now))


class OfferStore(NounStore[Offer], Protocol):
    """Where offers are kept. A save leaves the counters as they are."""

    async def get_offer(self, offer_id: int) -> Offer:
        """Raises OfferMissing."""

    async def find_by_ids(self, ids: Iterable[int]) -> list[Offer]:
        """Those that exist, in the order of the ids."""

    async def count_view(self, offer_id: int) -> None:
        """One more view."""
