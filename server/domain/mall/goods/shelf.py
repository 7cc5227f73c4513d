"""The shelf: a light row of every goods in memory, so that a list takes as long with 100,000 goods as with 100."""
from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct

from server.domain.mall.categories import Category, branch_of
from server.domain.nouns import NounStore

LOOK_SECONDS = 0.5  # a change of another process is seen so long after it, at most
IN_FLIGHT = 200  # changes that may be written after one with a later number
SORTED_SECONDS = 30.0  # how many were sold counts in lists after so long
MOST_LISTS = 300
MOST_CATEGORIES_SECONDS = 5.0


class ShelfRow(Struct, frozen=True, kw_only=True):
    """What lists are found and sorted by."""

    id: int
    revision: int
    name: str
    tags: str = ""
    characteristic: str = ""
    bar_code: str = ""
    category_id: int
    shop_id: int = 0
    price: int
    sort: int = 0
    is_recommended: bool = False
    is_on_shelf: bool = True
    is_bargained: bool = False
    is_grouped: bool = False
    sold_from: datetime | None = None
    sold_until: datetime | None = None
    flash_from: datetime | None = None
    flash_until: datetime | None = None
    added_at: datetime
    removed_at: datetime | None = None

    def is_seen_at(self, now: datetime) -> bool:
        begun = self.sold_from is None or self.sold_from <= now
        return begun and (self.sold_until is None or now < self.sold_until)

    def is_flash_at(self, now: datetime) -> bool:
        """Lists announce a flash sale before it begins, too."""
        return self.flash_until is not None and now < self.flash_until


class GoodsOrder(str, Enum):
    """As the document names them."""

    USUAL = ""
    PRICE_UP = "priceUp"
    PRICE_DOWN = "priceDown"
    ORDERS_UP = "ordersUp"
    ORDERS_DOWN = "ordersDown"
    ADDED_UP = "addedUp"
    ADDED_DOWN = "addedDown"


class GoodsQuestion(Struct, frozen=True, kw_only=True):
    """What is looked for; None asks for any."""

    words: str = ""
    name_part: str = ""
    tags_part: str = ""
    bar_code: str = ""
    category_ids: frozenset[int] = frozenset()  # with all below them
    ids: frozenset[int] = frozenset()
    shop_id: int | None = None
    is_recommended: bool | None = None
    is_bargained: bool | None = None
    is_grouped: bool | None = None
    is_flash: bool | None = None
    order: GoodsOrder = GoodsOrder.USUAL


class ShelfStore(Protocol):
    """What the shelf is filled from."""

    async def list_rows(self, after: int) -> list[ShelfRow]:
        """Of goods with a later revision, removed ones too."""


class SoldStore(Protocol):
    """How many orders there were."""

    async def find_order_numbers(self) -> dict[int, int]:
        """By goods; of those that were ordered."""


def folded(text: str) -> str:
    """As words are compared: full width as half, capitals as small."""
    return unicodedata.normalize("NFKC", text).casefold()


class Shelf:
    """`refresh` before an answer: then it holds what was changed a moment ago, whichever process changed it."""

    def __init__(self, goods: ShelfStore, categories: NounStore[Category], sold: SoldStore):
        self._goods = goods
        self._categories = categories
        self._sold = sold
        self._rows: dict[int, ShelfRow] = {}
        self._texts: dict[int, str] = {}
        self._orders: dict[int, int] = {}
        self._tree: list[Category] = []
        self._lists: dict[GoodsQuestion, list[int]] = {}
        self._newest = -IN_FLIGHT
        self._looked_at = self._sorted_at = self._tree_at = float("-inf")
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Costs nothing most of the time. Raises Unavailable."""
        if time.monotonic() - self._looked_at > LOOK_SECONDS:
            async with self._lock:
                if time.monotonic() - self._looked_at > LOOK_SECONDS:
                    await self._look()

    def forget(self) -> None:
        """This process has changed something: the next answer looks."""
        self._looked_at = self._tree_at = float("-inf")

    @property
    def categories(self) -> list[Category]:
        """In the order they are shown."""
        return self._tree

    def find(self, question: GoodsQuestion, now: datetime) -> list[int]:
        """Ids of goods that are on the shelf at this moment, in order."""
        kept = self._lists.get(question)
        if kept is None:
            if len(self._lists) >= MOST_LISTS:
                self._lists.clear()
            kept = self._lists[question] = self._sort(question)
        rows = self._rows
        is_timed = any(rows[one].sold_from or rows[one].sold_until for one in kept) if question.is_flash is None else True
        if not is_timed:
            return kept
        return [one for one in kept if rows[one].is_seen_at(now) and (not question.is_flash or rows[one].is_flash_at(now))]

    async def _look(self) -> None:
        begun = time.monotonic()
        if begun - self._tree_at > MOST_CATEGORIES_SECONDS:
            self._tree = await self._categories.list_all("parent_id", "sort")
            self._tree_at = begun
            self._lists.clear()
        changed = [row for row in await self._goods.list_rows(self._newest - IN_FLIGHT) if self._is_news(row)]
        for row in changed:
            self._put(row)
        if begun - self._sorted_at > SORTED_SECONDS:
            self._orders, self._sorted_at = await self._sold.find_order_numbers(), begun
            self._lists.clear()
        if changed:
            self._lists.clear()
        self._looked_at = begun

    def _is_news(self, row: ShelfRow) -> bool:
        known = self._rows.get(row.id)
        return row.removed_at is None if known is None else row.revision > known.revision

    def _put(self, row: ShelfRow) -> None:
        self._newest = max(self._newest, row.revision)
        if row.removed_at is not None:
            self._rows.pop(row.id, None)
            self._texts.pop(row.id, None)
            return
        self._rows[row.id] = row
        self._texts[row.id] = folded(f"{row.name}\n{row.tags}\n{row.characteristic}")

    def _sort(self, question: GoodsQuestion) -> list[int]:
        rows = self._rows.values() if not question.ids else [self._rows[one] for one in question.ids if one in self._rows]
        accepts = self._accepting(question)
        found = [row for row in rows if row.is_on_shelf and accepts(row)]
        words = folded(question.words).split()
        if words:
            found = [row for row in found if all(word in self._texts[row.id] for word in words)]
        return [row.id for row in sorted(found, key=self._key(question, words))]

    def _accepting(self, question: GoodsQuestion) -> Callable[[ShelfRow], bool]:
        wanted: dict[str, Any] = {"bar_code": question.bar_code or None, "shop_id": question.shop_id}
        wanted |= {name: getattr(question, name) for name in ("is_recommended", "is_bargained", "is_grouped")}
        asked = [(name, value) for name, value in wanted.items() if value is not None]
        branch = branch_of(self._tree, question.category_ids) if question.category_ids else None
        parts = [(name, folded(text)) for name, text in (("name", question.name_part), ("tags", question.tags_part)) if text]

        def accepts(row: ShelfRow) -> bool:
            return (
                all(getattr(row, name) == value for name, value in asked)
                and (branch is None or row.category_id in branch)
                and (question.is_flash is None or (row.flash_until is not None) == question.is_flash)
                and all(text in folded(getattr(row, name)) for name, text in parts)
            )

        return accepts

    def _key(self, question: GoodsQuestion, words: Sequence[str]) -> Callable[[ShelfRow], tuple[Any, ...]]:
        orders = self._orders
        keys: dict[GoodsOrder, Callable[[ShelfRow], tuple[Any, ...]]] = {
            GoodsOrder.USUAL: lambda row: (self._rank(row, words), row.sort, -row.id),
            GoodsOrder.PRICE_UP: lambda row: (row.price, -row.id),
            GoodsOrder.PRICE_DOWN: lambda row: (-row.price, -row.id),
            GoodsOrder.ORDERS_UP: lambda row: (orders.get(row.id, 0), -row.id),
            GoodsOrder.ORDERS_DOWN: lambda row: (-orders.get(row.id, 0), -row.id),
            GoodsOrder.ADDED_UP: lambda row: (row.added_at, row.id),
            GoodsOrder.ADDED_DOWN: lambda row: (-row.added_at.timestamp(), -row.id),
        }
        return keys[question.order]

    @staticmethod
    def _rank(row: ShelfRow, words: Sequence[str]) -> int:
        """Names that begin with a word come first, then those that hold all, then what only tags and notes tell."""
        name = folded(row.name)
        if any(name.startswith(word) for word in words):
            return 0
        return 1 if all(word in name for word in words) else 2
