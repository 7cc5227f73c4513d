"""The shelves: lists made in memory."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain.groupbuy import shelves
from server.domain.groupbuy.offers import Kind, Phase, State, phase_of
from server.domain.groupbuy.questions import SORT_KEYS, Entry, Order, Question
from server.domain.groupbuy.shelves import Shelves

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
    made = Shelves()
    made.fill(entries)
    return made


def listed(kept: Shelves, question: Question, order: Order, hour: float) -> list[int]:
    return kept.page_ids(question, order, at(hour), 0, 100)[0]


def test_what_is_put_there_finds_its_place_at_once_and_by_the_clock() -> None:
    kept = filled(entry(1), entry(2))
    assert listed(kept, RUNNING, Order.DEFAULT, 1) == [2, 1]
    kept.put([entry(3), entry(4, start_at=at(3))])
    assert listed(kept, RUNNING, Order.DEFAULT, 2) == [3, 2, 1]
    assert listed(kept, RUNNING, Order.DEFAULT, 3) == [4, 3, 2, 1]


def test_a_page_is_a_part_of_the_list_and_told_with_its_length() -> None:
    kept = filled(*map(entry, range(1, 8)))
    assert kept.page_ids(RUNNING, Order.PRICE_UP, at(1), 2, 3) == ([3, 4, 5], 7)
    assert kept.page_ids(RUNNING, Order.PRICE_UP, at(1), 6, 3) == ([7], 7)
    assert kept.page_ids(RUNNING, Order.PRICE_UP, at(1), 9, 3) == ([], 7)


def test_the_clock_moves_offers_from_phase_to_phase_and_back() -> None:
    kept = filled(entry(1, start_at=at(1), end_at=at(3)), entry(2, start_at=at(2), end_at=at(4)))
    seen = {hour: listed(kept, RUNNING, Order.PRICE_UP, hour) for hour in (0, 1, 2, 3, 4, 2.5, 0.5)}
    assert seen == {0: [], 1: [1], 2: [1, 2], 3: [2], 4: [], 2.5: [1, 2], 0.5: []}


def test_a_newer_state_takes_the_place_of_an_older_one() -> None:
    kept = filled(entry(1, revision=5))
    kept.put([entry(1, revision=4, state=State.CLOSED)])
    assert listed(kept, RUNNING, Order.DEFAULT, 1) == [1]
    kept.put([entry(1, revision=6, state=State.CLOSED)])
    assert listed(kept, RUNNING, Order.DEFAULT, 1) == []
    assert listed(kept, Question(state=State.CLOSED), Order.DEFAULT, 1) == [1]


def test_what_is_removed_is_on_no_shelf() -> None:
    kept = filled(entry(1), entry(2))
    kept.put([entry(1, revision=1, removed_at=NOON), entry(9, removed_at=NOON)])
    assert kept.find(1) is None and len(kept) == 1
    assert listed(kept, Question(), Order.DEFAULT, 1) == [2]


def test_filling_leaves_nothing_of_what_was_there() -> None:
    kept = filled(entry(1))
    kept.fill([entry(2)])
    assert listed(kept, Question(), Order.DEFAULT, 1) == [2]


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
asked = st.lists(st.tuples(questions, st.sampled_from(Order)), min_size=1, max_size=4)
steps = st.lists(st.tuples(entries, st.integers(-3, 3)), min_size=1, max_size=6)


@pytest.mark.parametrize("most", [0, 3, 50])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, asked=asked)
def test_a_list_is_what_looking_at_every_offer_would_give(
    monkeypatch: pytest.MonkeyPatch, most: int, steps: list[tuple[list[Entry], int]], asked: list[tuple[Question, Order]]
) -> None:
    """However many are put into sorted lists rather than sorted anew, and wherever the clock stands."""
    monkeypatch.setattr(shelves, "MOST_PUT_IN", most)
    kept, known = Shelves(), dict[int, Entry]()
    for revision, (changed, hour) in enumerate(steps):
        newer = [replace(one, revision=revision, removed_at=NOON if one.price == 4 else None) for one in changed]
        kept.put(newer)
        for one in newer:
            known.pop(one.id, None)
            if one.removed_at is None:
                known[one.id] = one
        for question, order in asked:
            found = [one for one in known.values() if question.accepts(one) and is_in_phase(one, question, hour)]
            assert listed(kept, question, order, hour) == [one.id for one in sorted(found, key=SORT_KEYS[order])]


def is_in_phase(one: Entry, question: Question, hour: int) -> bool:
    return question.phase is None or phase_of(one.state, one.start_at, one.end_at, at(hour)) is question.phase
