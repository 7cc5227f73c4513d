"""Whatever the clock does, who resumes with a cursor believes the truth afterwards."""
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from server.domain.accounts.users import Role, User
from server.domain.auctions.goods import Lot
from server.domain.auctions.record import Bid
from server.domain.errors import Unavailable
from tests.api import PATIENCE_SECONDS, Api, serving
from tests.builders import make_goods, make_user
from tests.clock import HandClock

FAR = 30 * 24 * 3600.0
HOUR = 3600.0


async def look_for_seconds(api: Api) -> None:
    """There is a look every second, and a clock that was set back stays so for longer than two."""
    for _ in range(2):
        await api.application.auctions.looks.look()


async def believe(api: Api, path: str, belief: dict[int, int], cursor: str | None, **about: Any) -> str:
    """Asks with the cursor and takes the answer into the belief, as a client does; gives the next cursor."""
    data = (await api.get(path, query={"cursor": cursor} if cursor else None, **about)).data
    if not data["recovered"]:
        belief.clear()
    belief |= {state["goods_id"]: state["price"] for state in data["state"]}
    cursor = data["cursor"]
    assert isinstance(cursor, str)
    return cursor


async def until_heard(api: Api, lot: Lot, *, seq: int) -> None:
    """That machine has heard of that bid."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (known := api.application.ground.floor.find_lot(lot.id)) is None or known.told_seq < seq:
            await asyncio.sleep(0)


@pytest.mark.parametrize("channel", ["group", "goods"])
@pytest.mark.parametrize("looks", [0, 1, 3])
async def test_a_cursor_from_the_future_brings_the_whole_state(api: Api, clock: HandClock, channel: str, looks: int) -> None:
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    alice = await make_user(api.application)
    clock.advance(seconds=HOUR)
    await api.application.auctions.looks.look()
    path = f"/api/live/group/{lot.group_id}" if channel == "group" else f"/api/live/goods/{lot.id}"
    cursor = (await api.get(path)).data["cursor"]
    clock.advance(seconds=-HOUR)
    for _ in range(looks):
        await api.application.auctions.looks.look()
    assert (await api.bid(alice, lot, 20007)).status == 200
    resumed = (await api.get(path, query={"cursor": cursor})).data
    assert (resumed["recovered"], [state["price"] for state in resumed["state"]]) == (False, [20007])


async def test_a_cursor_from_before_the_clock_was_set_back_stays_of_no_use_once_it_has_caught_up(api: Api, clock: HandClock) -> None:
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    alice = await make_user(api.application)
    path = f"/api/live/group/{lot.group_id}"
    await api.application.auctions.looks.look()
    cursor = (await api.get(path)).data["cursor"]
    clock.advance(seconds=-HOUR)
    await look_for_seconds(api)
    assert (await api.bid(alice, lot, 20007)).status == 200
    clock.advance(seconds=2 * HOUR)
    resumed = (await api.get(path, query={"cursor": cursor})).data
    assert (resumed["recovered"], [state["price"] for state in resumed["state"]]) == (False, [20007])


async def test_notices_and_what_operators_read_are_not_recovered_from_a_cursor_of_the_future(api: Api, clock: HandClock) -> None:
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    operator = await make_user(api.application, "Olive", roles=[Role.OPERATOR])
    clock.advance(seconds=HOUR)
    await api.application.auctions.looks.look()
    cursor = (await api.get("/api/live/me", as_user=alice)).data["cursor"]
    ops = api.application.services.auctions.ops
    ops_cursor = (await ops.list_missed(None)).cursor.encode()
    clock.advance(seconds=-HOUR)
    await look_for_seconds(api)
    for user, price in ((alice, 20000), (bob, 20001)):
        assert (await api.bid(user, lot, price)).status == 200
    clock.advance(seconds=60)
    assert not (await api.get("/api/live/me", as_user=alice, query={"cursor": cursor})).data["recovered"]
    assert not (await ops.list_missed(ops_cursor)).recovered
    assert operator.roles

# Clocks that disagree, and jumps that no look has seen


@pytest.fixture
def other_clock() -> HandClock:
    """The clock of another machine."""
    return HandClock()


@pytest.fixture
def elsewhere(io_loop: IOLoop, application: Application, config: Config, other_clock: HandClock) -> Iterator[Api]:
    """A process on another machine."""
    with serving(io_loop, config, other_clock) as asking:
        yield asking


@pytest.mark.parametrize("looks", [0, 1])
async def test_a_clock_that_is_set_back_for_a_moment_hides_no_bid(api: Api, clock: HandClock, looks: int) -> None:
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    clock.advance(minutes=1)
    alice = await make_user(api.application)
    path = f"/api/live/group/{lot.group_id}"
    await api.application.auctions.looks.look()
    cursor = (await api.get(path)).data["cursor"]
    clock.advance(seconds=-HOUR)
    for _ in range(looks):
        await api.application.auctions.looks.look()
    assert (await api.bid(alice, lot, 20007)).status == 200
    clock.advance(seconds=HOUR)
    await api.application.auctions.looks.look()
    assert [state["price"] for state in (await api.get(path, query={"cursor": cursor})).data["state"]] == [20007]


async def test_a_clock_that_is_ahead_for_a_moment_makes_no_cursor_that_hides_a_bid(api: Api, clock: HandClock) -> None:
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    clock.advance(minutes=1)
    alice = await make_user(api.application)
    path = f"/api/live/group/{lot.group_id}"
    await api.application.auctions.looks.look()
    clock.advance(seconds=HOUR)
    cursor = (await api.get(path)).data["cursor"]
    clock.advance(seconds=-HOUR)
    assert (await api.bid(alice, lot, 20007)).status == 200
    clock.advance(seconds=2 * HOUR)
    await api.application.auctions.looks.look()
    assert [state["price"] for state in (await api.get(path, query={"cursor": cursor})).data["state"]] == [20007]


@pytest.mark.parametrize("behind", [9.0, 60.0, HOUR])
async def test_what_a_machine_changes_whose_clock_is_behind_is_not_taken_for_known(
    api: Api, elsewhere: Api, clock: HandClock, other_clock: HandClock, behind: float
) -> None:
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    clock.advance(minutes=1)
    other_clock.advance(minutes=1)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    clock.advance(seconds=behind)
    for machine in (api, elsewhere, api):
        await machine.application.auctions.looks.look()
    path = f"/api/live/group/{lot.group_id}"
    cursor = (await api.get(path)).data["cursor"]
    mine = (await api.get("/api/live/me", as_user=alice)).data["cursor"]
    assert (await elsewhere.bid(alice, lot, 20000)).status == 200
    assert (await elsewhere.bid(bob, lot, 20007)).status == 200
    for machine in (api, elsewhere):
        await machine.application.auctions.looks.look()
        assert [state["price"] for state in (await machine.get(path, query={"cursor": cursor})).data["state"]] == [20007]
    missed = (await api.get("/api/live/me", as_user=alice, query={"cursor": mine})).data
    assert (missed["recovered"], [notice["price"] for notice in missed["missed"]]) == (True, [20007])


async def test_lost_news_of_a_machine_whose_clock_is_behind_are_found_by_the_next_look(
    api: Api, elsewhere: Api, clock: HandClock, other_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    clock.advance(minutes=1)
    other_clock.advance(minutes=1)
    alice = await make_user(api.application)
    clock.advance(seconds=HOUR)
    for machine in (api, elsewhere, api):
        await machine.application.auctions.looks.look()
    monkeypatch.setattr(elsewhere.application.ground.broker, "send", lambda channel, event: None)
    assert (await elsewhere.bid(alice, lot, 20007)).status == 200
    await api.application.auctions.looks.look()
    assert [state["price"] for state in (await api.get(f"/api/live/group/{lot.group_id}")).data["state"]] == [20007]


@pytest.mark.parametrize("channel", ["group", "goods"])
async def test_a_change_of_a_new_era_is_not_known_to_who_has_not_heard_of_the_era(
    api: Api, elsewhere: Api, clock: HandClock, other_clock: HandClock, channel: str
) -> None:
    clock.advance(minutes=-1)
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    clock.advance(minutes=1)  # it has not changed for so long that no cursor marks it
    alice = await make_user(api.application)
    path = f"/api/live/group/{lot.group_id}" if channel == "group" else f"/api/live/goods/{lot.id}"
    await api.application.auctions.looks.look()
    cursor = (await api.get(path)).data["cursor"]
    await api.application.auctions.looks.stop()  # its next look comes later than all that follows
    other_clock.advance(seconds=-HOUR)
    await look_for_seconds(elsewhere)
    assert (await elsewhere.bid(alice, lot, 20007)).status == 200
    await until_heard(api, lot, seq=1)
    resumed = (await api.get(path, query={"cursor": cursor})).data
    assert [state["price"] for state in resumed["state"]] == [20007]
    # Who has been told it is not told it again.
    assert (await api.get(path, query={"cursor": resumed["cursor"]})).data["state"] == []


@pytest.mark.parametrize("channel", ["group", "goods"])
async def test_who_has_not_heard_of_a_new_era_changes_nothing_that_is_taken_for_known(
    api: Api, elsewhere: Api, clock: HandClock, channel: str
) -> None:
    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    alice = await make_user(api.application)
    await elsewhere.application.auctions.looks.look()
    await elsewhere.application.auctions.looks.stop()
    clock.advance(seconds=2 * HOUR)
    await api.application.auctions.looks.look()
    clock.advance(seconds=-HOUR)
    await look_for_seconds(api)
    path = f"/api/live/group/{lot.group_id}" if channel == "group" else f"/api/live/goods/{lot.id}"
    cursor = (await api.get(path)).data["cursor"]
    mine = (await api.get("/api/live/me", as_user=alice)).data["cursor"]
    assert (await elsewhere.bid(alice, lot, 20007)).status == 200
    assert (await elsewhere.bid(await make_user(api.application, "Bob"), lot, 20009)).status == 200
    await until_heard(api, lot, seq=2)
    assert [state["price"] for state in (await api.get(path, query={"cursor": cursor})).data["state"]] == [20009]
    missed = (await api.get("/api/live/me", as_user=alice, query={"cursor": mine})).data
    assert (missed["recovered"], missed["missed"]) == (False, [])


async def test_what_a_process_left_on_the_way_is_brought_on_though_it_was_changed_in_the_future(
    api: Api, elsewhere: Api, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def be_away(bids: list[Bid], delivered_at: datetime, *, may_be_there: bool) -> None:
        raise Unavailable("database")

    lot = await make_goods(api.application, starts_in=-FAR, closes_in=FAR)
    alice = await make_user(api.application)
    clock.advance(seconds=HOUR)
    await api.application.auctions.looks.look()
    monkeypatch.setattr(api.application.stores.auctions.record, "add_bids", be_away)
    assert (await api.bid(alice, lot, 20007)).status == 200
    clock.advance(seconds=-HOUR)
    lots = elsewhere.application.stores.auctions.lots
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await lots.get_lot(lot.id)).projected_seq < 1:
            await asyncio.sleep(0.05)


jumps = st.sampled_from([-HOUR, -600.0, -30.0, -12.0, -9.0, -6.0, -4.0, -1.0, 1.0, 5.0, 15.0, HOUR])
steps = st.lists(
    st.tuples(st.integers(0, 1), st.one_of(jumps, st.sampled_from(["bid", "look", "resume", "resume"]))), max_size=16
)


class Phone:
    """A client of several machines that believes what it is told, and keeps one cursor for all of them."""

    def __init__(self, lot: Lot, user: User):
        self._lot = lot
        self._user = user
        self._price_cursor = self._notice_cursor = ""
        self.prices: dict[int, int] = {}
        self.notices: list[int] | None = None  # the prices it was outbid with; None while it knows that it does not know

    async def resume(self, machine: Api) -> None:
        """Once that machine has heard of what the others did."""
        lot = await machine.application.stores.auctions.lots.get_lot(self._lot.id)
        await until_heard(machine, lot, seq=lot.seq)
        self._price_cursor = await believe(machine, f"/api/live/group/{lot.group_id}", self.prices, self._price_cursor or None)
        assert self.prices == {lot.id: lot.current_price}
        query = {"cursor": self._notice_cursor} if self._notice_cursor else None
        missed = (await machine.get("/api/live/me", as_user=self._user, query=query)).data
        known_notices = self.notices if missed["recovered"] and query else None
        self.notices = None if known_notices is None else [*known_notices, *(one["price"] for one in missed["missed"])]
        self._notice_cursor = missed["cursor"]


def test_after_any_jumps_of_two_machines_a_resume_on_either_brings_the_truth(
    io_loop: IOLoop, api: Api, elsewhere: Api, clock: HandClock, other_clock: HandClock
) -> None:
    machines, clocks = (api, elsewhere), (clock, other_clock)
    prices = iter(range(20_000, 90_000))

    async def play(lot: Lot, alice: User, bob: User, some: list[tuple[int, str | float]]) -> None:
        phone = Phone(lot, alice)
        await phone.resume(api)
        phone.notices = []
        outbid: list[int] = []
        for number, what in [*some, (0, "resume"), (1, "resume")]:
            machine = machines[number]
            if isinstance(what, float):
                clocks[number].advance(seconds=what)
            elif what == "look":
                await machine.application.auctions.looks.look()
            elif what == "bid":
                assert (await machine.bid(alice, lot, next(prices))).status == 200
                outbid.append(next(prices))
                assert (await machine.bid(bob, lot, outbid[-1])).status == 200
            else:
                await phone.resume(machine)
                phone.notices = outbid.copy() if phone.notices is None else phone.notices
                assert phone.notices == outbid

    lot = io_loop.run_sync(lambda: make_goods(api.application, top_price=100_000, starts_in=-FAR, closes_in=FAR))
    alice, bob = (io_loop.run_sync(lambda: make_user(api.application, name)) for name in ("Alice", "Bob"))
    start = clock.moment + timedelta(minutes=1)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps)
    def check(some: list[tuple[int, str | float]]) -> None:
        for one in clocks:
            one.moment = start
        io_loop.run_sync(lambda: play(lot, alice, bob, some))

    check()
