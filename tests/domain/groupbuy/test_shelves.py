"""The shelves: lists made in memory."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain.groupbuy.offers import Kind, Phase, State, phase_of
from server.domain.groupbuy.shelves import SORT_KEYS, Entry, Order, Question, Shelves

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
RUNNING = Question(phase=Phase.RUNNING)


def entry(number: int, **about: Any) -> Entry:
    usual: dict[str, Any] = {
        "kind": Kind.PHYSICAL,
        "state": State.APPROVED,
        "shop_id": 1,
        "category_id": 12,
        "subcategory_id": 0,
        "city_id": 0,
        "area_id": 0,
        "price": 3000,
        "goods_price": 10000,
        "buy_quantity": 0,
        "is_recommended": False,
        "start_at": at(0),
        "end_at": at(24),
    }
    return Entry(id=number, **{**usual, **about})


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def filled(*entries: Entry) -> Shelves:
    shelves = Shelves()
    shelves.fill(entries)
    return shelves


def test_a_list_is_sorted_once_until_something_changes() -> None:
    shelves = filled(entry(1), entry(2))
    first = shelves.list_ids(RUNNING, Order.DEFAULT, at(1))
    assert first == [2, 1]
    assert shelves.list_ids(RUNNING, Order.DEFAULT, at(2)) is first
    shelves.put([entry(3)])
    assert shelves.list_ids(RUNNING, Order.DEFAULT, at(2)) == [3, 2, 1]


def test_the_clock_moves_offers_from_phase_to_phase_and_back() -> None:
    shelves = filled(entry(1, start_at=at(1), end_at=at(3)), entry(2, start_at=at(2), end_at=at(4)))
    seen = {hour: shelves.list_ids(RUNNING, Order.PRICE_UP, at(hour)) for hour in (0, 1, 2, 3, 4, 2.5, 0.5)}
    assert seen == {0: [], 1: [1], 2: [1, 2], 3: [2], 4: [], 2.5: [1, 2], 0.5: []}


def test_a_newer_state_takes_the_place_of_an_older_one() -> None:
    shelves = filled(entry(1, revision=5))
    shelves.put([entry(1, revision=4, state=State.CLOSED)])
    assert shelves.list_ids(RUNNING, Order.DEFAULT, at(1)) == [1]
    shelves.put([entry(1, revision=6, state=State.CLOSED)])
    assert shelves.list_ids(RUNNING, Order.DEFAULT, at(1)) == []
    assert shelves.list_ids(Question(state=State.CLOSED), Order.DEFAULT, at(1)) == [1]


def test_what_is_removed_is_on_no_shelf() -> None:
    shelves = filled(entry(1), entry(2))
    shelves.put([entry(1, revision=1, removed_at=NOON), entry(9, removed_at=NOON)])
    assert shelves.find(1) is None and len(shelves) == 1
    assert shelves.list_ids(Question(), Order.DEFAULT, at(1)) == [2]


def test_filling_leaves_nothing_of_what_was_there() -> None:
    shelves = filled(entry(1))
    shelves.fill([entry(2)])
    assert shelves.list_ids(Question(), Order.DEFAULT, at(1)) == [2]


entries = st.lists(
    st.builds(
        entry,
        st.integers(1, 30),
        kind=st.sampled_from(Kind),
        state=st.sampled_from(State),
        category_id=st.sampled_from([1, 2]),
        subcategory_id=st.sampled_from([0, 3, 4]),
        city_id=st.sampled_from([0, 5]),
        area_id=st.sampled_from([0, 6]),
        price=st.integers(1, 4),
        goods_price=st.integers(4, 8),
        buy_quantity=st.integers(0, 3),
        is_recommended=st.booleans(),
        start_at=st.integers(-3, 3).map(at),
        end_at=st.integers(-3, 3).map(at),
    ),
    max_size=20,
)
some = st.frozensets(st.sampled_from([1, 3, 5, 6]), max_size=2)
questions = st.builds(
    Question,
    phase=st.none() | st.sampled_from(Phase),
    state=st.none() | st.sampled_from(State),
    kind=st.none() | st.sampled_from(Kind),
    category_ids=some,
    area_ids=some,
    price_from=st.integers(0, 3),
    price_to=st.none() | st.integers(1, 4),
)
steps = st.lists(st.tuples(entries, questions, st.sampled_from(Order), st.integers(-3, 3)), min_size=1, max_size=6)


@settings(deadline=None)
@given(steps)
def test_a_list_is_what_looking_at_every_offer_would_give(steps: list[tuple[list[Entry], Question, Order, int]]) -> None:
    shelves, known = Shelves(), dict[int, Entry]()
    for revision, (changed, question, order, hour) in enumerate(steps):
        newer = [replace(one, revision=revision) for one in changed]
        shelves.put(newer)
        known |= {one.id: one for one in newer}
        found = [
            one
            for one in known.values()
            if question.accepts(one)
            and (question.phase is None or phase_of(one.state, one.start_at, one.end_at, at(hour)) is question.phase)
        ]
        assert shelves.list_ids(question, order, at(hour)) == [one.id for one in sorted(found, key=SORT_KEYS[order])]
