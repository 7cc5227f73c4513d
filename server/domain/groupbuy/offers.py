"""Offers: what is sold at a group price, and where it stands."""
from __future__ import annotations

from datetime import datetime
from enum import Enum, IntEnum
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.errors import Conflict, NotFound

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


class OfferChanged(Conflict):
    """Somebody else changed the offer meanwhile; what was decided was decided on an older one."""


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


SEEN = (State.APPROVED, State.ENDED, State.CLOSED)  # what was on sale once stays readable: links lead to it


class Phase(Enum):
    """Where an approved offer stands by the clock."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"


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

    name: Name
    kind: Kind
    goods_name: LongName
    shop_id: Id
    goods_price: Price
    price: Price
    start_at: datetime
    end_at: datetime
    category_id: Id
    subcategory_id: IdOrNone = 0
    city_id: IdOrNone = 0
    area_id: IdOrNone = 0
    goods_id: IdOrNone = 0
    common_id: IdOrNone = 0
    upper_limit: Count = 0  # most that one buyer may take; 0: as many as they like
    virtual_quantity: Count = 0
    is_recommended: bool = False
    image: Address = ""
    image_rec: Address = ""
    remark: Address = ""
    intro: Text = ""

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


class OfferStore(Protocol):
    """Where offers are kept."""

    async def get_offer(self, offer_id: int) -> Offer:
        """Raises OfferMissing."""

    async def list_offers_by_id(self, offer_ids: list[int]) -> list[Offer]:
        """Those that exist, in the order of the ids."""

    async def count_view(self, offer_id: int) -> None:
        """One more view."""

    async def next_id(self) -> int: ...

    async def add_offer(self, offer: Offer) -> None: ...

    async def save_offer(self, before: Offer, after: Offer) -> bool:
        """Replaces all but the counters, if nobody changed it since `before` was read."""
