"""What a collector looks for is found, and comes in the order asked for."""
from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.catalogue import Facts, Order, Question, choose, facts_of
from server.domain.auctions.goods import LotState, LotStatus, Terms
from tests.domain.auctions.offers import END, START, open_lot

BEFORE_THE_END = END - timedelta(minutes=5)


class Stands(Struct):
    lot: Terms
    state: LotState


def lots() -> list[Stands]:
    """Four lots: the second is bought, the third paused, the fourth ends first."""
    facts = [
        ("J88888888", "三版币", "67E", 500),
        ("U9T0069000", "龙钞补号", "68E", 300),
        ("J12344321", "三版币", "65 PPQ", 300),
        ("K00000123", "纪念钞", "67", 100),
    ]
    made = [
        open_lot(id=number, sn=sn, category=category, score=score, low_price=price, position=number)
        for number, (sn, category, score, price) in enumerate(facts, start=1)
    ]
    states = [lot.state for lot in made]
    states[1] = replace(states[1], status=LotStatus.WON, user_id=1, seq=3)
    states[2] = replace(states[2], paused_at=START, seq=4, acts=3)
    states[3] = replace(states[3], end_at=END - timedelta(minutes=1))
    return [Stands(lot, state) for lot, state in zip(made, states)]


def read_facts(lot: Terms) -> Facts:
    return facts_of(lot.sn, lot.category, lot.score, lot.sn_no)


@pytest.mark.parametrize("question, found", [
    (Question(), [1, 2, 3, 4]),
    (Question(text="j8888"), [1]),
    (Question(text="  Ｊ 67e "), [1]),
    (Question(text="三版 ppq"), [3]),
    (Question(text="三版 龙钞"), []),
    (Question(text="67", category="纪念钞"), [4]),
    (Question(category="三版"), []),
    (Question(fancy="solid"), [1]),
    (Question(fancy="radar"), [3]),
    (Question(fancy="low", category="三版币"), []),
    (Question(order=Order.ENDING), [4, 1, 3, 2]),
    (Question(order=Order.CHEAPEST), [4, 2, 3, 1]),
    (Question(order=Order.DEAREST), [1, 2, 3, 4]),
    (Question(order=Order.BIDS), [2, 3, 1, 4]),
])
def test_what_is_looked_for_is_found_in_its_order(question: Question, found: list[int]) -> None:
    assert [one.lot.id for one in choose(lots(), question, read_facts, BEFORE_THE_END)] == found
