"""Whatever the clock does, who resumes with a cursor believes the truth afterwards."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from server.domain.accounts.users import Role, User
from server.domain.auctions.goods import Lot
from tests.api import Api
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


jumps = st.sampled_from([-HOUR, -600.0, -30.0, -12.0, -9.0, -6.0, -4.0, -1.0, 1.0, 5.0, 15.0, HOUR])
steps = st.lists(
    st.one_of(st.tuples(st.just("jump"), jumps), st.tuples(st.sampled_from(["bid", "look", "resume"]), st.just(0.0))),
    max_size=14,
)


def test_after_any_jumps_and_bids_a_resume_brings_the_truth(io_loop: IOLoop, api: Api, clock: HandClock) -> None:
    prices = iter(range(20_000, 90_000))

    async def play(lot: Lot, alice: User, some: list[tuple[str, float]]) -> None:
        path = f"/api/live/group/{lot.group_id}"
        belief: dict[int, int] = {}
        cursor = await believe(api, path, belief, None)
        for what, seconds in [*some, ("resume", 0.0)]:
            if what == "jump":
                clock.advance(seconds=seconds)
                await look_for_seconds(api)
            elif what == "bid":
                assert (await api.bid(alice, lot, next(prices))).status == 200
            elif what == "look":
                await api.application.auctions.looks.look()
            else:
                cursor = await believe(api, path, belief, cursor)
                stored = await api.application.stores.auctions.lots.get_lot(lot.id)
                assert belief == {lot.id: stored.current_price}

    lot = io_loop.run_sync(lambda: make_goods(api.application, top_price=100_000, starts_in=-FAR, closes_in=FAR))
    alice = io_loop.run_sync(lambda: make_user(api.application))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps)
    def check(some: list[tuple[str, float]]) -> None:
        clock.moment = START
        io_loop.run_sync(lambda: play(lot, alice, some))

    START = clock.moment
    check()
