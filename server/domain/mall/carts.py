"""Carts: what a member has put aside, row by row. Nothing is held for it; prices and stock are those of the moment it is looked at."""
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.wares import Choice, GoodsMissing, OffShelf, OutOfStock, SpecMissing, Wanted, Ware, Window

MOST_ROWS = 200
MOST_PIECES = 9999  # in a row
KEY_CHARACTERS = 32


class CartFull(Conflict):
    """There are as many rows as a cart may have."""


class CartRowMissing(NotFound):
    """The cart has no such row."""


class CartRow(Struct, frozen=True, kw_only=True):
    """So many pieces of one choice. `key` tells it from the others of its user; `kind` is which of the user's carts it is in."""

    id: str  # user:key
    user_id: int
    kind: str
    key: str
    choice: Choice
    number: int
    is_selected: bool = True
    added_at: datetime

    @classmethod
    def of(cls, user_id: int, kind: str, choice: Choice, now: datetime) -> CartRow:
        """An empty one."""
        key = key_of(kind, choice)
        return cls(id=f"{user_id}:{key}", user_id=user_id, kind=kind, key=key, choice=choice, number=0, added_at=now)


def key_of(kind: str, choice: Choice) -> str:
    """The same for the same choice, so that it is one row however often it is added."""
    return hashlib.sha256(msgspec.json.encode([kind, choice])).hexdigest()[:KEY_CHARACTERS]


class CartStore(Protocol):
    """Where rows are kept."""

    async def list_rows(self, user_id: int, kind: str) -> list[CartRow]:
        """The first one that was added first."""

    async def find_row(self, user_id: int, key: str) -> CartRow | None: ...

    async def count_rows(self, user_id: int) -> int: ...

    async def add_pieces(self, row: CartRow, number: int, *, least: int, most: int) -> None:
        """To the row, which is made if it is not there, and selected. It has no less and no more than that afterwards."""

    async def set_number(self, user_id: int, key: str, number: int) -> None: ...

    async def select_row(self, user_id: int, key: str, *, is_selected: bool) -> None: ...

    async def remove_rows(self, user_id: int, keys: Sequence[str]) -> int:
        """How many there were."""


class CartEntry(Struct, frozen=True):
    """A row with what it is now."""

    row: CartRow
    ware: Ware

    @property
    def is_selected(self) -> bool:
        """What cannot be bought now is not."""
        return self.row.is_selected and self.ware.is_on_sale and self.ware.left > 0


class Cart(Struct, frozen=True):
    """What is in a cart and could be looked at now; `shop_names` of those that occur."""

    entries: list[CartEntry]
    shop_names: dict[int, str]

    @property
    def number(self) -> int:
        """All pieces."""
        return sum(entry.row.number for entry in self.entries)

    @property
    def price(self) -> int:
        """Fen for what is selected."""
        return sum(entry.ware.unit_price * entry.row.number for entry in self.entries if entry.is_selected)

    @property
    def points(self) -> int:
        return sum(entry.ware.points * entry.row.number for entry in self.entries if entry.is_selected)


class CartService:
    """Work on carts. Raises CartRowMissing for a row of somebody else."""

    def __init__(self, carts: CartStore, window: Window, clock: Clock):
        self._carts = carts
        self._window = window
        self._clock = clock

    async def get_cart(self, user_id: int, kind: str) -> Cart:
        """Without goods that are gone."""
        rows = await self._carts.list_rows(user_id, kind)
        wares = await self._window.find_wares([Wanted(row.choice, row.number) for row in rows], user_id)
        entries = [CartEntry(row, ware) for row, ware in zip(rows, wares) if ware is not None]
        shops = sorted({entry.ware.shop_id for entry in entries})
        return Cart(entries, await self._window.find_shop_names(shops))

    async def add(self, user_id: int, kind: str, choice: Choice, number: int) -> Cart:
        """So many pieces more, and no less than a row has. Raises GoodsMissing, SpecMissing, OffShelf, OutOfStock, CartFull."""
        row = CartRow.of(user_id, kind, choice, self._clock.now())
        kept = await self._carts.find_row(user_id, row.key)
        if kept is None and await self._carts.count_rows(user_id) >= MOST_ROWS:
            raise CartFull()
        total = number + (kept.number if kept is not None else 0)
        ware = await self._find_sold(Wanted(choice, total), user_id)
        await self._carts.add_pieces(row, number, least=ware.least_in_cart, most=MOST_PIECES)
        return await self.get_cart(user_id, kind)

    async def set_number(self, user_id: int, kind: str, key: str, number: int) -> Cart:
        """No less than a row has. Raises CartRowMissing, GoodsMissing, SpecMissing, OffShelf and OutOfStock."""
        row = await self._get_row(user_id, key)
        ware = await self._find_sold(Wanted(row.choice, number), user_id)
        await self._carts.set_number(user_id, key, max(number, ware.least_in_cart))
        return await self.get_cart(user_id, kind)

    async def select(self, user_id: int, kind: str, key: str, *, is_selected: bool) -> Cart:
        """Raises CartRowMissing."""
        await self._get_row(user_id, key)
        await self._carts.select_row(user_id, key, is_selected=is_selected)
        return await self.get_cart(user_id, kind)

    async def remove(self, user_id: int, kind: str, keys: Sequence[str]) -> Cart:
        """Those of them that are there. Raises CartRowMissing if none is."""
        if await self._carts.remove_rows(user_id, keys) == 0:
            raise CartRowMissing("row")
        return await self.get_cart(user_id, kind)

    async def _get_row(self, user_id: int, key: str) -> CartRow:
        found = await self._carts.find_row(user_id, key)
        if found is None:
            raise CartRowMissing("row")
        return found

    async def _find_sold(self, wanted: Wanted, user_id: int) -> Ware:
        [ware] = await self._window.find_wares([wanted], user_id)
        if ware is None:
            raise SpecMissing() if await self._window.has_goods(wanted.choice.goods_id) else GoodsMissing()
        if not ware.is_on_sale:
            raise OffShelf(ware.name)
        if ware.left < max(wanted.number, ware.least_in_cart):
            raise OutOfStock(ware.name, ware.left)
        return ware
