"""The rules of an offer."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from server.domain.groupbuy.offers import Kind, Offer, Phase, State

START = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
END = START + timedelta(days=1)
MOMENT = timedelta(milliseconds=1)
OFFER = Offer(
    id=1,
    name="护币袋",
    kind=Kind.PHYSICAL,
    goods_name="护币袋一百枚",
    shop_id=1,
    shop_name="集藏社",
    goods_price=10000,
    price=3000,
    start_at=START,
    end_at=END,
    category_id=12,
    state=State.APPROVED,
    changed_at=START,
)


@pytest.mark.parametrize(
    "now, phase, state",
    [
        (START - MOMENT, Phase.COMING, State.APPROVED),
        (START, Phase.RUNNING, State.APPROVED),
        (END - MOMENT, Phase.RUNNING, State.APPROVED),
        (END, Phase.OVER, State.ENDED),
    ],
)
def test_an_approved_offer_goes_by_the_clock(now: datetime, phase: Phase, state: State) -> None:
    assert (OFFER.phase_at(now), OFFER.state_at(now)) == (phase, state)


@pytest.mark.parametrize("state", [State.AWAITING_REVIEW, State.REFUSED, State.CLOSED])
@pytest.mark.parametrize("now", [START - MOMENT, START, END])
def test_what_is_not_approved_has_no_phase(state: State, now: datetime) -> None:
    offer = replace(OFFER, state=state)
    assert (offer.phase_at(now), offer.state_at(now)) == (None, state)


def test_what_is_stored_as_ended_is_over_whatever_the_clock_says() -> None:
    offer = replace(OFFER, state=State.ENDED)
    assert (offer.phase_at(START), offer.state_at(START)) == (Phase.OVER, State.ENDED)


@pytest.mark.parametrize(
    "price, goods_price, hundredths",
    [
        (3000, 10000, 300),
        (1, 1, 1000),
        (1995, 5990, 333),
        (1, 3, 333),
        (2, 3, 667),
        (1, 2000, 1),  # half a hundredth is one
        (1, 2001, 0),
        (10**11, 10**11, 1000),
    ],
)
def test_the_rate_is_rounded_half_up_to_hundredths(price: int, goods_price: int, hundredths: int) -> None:
    offer = replace(OFFER, price=price, goods_price=goods_price)
    assert (offer.rate_hundredths, offer.reduction) == (hundredths, goods_price - price)
