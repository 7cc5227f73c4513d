"""Tests of server/domain/mall/campaigns/bargains.py."""
from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from server.domain.mall.campaigns.bargains import can_be_reached, draw_cut

amounts = st.integers(1, 10**6)
between = st.tuples(amounts, amounts).map(sorted)


def cuts_of(left: int, least: int, most: int, pick: random.Random) -> list[int]:
    cuts = []
    while left > 0:
        cuts.append(draw_cut(left, least, most, pick.randint))
        left -= cuts[-1]
    assert left == 0
    return cuts


@given(between, st.integers(1, 60), st.data(), st.randoms(use_true_random=False))
def test_the_last_needed_help_reaches_the_floor_exactly(
    bounds: list[int], helps: int, data: st.DataObject, pick: random.Random
) -> None:
    least, most = bounds
    left = data.draw(st.integers(helps * least, helps * most))
    assert all(least <= cut <= most for cut in cuts_of(left, least, most, pick))


@given(between, st.integers(1, 60), st.data(), st.randoms(use_true_random=False))
def test_where_no_number_of_helps_fits_the_last_one_takes_less(
    bounds: list[int], helps: int, data: st.DataObject, pick: random.Random
) -> None:
    least, most = bounds
    left = data.draw(st.integers(1, helps * most))
    cuts = cuts_of(left, least, most, pick)
    assert all(least <= cut <= most for cut in cuts[:-1]) and 0 < cuts[-1] <= most
    assert can_be_reached(left, least, most) <= (cuts[-1] >= least)


def test_a_fixed_amount_leaves_a_rest_for_the_last_one() -> None:
    assert cuts_of(3000, 800, 800, random.Random(1)) == [800, 800, 800, 600]
