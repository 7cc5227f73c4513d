"""Where a listener stands, and what it has to be sent then."""
from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from server.domain.auctions.cursors import MOST_MARKS, Cursor, Source, in_order
from server.domain.auctions.moments import Stand
from server.domain.clock import Stamp
from tests.clock import NOON

STAND = Stand(NOON, 3, NOON + timedelta(seconds=10))
LONGEST = 8192  # characters that a request may bring


class Happened(Struct, frozen=True):
    """An entry of a stream."""

    source: Source
    number: int
    at: int


def after(seconds: float, era: int = 0) -> Stamp:
    return Stamp(NOON + timedelta(seconds=seconds), era)


def later(stand: Stand = STAND, *, seconds: float) -> Stand:
    return stand._replace(now=stand.now + timedelta(seconds=seconds))


def test_a_cursor_knows_what_is_older_than_its_horizon_and_what_is_marked() -> None:
    cursor = Cursor.at("me:1", STAND, [(after(0), 7, 1), (after(1), 8, 2), (after(2), 8, 4)])
    resumed = Cursor.decode(cursor.encode(), "me:1", later(seconds=60))
    assert resumed == cursor and cursor.marks == {8: 4}
    young = NOON + timedelta(seconds=3)
    assert [resumed.knows(8, number, young) for number in (3, 4, 5)] == [True, True, False]
    assert resumed.knows(7, 9, NOON) and not resumed.knows(7, 9, young)


@pytest.mark.parametrize(
    "here", [STAND._replace(era=4), STAND._replace(era=2), later(seconds=-60)], ids=["later era", "earlier era", "future"]
)
def test_a_cursor_of_another_era_or_of_the_future_is_of_no_use(here: Stand) -> None:
    assert Cursor.decode(Cursor.at("me:1", STAND, ()).encode(), "me:1", here) is None


def test_a_change_of_a_later_era_is_known_only_where_it_is_marked() -> None:
    early = after(-3600, STAND.era + 1)
    cursor = Cursor.at("group:7", STAND, [(early, 8, 4)])
    assert [cursor.knows(8, number, *early) for number in (4, 5)] == [True, False]
    assert not cursor.knows(7, 1, *early)
    assert [cursor.knows(7, 1, *after(-3600, era)) for era in (STAND.era, STAND.era - 1)] == [True, True]


def test_a_cursor_of_another_channel_is_of_no_use() -> None:
    assert Cursor.decode(Cursor.at("me:1", STAND, ()).encode(), "me:2", STAND) is None


def test_a_cursor_comes_back_whole_however_much_happened_just_before() -> None:
    ids = range(2**40, 2**40 + 3000)
    cursor = Cursor.at("group:7", STAND, [(after(place / 1000), id, 70_000) for place, id in enumerate(ids)])
    assert len(cursor.encode()) <= LONGEST
    resumed = Cursor.decode(cursor.encode(), "group:7", STAND)
    assert resumed is not None and sorted(resumed.marks) == [*ids][-MOST_MARKS:]
    assert not resumed.knows(ids[1], 70_000, NOON + timedelta(milliseconds=1))  # sent again rather than left out


@given(st.lists(st.tuples(st.sampled_from([1, 2, "a worker"]), st.integers(0, 5)), max_size=12))
def test_of_each_source_all_comes_by_number_whatever_the_times(some: list[tuple[Source, int]]) -> None:
    entries = [Happened(source, number, at) for number, (source, at) in enumerate(some, 1)]
    ordered = in_order(reversed(entries))
    for source in {entry.source for entry in entries}:
        assert [one for one in ordered if one.source == source] == [one for one in entries if one.source == source]
    if all(before.at <= after.at for before, after in zip(entries, entries[1:])):
        assert [one.at for one in ordered] == [one.at for one in entries]
