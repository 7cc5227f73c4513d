"""Counts: where pieces of goods are, free, held by orders or sold; and what is told of goods beside."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Protocol

from msgspec import Struct

from server.domain.changes import Change
from server.domain.mall.goods.goods import count_id
from server.domain.mall.wares import OutOfStock, Pieces
from server.domain.nouns import Noun, Revision, about
from server.domain.transactions import Transaction


class Count(Struct, frozen=True, kw_only=True):
    """Pieces of one goods, price row, day or slot. What came in is free, held by orders that are not paid, or sold."""

    id: Annotated[str, about("编号", "Id")]
    goods_id: Annotated[int, about("商品", "Goods", refers_to="mall.goods")]
    free: Annotated[int, about("可售", "Free")] = 0
    held: Annotated[int, about("占用", "Held")] = 0
    sold: Annotated[int, about("已售", "Sold")] = 0
    came_in: Annotated[int, about("入库", "Came in")] = 0
    is_counted: Annotated[bool, about("有效", "In use")] = True  # False once the goods has no such row any more
    intakes: Annotated[int, about("入库次数", "Intakes")] = 0  # entries that tell how the pieces came in
    revision: Revision = 0


COUNTS = Noun(
    area="mall",
    name="stock",
    zh="库存",
    en="Stock",
    made=Count,
    id=str,
    label="id",
    searched=("id",),
    sorted=("id", "goods_id", "free", "held", "sold"),
    filtered=("goods_id", "is_counted"),
    is_kept=True,
)


class Tally(Struct, frozen=True, kw_only=True):
    """What buyers did about a goods."""

    id: int
    sold: int = 0
    orders: int = 0
    favourites: int = 0
    reviews: int = 0
    good_reviews: int = 0
    views: int = 0


class CountStore(Protocol):
    """Where pieces are counted."""

    async def find_counts(self, goods_ids: Iterable[int]) -> dict[str, Count]:
        """Those in use, by id."""

    async def move(self, count_id: str, number: int, away: str, to: str, within: Transaction) -> bool:
        """So many pieces from one field to another; False if there are too few."""

    async def set_came_in(self, goods_id: int, came_in: Mapping[str, int], change: Change, within: Transaction) -> str | None:
        """What is counted of a goods from now on; new pieces are free, and an entry tells of every difference and whose change made it.

        Gives the id of a count that has too few free ones to take out.
        """

    async def begin(self, came_in: Mapping[int, Mapping[str, int]], changes: Iterable[Change], within: Transaction) -> None:
        """What is counted of new goods, by their ids; all of it is free. An entry tells of it, by the change of each goods."""

    async def tell(self, goods_id: int, within: Transaction | None = None, **steps: int) -> None:
        """Adds to the tally."""

    async def find_tallies(self, goods_ids: Iterable[int]) -> dict[int, Tally]:
        """One for each, of goods that nothing happened to too."""


class StockService:
    """Implements Stock: pieces move by conditional writes of the transaction they belong to."""

    def __init__(self, counts: CountStore):
        self._counts = counts

    async def hold(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        """All of them, or none at all. Raises OutOfStock."""
        for one in _merged(pieces):
            if not await self._counts.move(place_of(one), one.number, "free", "held", within):
                found = (await self._counts.find_counts([one.goods_id])).get(place_of(one))
                raise OutOfStock(one.name, found.free if found else 0)

    async def give_back(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        await self._move(pieces, "held", "free", within)

    async def sell(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        await self._move(pieces, "held", "sold", within)
        for goods_id in sorted({one.goods_id for one in pieces}):
            number = sum(one.number for one in pieces if one.goods_id == goods_id)
            await self._counts.tell(goods_id, within, sold=number, orders=1)

    async def take_back(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        await self._move(pieces, "sold", "free", within)
        for goods_id in sorted({one.goods_id for one in pieces}):
            await self._counts.tell(goods_id, within, sold=-sum(one.number for one in pieces if one.goods_id == goods_id))

    async def _move(self, pieces: Sequence[Pieces], away: str, to: str, within: Transaction) -> None:
        for one in _merged(pieces):
            moved = await self._counts.move(place_of(one), one.number, away, to, within)
            assert moved, f"fewer pieces of {place_of(one)} are {away} than an order has"


def place_of(pieces: Pieces) -> str:
    """Where they are counted."""
    return count_id(pieces.goods_id, pieces.sku_id, pieces.day, pieces.slot)


def _merged(pieces: Sequence[Pieces]) -> list[Pieces]:
    """Those that are counted in one place as one, in one order for all: two orders of the same goods never wait for each other."""
    found: dict[str, Pieces] = {}
    for one in pieces:
        known = found.get(place_of(one))
        number = one.number + (known.number if known else 0)
        found[place_of(one)] = Pieces(one.goods_id, one.sku_id, one.day, one.slot, one.name, number)
    return [found[key] for key in sorted(found)]
