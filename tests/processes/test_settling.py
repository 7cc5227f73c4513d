"""Every sold lot is settled once, whatever process dies when a sale ends."""
from __future__ import annotations

import asyncio

import pytest

from tests.processes.server import ServerProcess

pytestmark = [pytest.mark.processes, pytest.mark.gen_test(timeout=300)]

FIRST, LOTS, BIDDERS = 145, 60, 12


async def test_workers_killed_while_winners_are_settled_lose_and_double_nothing(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=LOTS)
    tokens = [await server.sign_in(f"bidder {number}") for number in range(BIDDERS)]

    async def buy_out(number: int) -> None:
        bid = {"goods_id": FIRST + number, "group_id": 7, "price": 10**9}
        status, answer = await server.post("/api/group", bid, token=tokens[number % BIDDERS], key=str(number))
        assert status == 200, answer

    await asyncio.gather(*(buy_out(number) for number in range(LOTS)))
    async with server.stores() as stores, asyncio.timeout(120):
        kept = stores.aftersale
        server.children("worker")[0].kill()
        killed = 1
        while await kept.finished.list_settled_ids() == []:
            made = len(await kept.settlements.list_of_group(7))
            workers = server.children("worker")
            # Again each time that some more are made, in the midst of it.
            if killed <= made and killed < 4 and len(workers) > 1:
                workers[killed % 2].kill()
                killed += 1
            await asyncio.sleep(0.01)
        settlements, rows = await kept.settlements.list_of_group(7), await kept.sold.list_sold_of_group(7)
    assert len(settlements) == len({one.user_id for one in settlements}) == BIDDERS
    assert [row.id for row in rows] == [*range(FIRST, FIRST + LOTS)]
    found = server.verify()
    assert (found["status"], found["aftersale"]["findings"], found["aftersale"]["sold"]) == (0, [], LOTS), found
