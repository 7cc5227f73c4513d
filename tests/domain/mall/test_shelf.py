"""Tests of server/domain/mall/goods/shelf.py and grams.py."""
from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.domain.mall.goods.grams import Grams
from server.domain.mall.goods.shelf import GoodsOrder, GoodsQuestion, Shelf, ShelfRow, folded
from server.domain.turns import AT_ONCE

NOW = datetime(2036, 6, 1, tzinfo=timezone.utc)
TEXTS = st.text("瓷杯白花青ab ", max_size=8)


class Store:
    """What the shelf is filled from."""

    def __init__(self) -> None:
        self.rows: list[ShelfRow] = []

    async def list_rows(self, after: int) -> list[ShelfRow]:
        return [row for row in self.rows if row.revision > after]

    async def find_order_numbers(self) -> dict[int, int]:
        return {}

    async def list_all(self, *order: str, **values: Any) -> list[Any]:
        return []


@given(st.lists(st.tuples(st.integers(1, 6), TEXTS | st.none()), max_size=30), st.lists(TEXTS.filter(bool), min_size=1, max_size=3))
def test_grams_find_what_looking_at_every_text_finds(changes: list[tuple[int, str | None]], words: list[str]) -> None:
    grams, texts = Grams(), dict[int, str]()
    for id, text in changes:
        if text is None:
            grams.remove(id)
            texts.pop(id, None)
        else:
            grams.put(id, text)
            texts[id] = text
    assert grams.find(words) == {id for id, text in texts.items() if all(word in text for word in words)}


rows = st.builds(
    ShelfRow,
    id=st.integers(1, 8),
    revision=st.just(0),
    name=TEXTS,
    tags=TEXTS,
    category_id=st.integers(1, 3),
    price=st.integers(0, 5),
    sort=st.integers(0, 2),
    is_on_shelf=st.booleans(),
    is_recommended=st.booleans(),
    added_at=st.just(NOW),
    sold_until=st.sampled_from([None, NOW, NOW + timedelta(hours=1)]),
    removed_at=st.sampled_from([None, None, None, NOW]),
)
questions = st.builds(
    GoodsQuestion,
    words=TEXTS,
    ids=st.frozensets(st.integers(1, 8), max_size=3),
    is_recommended=st.sampled_from([None, True]),
    order=st.sampled_from(GoodsOrder),
)


@given(st.lists(rows, min_size=1, max_size=25), st.lists(questions, min_size=1, max_size=4))
def test_a_list_that_grew_change_by_change_is_as_if_made_anew(changes: list[ShelfRow], asked: list[GoodsQuestion]) -> None:
    asyncio.run(_grow(changes, asked))


async def _grow(changes: list[ShelfRow], asked: list[GoodsQuestion]) -> None:
    store = Store()
    grown = _shelf(store)
    for revision, row in enumerate(changes, 1):
        store.rows = [one for one in store.rows if one.id != row.id] + [_at(row, revision)]
        grown.forget()
        await grown.refresh()
        for question in asked:
            found = list(grown.find(question, NOW))
            assert sorted(found) == sorted(_slowly(store.rows, question))
    fresh = _shelf(store)
    await fresh.refresh()
    for question in asked:
        for now in (NOW, NOW + timedelta(hours=2), NOW - timedelta(hours=1)):
            assert list(grown.find(question, now)) == list(fresh.find(question, now))


def _shelf(store: Store) -> Shelf:
    return Shelf(store, store, store)  # type: ignore[arg-type]


def _at(row: ShelfRow, revision: int) -> ShelfRow:
    return ShelfRow(**{**{name: getattr(row, name) for name in row.__struct_fields__}, "revision": revision})


def _slowly(rows: Iterable[ShelfRow], question: GoodsQuestion) -> list[int]:
    return [
        row.id
        for row in rows
        if row.removed_at is None
        and row.is_on_shelf
        and row.is_seen_at(NOW)
        and (not question.ids or row.id in question.ids)
        and question.is_recommended in (None, row.is_recommended)
        and all(word in folded(f"{row.name}\n{row.tags}\n") for word in folded(question.words).split())
    ]


async def test_a_shelf_that_is_filled_gives_way_and_goes_on_where_it_was_ended() -> None:
    store = Store()
    store.rows = [
        ShelfRow(id=number, revision=number, name="瓷杯", category_id=1, price=1, added_at=NOW) for number in range(AT_ONCE * 10, 0, -1)
    ]
    shelf = _shelf(store)
    filling = asyncio.create_task(shelf.refresh())
    seen: list[int] = []
    while len(seen) < 5:
        await asyncio.sleep(0)
        seen.append(len(shelf._rows))
    assert seen[-1] < AT_ONCE * 6
    filling.cancel()
    await asyncio.gather(filling, return_exceptions=True)
    await shelf.refresh()
    assert len(shelf.find(GoodsQuestion(), NOW)) == AT_ONCE * 10
