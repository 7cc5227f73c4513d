"""Lots and offers for tests of the rules, and Hypothesis strategies for sequences of them."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from server.domain.auctions.chain import new_lot
from server.domain.auctions.goods import Lot, Terms
from server.domain.auctions.offers import Offer
from server.domain.auctions.prices import StepFrom

START = datetime(2026, 4, 12, 15, 0, tzinfo=timezone.utc)
END = START + timedelta(hours=1)
GROUP_ID = 7
LOW_PRICE, TOP_PRICE = 100, 160  # close together, so that random offers meet ceilings, ties and the top


def open_lot(**changes: Any) -> Lot:
    """A lot nobody has bid on."""
    terms: dict[str, Any] = {"id": 145, "group_id": GROUP_ID, "sn": "U9T0069000", "category": "龙钞补号", "score": " 67E", "sn_no": "豹子号"}
    terms |= {"low_price": LOW_PRICE, "top_price": TOP_PRICE, "step": 1}
    made = Terms(**(terms | changes))
    return new_lot(made, start_at=START, end_at=END, extend_limit=timedelta(minutes=10), now=START)


def offer(user_id: int, price: int, max_price: int | None = None, *, at: datetime = START, **changes: Any) -> Offer:
    """An offer for that lot."""
    facts: dict[str, Any] = {"goods_id": 145, "group_id": GROUP_ID, "nickname": f"user {user_id}", "arrived_at": at}
    return Offer(user_id=user_id, price=price, max_price=max_price, **(facts | changes))


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    """Any offer that gets past the input checks: too early, too late, too low, too high and good ones."""
    price = draw(st.integers(LOW_PRICE - 5, TOP_PRICE + 3))
    max_price = draw(st.none() | st.integers(price, TOP_PRICE + 3))
    # Mostly in time; some in the last minute, some around both ends.
    seconds = draw(st.one_of(st.integers(-2, 3539), st.integers(3540, 4300)))
    user_id = draw(st.integers(1, 4))
    group_id = draw(st.sampled_from([GROUP_ID] * 9 + [8]))
    return offer(user_id, price, max_price, at=START + timedelta(seconds=seconds), group_id=group_id)


def sequences(max_size: int = 30) -> st.SearchStrategy[list[Offer]]:
    """Offers in the order in which they arrive."""
    return st.lists(offers(), max_size=max_size).map(lambda some: sorted(some, key=lambda one: one.arrived_at))


def tables() -> st.SearchStrategy[tuple[StepFrom, ...]]:
    """Tables of steps, or none; some of their rows begin within those prices."""
    bounds = st.lists(st.integers(1, TOP_PRICE + 9), max_size=4, unique=True).map(lambda some: [0, *sorted(some)])
    rows = bounds.flatmap(lambda some: st.tuples(*(st.builds(StepFrom, st.just(bound), st.integers(1, 40)) for bound in some)))
    return st.just(()) | rows
