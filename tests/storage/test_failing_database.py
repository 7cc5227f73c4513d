"""A database that answers and does not work: an unknown fate is told as such, pursued by key, and makes no second bid."""
from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from tornado.ioloop import IOLoop

from server.domain.auctions.commits import LotDesks
from server.domain.auctions.drafts import Placed
from server.domain.auctions.keys import KeyClaim
from server.domain.auctions.offers import Offer
from server.domain.errors import Unavailable
from server.process import secantusd
from server.process.embedded import environment_of_program
from server.storage.mongo import Mongo
from tests.clock import NOON
from tests.domain.auctions.floors import Sale
from tests.domain.auctions.offers import offer
from tests.processes.server import free_port

GOODS = 145
# A full disk, a failed store, out of time, no such rights any more, a cursor that is gone, and one that nobody knows.
STATES = (1, 8, 13, 43, 112, 133, 262, 8000, 14031, 999_999)
NO_PRIMARY = (91, 189, 10107, 11600, 11602, 13435, 13436)  # the driver knows these, and waits for another
FAULTS = (2, 14, 66, 10334)


class FailingDatabase:
    """A server of its own, which fails the commands that it is told to."""

    def __init__(self, folder: Path):
        port = free_port()
        self.url = f"mongodb://127.0.0.1:{port}/?directConnection=true&retryWrites=false&heartbeatFrequencyMS=500"
        command = [sys.executable, secantusd.__file__, "--port", str(port), "--storage-path", str(folder), "--standalone"]
        self._process = subprocess.Popen([*command, "--enable-test-commands", "--log-level", "ERROR"], env=environment_of_program())
        self._operator: MongoClient = MongoClient(self.url, appname="operator")

    def fail(self, *commands: str, times: int | None = None, **how: Any) -> None:
        """By `errorCode`, `writeConcernError` or `closeConnection`, so many times or until it is healed."""
        mode = "alwaysOn" if times is None else {"times": times}
        data = {"failCommands": list(commands), "appName": "auction", **how}
        self._operator.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})

    def heal(self) -> None:
        self._operator.admin.command({"configureFailPoint": "failCommand", "mode": "off"})

    def stop(self) -> None:
        self._operator.close()
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FailingDatabase]:
    started = FailingDatabase(tmp_path_factory.mktemp("failing"))
    yield started
    started.stop()


@pytest.fixture
def database(io_loop: IOLoop, server: FailingDatabase, servers_patience: None) -> Iterator[AsyncIOMotorDatabase]:
    opened = Mongo(server.url, "failing")
    yield opened.database
    server.heal()
    io_loop.run_sync(lambda: opened.database.client.drop_database("failing"))
    opened.close()


@pytest.fixture
def sale(io_loop: IOLoop, database: AsyncIOMotorDatabase) -> Iterator[Sale]:
    sale = Sale(database)
    io_loop.run_sync(sale.open)
    yield sale
    io_loop.run_sync(sale.drain)


async def place(process: LotDesks, one: Offer) -> Placed:
    return await process.desk(one.goods_id).take(one)


async def count_bids(sale: Sale) -> int:
    lot = await sale.lots.get_lot(GOODS)
    recorded = {bid.seq for bid in await sale.record.list_bids(GOODS)}
    assert recorded | {bid.seq for bid in lot.outbox} == set(range(1, lot.seq + 1))
    return lot.seq


def claim() -> KeyClaim:
    return KeyClaim(user_id=1, key="k", goods_id=GOODS, fingerprint="f", after_seq=0, claimed_at=NOON)


@pytest.mark.parametrize("code", STATES)
async def test_what_is_refused_for_the_state_of_the_database_is_unavailable(server: FailingDatabase, sale: Sale, code: int) -> None:
    server.fail("find", "insert", "update", "findAndModify", "aggregate", errorCode=code)
    for question in (sale.lots.get_lot(GOODS), sale.lots.claim_turn(GOODS), sale.keys.claim_keys([claim()]), sale.lots.next_ids(1)):
        with pytest.raises(Unavailable):
            await question


@pytest.mark.parametrize("code", FAULTS)
async def test_a_wrong_question_is_no_outage(server: FailingDatabase, sale: Sale, code: int) -> None:
    server.fail("find", errorCode=code)
    with pytest.raises(OperationFailure):
        await sale.lots.get_lot(GOODS)


@pytest.mark.parametrize("code", STATES + NO_PRIMARY)
async def test_a_commit_that_the_state_refuses_is_tried_again(server: FailingDatabase, sale: Sale, code: int) -> None:
    server.fail("update", errorCode=code, times=2)
    placed = await place(sale.process(), offer(1, 100, key="k"))
    assert (placed.seq, await count_bids(sale)) == (1, 1)


async def test_a_commit_without_its_write_concern_is_found_and_not_made_twice(server: FailingDatabase, sale: Sale) -> None:
    server.fail("update", writeConcernError={"code": 64, "errmsg": "waiting for replication timed out"}, times=1)
    placed = await place(sale.process(), offer(1, 100, key="k"))
    assert (placed.seq, await count_bids(sale)) == (1, 1)


@pytest.mark.gen_test(timeout=30)
@pytest.mark.parametrize(
    "how", [{"errorCode": 14031}, {"closeConnection": True}, {"writeConcernError": {"code": 100, "errmsg": "no majority"}}]
)
async def test_a_fate_that_stays_unknown_is_told_and_the_key_tells_later(server: FailingDatabase, sale: Sale, how: dict[str, Any]) -> None:
    process = sale.process()
    server.fail("update", "insert", **how)
    with pytest.raises(Unavailable):
        await place(process, offer(1, 100, key="k"))
    server.heal()
    placed = await place(process, offer(1, 100, key="k"))
    again = await place(sale.process("another"), offer(1, 100, key="k"))
    await asyncio.gather(process.drain(), sale.drain())
    assert (placed.seq, again.seq, await count_bids(sale)) == (1, 1, 1)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_key_is_not_claimed_without_its_write_concern(server: FailingDatabase, sale: Sale, times: int) -> None:
    server.fail("insert", writeConcernError={"code": 64, "errmsg": "waiting for replication timed out"}, times=times)
    for _ in range(times):  # also where the first try has left it behind
        with pytest.raises(Unavailable):
            await sale.keys.claim_keys([claim()])
    assert await sale.keys.claim_keys([claim()]) == [claim()]


async def test_the_record_is_not_taken_for_written_without_its_write_concern(server: FailingDatabase, sale: Sale) -> None:
    placed = await place(sale.process(), offer(1, 100))
    [bid] = (await sale.lots.get_lot(GOODS)).outbox or await sale.record.list_bids(GOODS)
    assert placed.seq == bid.seq
    server.fail("insert", writeConcernError={"code": 64, "errmsg": "waiting for replication timed out"})
    with pytest.raises(Unavailable):
        await sale.record.add_bids([bid], NOON, may_be_there=False)
    with pytest.raises(Unavailable):
        await sale.participations.add_first([placed.participation])
