"""The shelf: a light row of every goods in memory, so that a list takes as long with 100,000 goods as with 100."""
from __future__ import annotations

import asyncio
import time
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct

from server.domain.mall.categories import Category, branch_of
from server.domain.mall.goods.grams import Grams
from server.domain.nouns import NounStore
from server.domain.turns import in_turn

LOOK_SECONDS = 0.5  # a change of another process is seen so long after it, at most
FILL_SECONDS = 600.0  # between two looks where nobody asks: who does first in a process finds a large shelf filled
IN_FLIGHT = 200  # changes that may be written after one with a later number
SORTED_SECONDS = 30.0  # how many were sold counts in lists after so long
MOST_LISTS = 300
MOST_AT_ONCE = 200  # changes that are put into the lists one by one; after more, lists are made anew


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


BY_ORDERS = (GoodsOrder.ORDERS_UP, GoodsOrder.ORDERS_DOWN)


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


class SortedList:
    """Ids of rows that a question accepts, in its order; rows come and go one by one.

    What is seen of it depends on the time, and is remembered until the next moment at which that changes.
    """

    def __init__(
        self,
        rows: Mapping[int, ShelfRow],
        accepts: Callable[[ShelfRow], bool],
        key: Callable[[ShelfRow], tuple[Any, ...]],
        candidates: Iterable[int],
        is_flash: bool | None,
    ):
        self._rows = rows
        self._accepts = accepts
        self._key = key
        self._is_flash = is_flash
        found = [row for row in map(rows.__getitem__, candidates) if accepts(row)]
        self._ids = [row.id for row in sorted(found, key=key)]
        self._seen: list[int] | None = None  # set while it is known from when until when it is so
        self._seen_from = self._seen_until = datetime.min.replace(tzinfo=timezone.utc)

    def seen_at(self, now: datetime) -> Sequence[int]:
        if self._seen is None or not self._seen_from <= now < self._seen_until:
            self._look(now)
        assert self._seen is not None
        return self._seen

    def take_out(self, row: ShelfRow) -> bool:
        """While it is among the rows still. False if it is not where it should be: the list is of no use then."""
        if not self._accepts(row):
            return True
        at = self._find(row)
        if at >= len(self._ids) or self._ids[at] != row.id:
            return False
        del self._ids[at]
        self._seen = None
        return True

    def put_in(self, row: ShelfRow) -> None:
        """Once it is among the rows."""
        if self._accepts(row):
            self._ids.insert(self._find(row), row.id)
            self._seen = None

    def _find(self, row: ShelfRow) -> int:
        return bisect_left(self._ids, self._key(row), key=lambda id: self._key(self._rows[id]))

    def _look(self, now: datetime) -> None:
        rows = [self._rows[one] for one in self._ids]
        moments = {moment for row in rows for moment in (row.sold_from, row.sold_until, row.flash_until) if moment is not None}
        self._seen_from = max((one for one in moments if one <= now), default=datetime.min.replace(tzinfo=timezone.utc))
        self._seen_until = min((one for one in moments if one > now), default=datetime.max.replace(tzinfo=timezone.utc))
        self._seen = [row.id for row in rows if row.is_seen_at(now) and (not self._is_flash or row.is_flash_at(now))]


def _text_of(row: ShelfRow) -> str:
    """What is searched."""
    return folded(f"{row.name}\n{row.tags}\n{row.characteristic}")


def _holds(row: ShelfRow, words: Sequence[str]) -> bool:
    text = _text_of(row)
    return all(word in text for word in words)


def _words_of(question: GoodsQuestion) -> list[str]:
    return folded(question.words).split()


class Shelf:
    """`refresh` before an answer: then it holds what was changed a moment ago, whichever process changed it."""

    def __init__(self, goods: ShelfStore, categories: NounStore[Category], sold: SoldStore):
        self._goods = goods
        self._categories = categories
        self._sold = sold
        self._rows: dict[int, ShelfRow] = {}
        self._grams = Grams()
        self._by_category: dict[int, set[int]] = {}
        self._orders: dict[int, int] = {}
        self._tree: list[Category] = []
        self._lists: dict[GoodsQuestion, SortedList] = {}
        self._newest = -IN_FLIGHT
        self._looked_at = self._sorted_at = float("-inf")
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Costs nothing most of the time. Raises Unavailable."""
        if time.monotonic() - self._looked_at > LOOK_SECONDS:
            async with self._lock:
                if time.monotonic() - self._looked_at > LOOK_SECONDS:
                    await self._look()

    def forget(self) -> None:
        """This process has changed something: the next answer looks."""
        self._looked_at = float("-inf")

    @property
    def categories(self) -> list[Category]:
        """In the order they are shown."""
        return self._tree

    @property
    def tree_version(self) -> object | None:
        """The same object while no category has changed; None where that is not known at this moment."""
        return self._tree if time.monotonic() - self._looked_at <= LOOK_SECONDS else None

    def find(self, question: GoodsQuestion, now: datetime) -> Sequence[int]:
        """Ids of goods that are on the shelf at this moment, in order."""
        kept = self._lists.get(question)
        if kept is None:
            if len(self._lists) >= MOST_LISTS:
                self._lists.clear()
            kept = self._lists[question] = self._sort(question)
        return kept.seen_at(now)

    async def _look(self) -> None:
        begun = time.monotonic()
        tree = await self._categories.list_all("parent_id", "sort")
        if tree != self._tree:
            self._tree = tree
            self._lists.clear()
        changed = [row for row in await self._goods.list_rows(self._newest - IN_FLIGHT) if self._is_news(row)]
        changed.sort(key=lambda row: row.revision)  # so that the next look goes on where this one may be ended
        if len(changed) > MOST_AT_ONCE:
            self._lists.clear()
        async for row in in_turn(changed):  # all of 100,000 take seconds
            self._put(row)
        if begun - self._sorted_at > SORTED_SECONDS:
            self._orders, self._sorted_at = await self._sold.find_order_numbers(), begun
            self._lists = {question: kept for question, kept in self._lists.items() if question.order not in BY_ORDERS}
        self._looked_at = begun

    def _is_news(self, row: ShelfRow) -> bool:
        known = self._rows.get(row.id)
        return row.removed_at is None if known is None else row.revision > known.revision

    def _put(self, row: ShelfRow) -> None:
        self._newest = max(self._newest, row.revision)
        before, is_gone = self._rows.get(row.id), row.removed_at is not None
        broken = [question for question, kept in self._lists.items() if before is not None and not kept.take_out(before)]
        for question in broken:
            del self._lists[question]
        if before is not None:
            self._by_category[before.category_id].discard(row.id)
        if is_gone:
            self._rows.pop(row.id, None)
            self._grams.remove(row.id)
            return
        self._rows[row.id] = row
        self._grams.put(row.id, _text_of(row))
        self._by_category.setdefault(row.category_id, set()).add(row.id)
        for kept in self._lists.values():
            kept.put_in(row)

    def _sort(self, question: GoodsQuestion) -> SortedList:
        accepts = self._accepting(question)
        return SortedList(self._rows, accepts, self._key(question, _words_of(question)), self._candidates(question), question.is_flash)

    def _candidates(self, question: GoodsQuestion) -> Iterable[int]:
        """All that may be in the list, and as few others as can be told at once."""
        if question.ids:
            return [one for one in question.ids if one in self._rows]
        parts = [*_words_of(question), *filter(None, (folded(question.name_part), folded(question.tags_part)))]
        if parts:
            return self._grams.find(parts)
        if question.category_ids:
            branch = branch_of(self._tree, question.category_ids)
            return [one for category_id in branch for one in self._by_category.get(category_id, ())]
        return self._rows

    def _accepting(self, question: GoodsQuestion) -> Callable[[ShelfRow], bool]:
        wanted: dict[str, Any] = {"bar_code": question.bar_code or None, "shop_id": question.shop_id}
        wanted |= {name: getattr(question, name) for name in ("is_recommended", "is_bargained", "is_grouped")}
        asked = [(name, value) for name, value in wanted.items() if value is not None]
        branch = branch_of(self._tree, question.category_ids) if question.category_ids else None
        parts = [(name, folded(text)) for name, text in (("name", question.name_part), ("tags", question.tags_part)) if text]
        words, ids = _words_of(question), question.ids

        def accepts(row: ShelfRow) -> bool:
            return (
                row.is_on_shelf
                and (not ids or row.id in ids)
                and all(getattr(row, name) == value for name, value in asked)
                and (branch is None or row.category_id in branch)
                and (question.is_flash is None or (row.flash_until is not None) == question.is_flash)
                and all(text in folded(getattr(row, name)) for name, text in parts)
                and (not words or _holds(row, words))
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
