"""Tests of server/commands/verifying.py: the real command, beside a server and without one."""
from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.bootstrap import Application
from server.config import Config
from server.domain.clock import SystemClock
from server.domain.mall.ledger import Cause, Posting, Sums
from server.process.embedded import EmbeddedServices
from server.storage.auctions.record import bid_id
from tests.builders import make_goods, make_user
from tests.commands.runs import run_command


@pytest.fixture
def clock() -> SystemClock:
    """The command lives in real time, and so must the bids it looks at."""
    return SystemClock()


async def hold_auction(application: Application, *, bids: int = 6) -> int:
    """One lot with some bids of two users; gives its group."""
    alice, bob = await make_user(application, "Alice"), await make_user(application, "Bob")
    lot = await make_goods(application)
    for number in range(bids):
        bidder = (alice, bob)[number % 2]
        await application.services.auctions.bids.place_bid(bidder, lot.group_id, lot.id, 20000 + number, key=f"key {number}")
    await application.auctions.desks.drain()
    return lot.group_id


async def verify(config: Config, *arguments: str) -> tuple[int, dict[str, Any]]:
    run = await asyncio.to_thread(run_command, config, "verify", "--json", *arguments)
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


async def test_a_sound_record_is_said_to_be_clean(application: Application, config: Config) -> None:
    group_id = await hold_auction(application)
    for arguments in ((), ("--group", str(group_id))):
        status, found = await verify(config, *arguments)
        assert found.pop("seconds") >= 0
        counts = {"lots_in_all": 1, "lots": 1, "bids": 6, "on_the_way": 0, "participations": 2, "keys": 6}
        read = dict.fromkeys(("wallets", "entries", "orders", "payments", "waiting", "notices", "counts"), 0)
        mall = {**read, "finding_count": 0, "findings": []}
        sale = {"groups": 0, "waiting": 0, "sold": 0, "settlements": 0, "finding_count": 0, "findings": []}
        proof: dict[str, Any] = {"keys": 0 if arguments else 1, "heads": 0, "groups": 0, "finding_count": 0, "findings": []}
        clean = {"ok": True, **counts, "finding_count": 0, "findings": [], "proof": proof, "aftersale": sale, "mall": mall}
        assert (status, found) == (0, clean)


async def test_the_mall_s_books_are_audited_too(application: Application, config: Config) -> None:
    posting = Posting(user_id=7, cause=Cause.SIGN_IN, key="sign-in:1", change=Sums(balance=100))
    await application.services.mall.ledger.post(posting)
    status, found = await verify(config)
    assert (status, found["mall"]["wallets"], found["mall"]["entries"]) == (0, 1, 1)
    await application.mongo.database.mall_wallets.update_one({"_id": 7}, {"$set": {"sums.balance": 101}})
    status, found = await verify(config)
    assert (status, found["ok"]) == (1, False)
    assert found["mall"]["findings"] == [{"about": "wallet 7", "problem": "is not the sum of its entries"}]
    run = await asyncio.to_thread(run_command, config, "verify")
    assert "wallet 7 is not the sum of its entries" in run.stdout.splitlines()


async def test_what_was_tampered_with_is_named_and_the_status_is_1(application: Application, config: Config) -> None:
    await hold_auction(application)
    await application.mongo.database.bids.update_one({"_id": bid_id(1, 3)}, {"$set": {"price": 29999}})
    status, found = await verify(config)
    assert (status, found["ok"]) == (1, False)
    assert {"goods_id": 1, "seq": 3, "problem": "does not fit its hash: it was changed"} in found["findings"]
    run = await asyncio.to_thread(run_command, config, "verify")
    assert run.returncode == 1
    assert run.stdout.splitlines()[:2] == ["lots            1", "bids            6, of them 0 on their way to the record"]
    assert "lot 1 bid 3 does not fit its hash: it was changed" in run.stdout.splitlines()


async def test_a_group_that_does_not_exist_is_said(application: Application, config: Config) -> None:
    run = await asyncio.to_thread(run_command, config, "verify", "--group", "5")
    assert (run.returncode, run.stdout, run.stderr) == (2, "", "run.py: there is no group 5\n")


def test_a_folder_without_data_is_not_called_clean(config: Config, tmp_path: Path) -> None:
    run = run_command(replace(config, mongodb_url=None, redis_url=None, data_dir=tmp_path / "none"), "verify")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"run.py: there is nothing to verify in {tmp_path / 'none'}\n"
    assert not (tmp_path / "none").exists()


def test_a_database_that_is_away_is_said(config: Config) -> None:
    run = run_command(replace(config, mongodb_url="mongodb://127.0.0.1:1/?directConnection=true"), "verify")
    assert (run.returncode, run.stdout, run.stderr) == (2, "", "run.py: the database does not answer\n")


@pytest.mark.processes
async def test_the_same_data_is_verified_beside_their_owner_and_after_it(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "data", jwt_secret="a secret for tests, longer than thirty-two bytes")
    owner = EmbeddedServices(config)
    try:
        application = Application(owner.start_or_join(), SystemClock())
        await application.start()
        await hold_auction(application)
        beside = await verify(config)
        await application.drain()
        await application.stop()
    finally:
        owner.stop()
    after = await verify(config, "--data-dir", str(config.data_dir))
    for status, found in (beside, after):
        assert (status, found["bids"], found["findings"]) == (0, 6, [])
