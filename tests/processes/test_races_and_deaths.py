"""No accepted bid is lost, doubled or reordered, whatever process dies when."""
from __future__ import annotations

import asyncio
import itertools
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import pytest

from server.domain.auctions.goods import Lot
from server.domain.auctions.record import Act
from server.process.worker import END_SECONDS
from tests.commands.runs import run_command
from tests.processes.load import Load, assert_all_recorded
from tests.processes.server import ServerProcess

pytestmark = [pytest.mark.processes, pytest.mark.gen_test(timeout=300)]

GOODS = 145


def assert_verified(server: ServerProcess, bids: int) -> None:
    found = server.verify()
    assert (found["status"], found["findings"]) == (0, []), found
    assert found["bids"] >= bids


async def test_fifty_clients_on_one_lot_through_two_workers_make_one_winner(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=1)
    load = Load(server, [GOODS])
    await load.start(50)
    await load.until_acknowledged(500)
    await load.stop()
    await server.until_delivered(GOODS)
    await assert_all_recorded(server, load.acknowledged)
    async with server.stores() as stores:
        lot = await stores.auctions.lots.get_lot(GOODS)
        bids = [*await stores.auctions.record.list_bids(GOODS)]
    assert [bid.seq for bid in bids] == list(range(1, lot.seq + 1))
    assert len({bid.worker for bid in bids}) == 2
    best = max(load.acknowledged, key=lambda one: one.price)
    assert (lot.leader_id, lot.price, lot.seq) == (best.user_id, best.price, best.seq)
    assert len(load.acknowledged) == lot.seq
    assert set(load.refused) <= {"bid_too_low"}
    assert_verified(server, len(load.acknowledged))


async def test_the_same_request_sent_ten_times_at_once_makes_one_bid(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=2)
    token = await server.sign_in("amy")
    for goods_id, price in itertools.product((GOODS, GOODS + 1), (100, 200)):
        body = {"goods_id": goods_id, "group_id": 7, "price": price}
        answers = await asyncio.gather(
            *(server.post("/api/group", body, token=token, key=f"{goods_id}-{price}") for _ in range(10))
        )
        assert answers == [answers[0]] * 10 and answers[0][0] == 200
    assert_verified(server, 4)
    assert server.verify()["bids"] == 4


async def kill_workers_within(server: ServerProcess, has_begun: Callable[[Lot], bool], *asked: Awaitable[tuple[int, Any]]) -> None:
    """Every process that serves is killed as soon as what was asked has been done to the first lot, and comes back."""
    asking = asyncio.gather(*asked, return_exceptions=True)
    async with server.stores() as stores:
        while not any(has_begun(lot) for lot in await stores.auctions.lots.list_lots(7)):
            assert not asking.done() or any(isinstance(one, BaseException) or one[0] == 200 for one in asking.result()), asking.result()
            await asyncio.sleep(0.002)
        for worker in server.children("worker"):
            worker.kill()
        await asking
        # What has begun is done to every lot, by whoever lives.
        while not all(has_begun(lot) for lot in await stores.auctions.lots.list_lots(7)):
            await asyncio.sleep(0.05)
    await server.wait_until_ready()


def hire_operator(server: ServerProcess) -> tuple[str, list[str]]:
    """A token, and codes that each stand for the second factor once."""
    made = run_command(server.config, "operator", "Olive", "--role", "admin", "--sign-in")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip(), re.findall(r"^ +((?:[A-Z0-9]{4}-){3}[A-Z0-9]{4})$", made.stderr, re.MULTILINE)


async def test_a_worker_killed_under_load_loses_nothing_and_leaves_nothing_half_done(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=40)
    token, codes = hire_operator(server)
    load = Load(server, [GOODS, GOODS + 1, GOODS + 2])
    await load.start(30)
    for _ in range(3):
        await load.until_acknowledged(100)
        server.children("worker")[0].kill()
    await load.until_acknowledged(200)

    def act(path: str, **facts: Any) -> Awaitable[tuple[int, Any]]:
        wanted = {"reason": "更正", **facts}
        return server.post(f"/api/ops/auctions/{path}", wanted, token=token, second_factor=codes.pop())

    await kill_workers_within(
        server, lambda lot: lot.paused_at is not None, act(f"lots/{GOODS}/void", back_to=1), act("groups/7/pause")
    )
    await load.stop()
    await kill_workers_within(server, lambda lot: lot.said is not None and lot.said.act is Act.END, act("groups/7/end"))
    await server.until_ended(7)
    assert load.interrupted > 0
    await assert_all_recorded(server, load.acknowledged)
    async with server.stores() as stores:
        lots = await stores.auctions.lots.list_lots(7)
        records = {lot.id: await stores.auctions.record.list_bids(lot.id) for lot in lots}
    acts = {goods_id: Counter(one.intervention.act for one in bids if one.intervention) for goods_id, bids in records.items()}
    assert [acts[lot.id] for lot in lots[1:]] == [Counter([Act.PAUSE, Act.END])] * 39
    assert acts[GOODS] - Counter([Act.VOID]) == Counter([Act.PAUSE, Act.END])
    assert acts[GOODS][Act.VOID] == len(lots[0].voids)
    assert_verified(server, len(load.acknowledged))


async def test_the_home_of_a_hot_lot_killed_under_load_loses_nothing(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=1)
    load = Load(server, [GOODS])
    await load.start(30)
    for _ in range(4):
        await load.until_acknowledged(200)
        (await server.find_home(GOODS)).kill()
    await load.until_acknowledged(200)
    await load.stop()
    await assert_all_recorded(server, load.acknowledged)
    assert_verified(server, len(load.acknowledged))


async def test_a_home_that_stands_still_holds_up_a_lot_for_a_moment_and_makes_no_bid_twice(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=1)
    load = Load(server, [GOODS])
    await load.start(30)
    await load.until_acknowledged(200)
    for _ in range(3):
        home = await server.find_home(GOODS)
        home.suspend()
        try:
            # Those whose connections are with the other process go on; soon all have met the one that stands still.
            await load.until_acknowledged(8)
        finally:
            home.resume()
        await load.until_acknowledged(100)
    await load.stop()
    await assert_all_recorded(server, load.acknowledged)
    assert len(load.acknowledged) == len({(one.user_id, one.price) for one in load.acknowledged})
    assert_verified(server, len(load.acknowledged))


@pytest.mark.embedded
async def test_the_database_killed_under_load_loses_nothing(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=3)
    load = Load(server, [GOODS, GOODS + 1, GOODS + 2])
    await load.start(30)
    for _ in range(2):
        await load.until_acknowledged(100)
        [database] = server.children("secantusd.py")
        database.kill()
    await load.until_acknowledged(200)
    await load.stop()
    await assert_all_recorded(server, load.acknowledged)
    assert_verified(server, len(load.acknowledged))


@pytest.mark.embedded
async def test_everything_killed_under_load_is_found_again_at_the_next_start(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=3)
    load = Load(server, [GOODS, GOODS + 1, GOODS + 2])
    await load.start(30)
    await load.until_acknowledged(200)
    family = [psutil.Process(server.pid), *server.children()]
    server.stop(signal.SIGKILL)
    gone, alive = psutil.wait_procs(family, timeout=END_SECONDS + 10)
    assert not alive  # nothing outlives the server
    server.launch()
    await server.wait_until_ready()
    await load.until_acknowledged(100)
    await load.stop()
    await assert_all_recorded(server, load.acknowledged)
    assert_verified(server, len(load.acknowledged))


@pytest.mark.embedded
async def test_redis_killed_under_load_is_no_reason_to_refuse_a_bid(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=1)
    load = Load(server, [GOODS])
    await load.start(20)
    await load.until_acknowledged(50)
    [redis] = server.children("redis-server")
    redis.kill()
    await load.until_acknowledged(200)
    await load.stop()
    assert load.interrupted == 0
    assert_verified(server, len(load.acknowledged))


async def test_a_close_during_a_storm_settles_once(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=2, seconds=4)
    load = Load(server, [GOODS, GOODS + 1])
    await load.start(40)
    await load.until_acknowledged(50)
    await load.until_refused("ended", 40)
    await load.stop()
    await server.until_ended(7)
    await assert_all_recorded(server, load.acknowledged)
    async with server.stores() as stores:
        for goods_id in (GOODS, GOODS + 1):
            lot = await stores.auctions.lots.get_lot(goods_id)
            best = max((one for one in load.acknowledged if one.goods_id == goods_id), key=lambda one: one.price)
            assert (lot.status, lot.leader_id, lot.price) == ("won", best.user_id, best.price)
            assert all(one.settled_at is not None for one in await stores.auctions.participations.list_by_goods(goods_id))
    assert_verified(server, len(load.acknowledged))


async def test_a_server_told_to_end_answers_what_it_has_taken_and_empties_the_outbox(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=2)
    load = Load(server, [GOODS, GOODS + 1])
    await load.start(30)
    await load.until_acknowledged(200)
    family = server.children()
    assert server.stop(signal.SIGTERM) == 0
    assert not psutil.wait_procs(family, timeout=5)[1]
    async with server.stores() as stores:
        assert [(await stores.auctions.lots.get_lot(goods_id)).outbox for goods_id in (GOODS, GOODS + 1)] == [(), ()]
    server.launch()
    await server.wait_until_ready()
    await load.stop()
    await assert_all_recorded(server, load.acknowledged)
    assert_verified(server, len(load.acknowledged))
