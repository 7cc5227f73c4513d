"""Tests of server/domain/mall/ledger.py."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.bootstrap import Application
from server.domain.clock import EPOCH
from server.domain.errors import Conflict
from server.domain.mall.ledger import (
    MOST,
    Cause,
    Entry,
    EntryQuery,
    Ledger,
    NotEnough,
    NotEnoughBalance,
    NotEnoughFrozen,
    NotEnoughGrowth,
    NotEnoughPoints,
    Posting,
    Purse,
    Sums,
    TooMuch,
    Wallet,
)
from server.domain.paging import PageQuery
from server.domain.transactions import Transaction


def posting(key: str = "one", cause: Cause = Cause.RECHARGE, user_id: int = 7, **about: Any) -> Posting:
    purses = {name: about.pop(name) for name in ("balance", "frozen", "points", "growth") if name in about}
    return Posting(user_id=user_id, cause=cause, key=key, change=Sums(**purses), **about)


# ---- rules


@pytest.mark.parametrize(
    "change, refusal",
    [
        (Sums(balance=-101), NotEnoughBalance),
        (Sums(frozen=-1), NotEnoughFrozen),
        (Sums(points=-11), NotEnoughPoints),
        (Sums(growth=-1), NotEnoughGrowth),
        (Sums(balance=MOST), TooMuch),
    ],
)
def test_a_purse_neither_goes_below_nothing_nor_beyond_what_it_holds(change: Sums, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        Sums(balance=100, points=10).plus(change)


def test_what_comes_in_is_never_refused_for_what_is_missing_elsewhere() -> None:
    assert Sums(balance=-5).plus(Sums(points=1)) == Sums(balance=-5, points=1)
    assert Sums(balance=-5).plus(Sums(balance=1)) == Sums(balance=-4)


def test_a_refusal_tells_what_is_missing() -> None:
    with pytest.raises(NotEnoughBalance) as caught:
        Sums(balance=30).plus(Sums(balance=-100))
    assert caught.value.missing == 70


changes = st.builds(Sums, *[st.integers(-500, 500)] * 4)
causes = st.sampled_from(list(Cause))


@given(st.lists(st.tuples(causes, changes), max_size=30))
def test_a_wallet_is_the_sum_of_its_entries(wanted: list[tuple[Cause, Sums]]) -> None:
    wallet, entries = Wallet(id=7), list[Entry]()
    for number, (cause, change) in enumerate(wanted):
        try:
            wallet, entry = wallet.plus(Posting(user_id=7, cause=cause, key=str(number), change=change), EPOCH)
        except NotEnough:
            continue
        entries.append(entry)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    sums = {name: sum(getattr(entry.change, name) for entry in entries) for name in ("balance", "frozen", "points", "growth")}
    assert wallet.sums == Sums(**sums)
    again = Wallet(id=7)
    for entry in entries:
        again = again.with_entry(entry)
    assert again == wallet


def test_consumption_is_what_was_paid_without_what_was_given_back() -> None:
    wallet = Wallet(id=7)
    for number, (cause, amount) in enumerate([(Cause.RECHARGE, 1000), (Cause.ORDER, -300), (Cause.ORDER, -200), (Cause.REFUND, 200)]):
        wallet, _ = wallet.plus(posting(str(number), cause, balance=amount), EPOCH)
    assert (wallet.consumed, wallet.consumptions, wallet.sums.balance) == (300, 2, 700)


# ---- the ledger


@pytest.fixture
def ledger(application: Application) -> Ledger:
    return application.services.mall.ledger


async def test_an_entry_tells_what_the_purses_held_after_it(ledger: Ledger) -> None:
    await ledger.post(posting("one", balance=1000, points=5))
    entry = await ledger.post(posting("two", Cause.ORDER, balance=-300, frozen=100, order_id=12, remark="首单"))
    assert (entry.id, entry.seq, entry.after) == ("7:2", 2, Sums(balance=700, frozen=100, points=5))
    assert (await ledger.get_wallet(7)).sums == entry.after


async def test_what_is_posted_again_is_applied_once(ledger: Ledger) -> None:
    entries = await asyncio.gather(*(ledger.post(posting("the same", balance=100)) for _ in range(20)))
    assert len(set(entry.id for entry in entries)) == 1
    assert (await ledger.get_wallet(7)).sums == Sums(balance=100)
    assert await ledger.post(posting("the same", balance=-999_999)) == entries[0]


async def test_of_many_who_take_at_once_no_more_is_taken_than_there_is(ledger: Ledger) -> None:
    await ledger.post(posting("gift", balance=100))
    takers = (ledger.post(posting(f"take {number}", Cause.ORDER, balance=-10)) for number in range(20))
    results = await asyncio.gather(*takers, return_exceptions=True)
    assert sum(isinstance(one, NotEnoughBalance) for one in results) == 10
    wallet = await ledger.get_wallet(7)
    assert (wallet.sums, wallet.entries) == (Sums(), 11)


async def test_a_posting_is_part_of_the_transaction_that_it_is_made_in(application: Application, ledger: Ledger) -> None:
    async def work(within: Transaction) -> None:
        await ledger.post_within(posting("lost", balance=100), within)
        raise Conflict()

    with pytest.raises(Conflict):
        await application.ground.transactions.run(work)
    assert await ledger.get_wallet(7) == Wallet(id=7)


async def test_entries_are_listed_by_purse_newest_first(ledger: Ledger) -> None:
    await ledger.post(posting("money", balance=100))
    await ledger.post(posting("both", Cause.ORDER, balance=-60, points=3, order_id=5))
    await ledger.post(posting("points", Cause.SIGN_IN, points=2))
    await ledger.post(posting("frozen", Cause.WITHDRAWN, user_id=8, frozen=1))

    async def keys(purse: Purse, **about: Any) -> list[str]:
        query = EntryQuery(user_id=7, purse=purse, **about)
        return [entry.key for entry in (await ledger.page_entries(query, PageQuery(1, 10))).items]

    assert await keys(Purse.MONEY) == ["both", "money"]
    assert await keys(Purse.POINTS) == ["points", "both"]
    assert await keys(Purse.GROWTH) == []
    assert await keys(Purse.MONEY, is_income=True) == ["money"]
    assert await keys(Purse.MONEY, is_income=False) == ["both"]
    assert await keys(Purse.MONEY, causes=(Cause.ORDER,)) == ["both"]
    assert await keys(Purse.MONEY, order_id=5) == ["both"]
    assert await keys(Purse.MONEY, order_id=6) == []
