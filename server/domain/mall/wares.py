"""Wares: what carts and orders hold, as the window offers it; and what they ask of the window and of the stock."""
from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.errors import Conflict, NotFound
from server.domain.mall.earning import Earning, OwnCommission
from server.domain.mall.price_kinds import Reduction
from server.domain.nouns import about
from server.domain.transactions import Transaction


class GoodsMissing(NotFound):
    """There is no such goods, or it is not to be seen."""


class SpecMissing(Conflict):
    """The goods has specs or options that have to be chosen, and they were not, or there is no such choice."""


class OffShelf(Conflict):
    """The goods is not sold now. `name` is its name."""

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name


class OutOfStock(Conflict):
    """Less is left than is wanted. `name` is the goods' name."""

    def __init__(self, name: str, left: int):
        super().__init__(name, left)
        self.name = name
        self.left = left


class BelowMinimum(Conflict):
    """Less of a goods is wanted, in all choices together, than is sold at once. `name` is the goods' name."""

    def __init__(self, name: str, minimum: int):
        super().__init__(name, minimum)
        self.name = name
        self.minimum = minimum


class OverLimit(Conflict):
    """One person may not buy so many. `name` is the goods' name, `most` how many are left to them."""

    def __init__(self, name: str, most: int):
        super().__init__(name, most)
        self.name = name
        self.most = most


class Choice(Struct, frozen=True, kw_only=True):
    """One goods and what was chosen of it: pairs of property and value, pairs of group and option, both sorted; a day, or a slot of it."""

    goods_id: int
    specs: tuple[tuple[int, int], ...] = ()
    options: tuple[tuple[int, int], ...] = ()
    day: str = ""  # yyyy-MM-dd, of goods that are priced or sold by the day; several days are several choices
    slot: str = ""


class Option(Struct, frozen=True, kw_only=True):
    """An option that was chosen, such as sugar in the tea; `price` is added to that of the goods."""

    group_id: int
    id: int
    group_name: str
    name: str
    price: int


class AddedBy(int, Enum):
    """How an additional price is reckoned, as the document numbers it."""

    PIECE = 0
    PERCENT = 1


ADDED_LABELS = {AddedBy.PIECE: ("按件（分）", "By piece, fen"), AddedBy.PERCENT: ("按金额（%）", "Percent of the amount")}


class AdditionalPrice(Struct, frozen=True, kw_only=True):
    """What comes on top of goods, such as for wrapping: so many fen a piece, or percent of what the pieces cost."""

    name: Annotated[Annotated[str, Meta(min_length=1, max_length=64)], about("名称", "Name")]
    kind: Annotated[AddedBy, about("计费方式", "Reckoned", labels=ADDED_LABELS)] = AddedBy.PIECE
    price: Annotated[Annotated[int, Meta(ge=0, le=10**9)], about("金额或百分比", "Fen or percent")] = 0

    def reckon(self, amount: int, number: int) -> int:
        """Fen for so many pieces that cost this together."""
        return self.price * number if self.kind is AddedBy.PIECE else (amount * self.price + 50) // 100


class Ware(Struct, frozen=True, kw_only=True):
    """One choice as it could be bought at this moment. Money in fen.

    `price` is that of one piece in this number and for this buyer: level, flash sale, steps of number; `reductions` tell how it came from
    the `base_price`. Options are added to it.
    """

    choice: Choice
    sku_id: int | None = None  # the price row, where the goods has specs
    shop_id: int = 0
    category_id: int = 0
    name: str
    picture: str = ""
    spec_names: tuple[tuple[str, str], ...] = ()  # name of each property and of the value that was chosen
    price: int
    base_price: int  # before what the buyer's level or the number takes off
    reductions: tuple[Reduction, ...] = ()
    additional_prices: tuple[AdditionalPrice, ...] = ()
    original_price: int = 0
    points: int = 0  # to be paid besides, for one piece
    options: tuple[Option, ...] = ()
    left: int  # in stock
    minimum: int = 1
    most: int | None = None  # how many of it this buyer may still buy; None: any number
    is_on_sale: bool = True
    freight_id: int = 0  # the template; 0: none, delivery is free
    weight_grams: int = 0
    unit: str = ""
    bar_code: str = ""
    after_sale: str = ""  # kinds that are offered, "0,1,2"; empty: none
    earning: Earning = Earning()
    commission: OwnCommission = OwnCommission()

    @property
    def unit_price(self) -> int:
        """Of one piece with its options."""
        return self.price + sum(option.price for option in self.options)

    @property
    def least_in_cart(self) -> int:
        """Pieces that a row of a cart has at least. Where something was chosen it is one: those of all choices count together, and buyers
        may put the other ones in next."""
        return 1 if self.choice.specs or self.choice.options else self.minimum

    @property
    def needs_delivery(self) -> bool:
        """Whether it is sent to somebody at all."""
        return self.freight_id != 0

    def pieces(self, number: int) -> Pieces:
        """So many of them, for the stock."""
        return Pieces(self.choice.goods_id, self.sku_id, self.choice.day, self.choice.slot, self.name, number)


class Pieces(Struct, frozen=True):
    """So many pieces, by where they are counted: the goods, its price row, its day, its slot."""

    goods_id: int
    sku_id: int | None
    day: str
    slot: str
    name: str  # for whom there are too few
    number: int


class Wanted(Struct, frozen=True):
    """So many pieces of a choice."""

    choice: Choice
    number: int


class Window(Protocol):
    """What is offered, for one who buys."""

    async def find_wares(self, wanted: Sequence[Wanted], buyer_id: int) -> list[Ware | None]:
        """Each as it could be bought now, in the same order. None for goods that are gone, and for a choice that there is not (of specs
        that have to be chosen, none was)."""

    async def has_goods(self, goods_id: int) -> bool:
        """Whether there is such goods, whatever may be chosen of it."""

    async def find_shop_names(self, shop_ids: Sequence[int]) -> dict[int, str]:
        """Of those that there are; the mall itself, number 0, is none of them."""

    async def check_limits(self, wanted: Sequence[Wanted], buyer_id: int, within: Transaction) -> None:
        """As part of the transaction in which they are bought: no other purchase of the same buyer is under way. Raises OverLimit."""

    async def reckon_freight(self, parcel: Sequence[tuple[Ware, int]], region_ids: Sequence[str]) -> int:
        """Fen for sending so many pieces of each to that place (province, city, district, street; none: nobody knows where to)."""


class Stock(Protocol):
    """Where pieces are counted. What is held is neither free nor sold."""

    async def hold(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        """All of them, or none at all. Raises OutOfStock."""

    async def give_back(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        """What was held is free again."""

    async def sell(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        """What was held is sold: paid for."""

    async def take_back(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        """What was sold is free again: refunded before it was sent."""
