"""Tests of rules that need no I/O: gifts, discounts, prizes, the number bomb, identity numbers."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from server.domain.errors import InvalidInput
from server.domain.mall.sidelines.bombs import AnswerLarger, AnswerSmaller, BombGame, BombTimedOut, GuessesSpent
from server.domain.mall.sidelines.raffles import Prize, Raffle, Taken, Tally
from server.domain.mall.wallet.bills import BillDiscount, best_discount
from server.domain.mall.wallet.gifts import RechargeRule, best_gift
from server.domain.mall.wallet.identities import shorten
from server.domain.mall.wallet.owned import fen_in
from server.outside.identity_numbers import ChineseIdentityNumbers

NOW = datetime(2036, 6, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("amount, gift", [(99, 0), (100, 10), (199, 10), (200, 50), (399, 50), (500, 50), (600, 60)])
def test_the_rule_that_gives_most_gives(amount: int, gift: int) -> None:
    rules = [
        RechargeRule(id=1, threshold=100, gift=10, is_repeated=True),
        RechargeRule(id=2, threshold=200, gift=50),
        RechargeRule(id=3, threshold=1, gift=999, is_on=False),
    ]
    assert best_gift(rules, amount) == gift


def test_the_rule_that_takes_off_most_is_taken_and_never_more_than_the_bill() -> None:
    rules = [BillDiscount(id=1, threshold=100, discount=15, is_repeated=True), BillDiscount(id=2, threshold=10, discount=10)]
    assert [best_discount(rules, amount) for amount in (9, 10, 100, 200)] == [(0, None), (10, 2), (15, 1), (30, 1)]
    assert best_discount([BillDiscount(id=1, threshold=10, discount=10, is_repeated=True)], 19) == (10, 1)


def test_a_prize_that_is_gone_leaves_the_others_their_chances() -> None:
    raffle = Raffle(id=1, name="r", prizes=(Prize(title="a", chance=1000, most=1), Prize(title="b", chance=500)))
    told = [prize and prize.title for prize in (raffle.pick(rolled, ()) for rolled in (0, 999, 1000, 1499, 1500, 9999))]
    assert told == ["a", "a", "b", "b", None, None]
    gone = [prize and prize.title for prize in (raffle.pick(rolled, (Taken("a", 1),)) for rolled in (0, 999, 1000, 1499))]
    assert gone == [None, None, "b", "b"]
    tally = Tally(id=1).with_draw(raffle.prizes[0]).with_draw(None).with_draw(raffle.prizes[0])
    assert (tally.draws, tally.taken) == (3, (Taken("a", 2),))


def bomb(ends_at: datetime) -> BombGame:
    return BombGame(id=1, user_id=1, answer=5, cost=1, reward=9, largest=10, most_guesses=3, begun_at=NOW, ends_at=ends_at)


def test_a_guess_is_told_smaller_or_larger_until_the_last() -> None:
    game = bomb(NOW + timedelta(minutes=1))
    with pytest.raises(InvalidInput):
        game.guessed(11)
    for number, told in ((9, AnswerSmaller), (1, AnswerLarger), (4, GuessesSpent)):
        game = game.guessed(number)
        with pytest.raises(told):
            game.check_hit()
    with pytest.raises(BombTimedOut):
        bomb(NOW).at(NOW).guessed(5)


@pytest.mark.parametrize("text, number", [
    ("11010519491231002X", "11010519491231002X"), (" 11010519491231002x", "11010519491231002X"), ("110105194912310021", None),
    ("11010519490231002X", None), ("99010519491231002X", None), ("", None), ("１１０１０５１９４９１２３１００２Ｘ", None),
])
def test_numbers_of_identity_cards(text: str, number: str | None) -> None:
    assert ChineseIdentityNumbers().find_number(text) == number
    if number is not None:
        assert shorten(number) == "110105**********2X"


@pytest.mark.parametrize(
    "value, fen", [(0.285, 29), ("120", 12_000), ("1.005", 101), (True, None), ("x", None), (-1, None), ("1e400", None)]
)
def test_yuan_that_clients_write(value: object, fen: int | None) -> None:
    if fen is None:
        with pytest.raises(InvalidInput):
            fen_in({"money": value}, "money")
    else:
        assert fen_in({"money": value}, "money") == fen
