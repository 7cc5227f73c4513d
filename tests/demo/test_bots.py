"""Tests of server/demo/bots.py: against the running application, through its own doors."""
from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.demo import bots
from server.demo.bots import COLLECTORS, Crowd, Lot
from server.domain.auctions.goods import LotStatus
from server.domain.auctions.prices import step_at
from server.domain.events import Event, LotChanged
from tests.builders import Goods, make_group, make_user
from tests.commands.runs import ROOT, RUN_SECONDS, command, environment
from tests.domain.auctions.offers import tables


@st.composite
def lots(draw) -> Lot:
    low = draw(st.integers(1, 100_000))
    top = low + draw(st.integers(1, 100_000))
    lot = Lot(1, 1, low, top, step=draw(st.integers(1, 500)), steps=list(draw(tables())))
    if draw(st.booleans()):
        lot.take({"price": draw(st.integers(low, top)), "nickname": "visitor"})
    return lot


@given(lots())
def test_an_offer_beats_the_price_by_a_step_and_leaves_what_is_near_the_top_to_visitors(lot):
    price, maximum = lot.choose_offer()
    assert price >= (lot.low_price if lot.leader is None else lot.price + step_at(lot.price, lot.step, lot.steps))
    if lot.is_inviting:
        assert price <= lot.limit < lot.top_price
    assert maximum is None or price <= maximum <= lot.limit


@given(lots())
def test_a_lot_whose_price_is_beyond_the_restraint_invites_no_bot(lot):
    lot.take({"price": lot.limit, "nickname": "visitor"})
    assert not lot.is_inviting


@pytest.fixture
def crowd(io_loop, api, monkeypatch) -> Iterator[Crowd]:
    """Bots on the application of this test that do not take their time."""
    monkeypatch.setattr(bots, "PACE_SECONDS", (0, 0.01))
    monkeypatch.setattr(bots, "RETRY_SECONDS", (0.01, 0.02))
    yield Crowd(f"http://127.0.0.1:{api.port}")


class Watcher:
    """Hears what happens on the floor, and waits for it."""

    def __init__(self, application):
        self.changes: list[LotChanged] = []
        self._news = asyncio.Event()
        application.ground.floor.listen(self._listen)

    def _listen(self, event: Event) -> None:
        if isinstance(event, LotChanged):
            self.changes.append(event)
            self._news.set()

    async def until(self, condition) -> None:
        while not condition():
            self._news.clear()
            await self._news.wait()


@contextlib.asynccontextmanager
async def bidding(crowd: Crowd):
    task = asyncio.get_running_loop().create_task(crowd.bid_for_ever())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_they_bid_on_several_lots_and_outbid_each_other(application, crowd):
    await make_group(application, Goods(sn="1", step=10), Goods(sn="2", step=10))
    await application.auctions.looks.look()
    watcher = Watcher(application)
    async with bidding(crowd):
        await watcher.until(lambda: sum(len(change.bids) for change in watcher.changes) >= 30)
    assert {change.state.nickname for change in watcher.changes} <= set(COLLECTORS)
    assert len({change.state.nickname for change in watcher.changes}) > 1
    assert len({change.state.goods_id for change in watcher.changes}) == 2


async def test_they_answer_a_visitor_but_stop_at_their_limit(application, crowd):
    group = await make_group(application, Goods(low_price=100, top_price=1000, step=100))
    (lot,) = await application.stores.auctions.lots.list_lots(group.id)
    await application.auctions.looks.look()
    watcher = Watcher(application)
    visitor = await make_user(application, "visitor")
    async with bidding(crowd):
        await watcher.until(lambda: any(change.state.price == 800 for change in watcher.changes))
        await application.services.auctions.bids.place_bid(visitor, group.id, lot.id, 900)
        await application.auctions.looks.look()
    assert (await application.stores.auctions.lots.get_lot(lot.id)).leader_nickname == "visitor"
    assert watcher.changes[-1].state.status is LotStatus.OPEN


async def test_one_who_is_banned_is_missing_and_the_others_go_on(application, crowd):
    await make_group(application, Goods(sn="1", step=1))
    await application.auctions.looks.look()
    watcher = Watcher(application)
    async with bidding(crowd):
        await watcher.until(lambda: any(change.state.nickname == COLLECTORS[0] for change in watcher.changes))
        user = await application.services.accounts.users.find_by_identity(f"sandbox:{COLLECTORS[0]}")
        assert user is not None
        await application.services.accounts.users.ban(user.id)
        so_far = len(watcher.changes)
        await watcher.until(lambda: len(watcher.changes) >= so_far + 20)
    # One offer may have been on its way; a maximum given before stands, and bids on by proxy.
    own = [bid for change in watcher.changes[so_far:] for bid in change.bids if bid.user_id == user.id and not bid.is_proxy]
    assert len(own) <= 1


def test_without_a_server_they_wait_and_end_when_told(config):
    nowhere = command("bots", "--url", "http://127.0.0.1:1")
    run = subprocess.Popen(nowhere, cwd=ROOT, env=environment(config), stderr=subprocess.PIPE, text=True, encoding="utf-8")
    with run:
        try:
            assert run.stderr is not None
            assert "the bots wait for the server" in run.stderr.readline()
            run.send_signal(signal.SIGTERM)
            assert run.wait(RUN_SECONDS) == 0
            assert "Traceback" not in run.stderr.read()
        finally:
            run.kill()


async def test_being_told_to_end_is_not_missed_when_the_connection_is_lost_at_that_moment(crowd):
    for turns in range(5):
        crowd._socket_closed.clear()
        waiting = asyncio.get_running_loop().create_task(crowd._wait(60))
        for _ in range(3):
            await asyncio.sleep(0)
        crowd._socket_closed.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        if waiting.cancel():
            with pytest.raises(asyncio.CancelledError):
                await waiting
