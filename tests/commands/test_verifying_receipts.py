"""Tests of server/commands/verifying_receipts.py and receipt_keys.py: the real commands, and records changed behind the server."""
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
from server.storage.auctions.record import bid_id
from tests.api import Api
from tests.builders import Goods, make_group, make_user
from tests.commands.runs import run_command

TOP_PRICE = 40000


@pytest.fixture
def clock() -> SystemClock:
    """The command lives in real time, and so must the bids it looks at."""
    return SystemClock()


async def run(config: Config, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    done = await asyncio.to_thread(run_command, config, "verify", "--json", *arguments)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def told(found: dict[str, Any]) -> list[str]:
    return [f"{one['about']} {one['problem']}" for one in found["problems"]]


async def hold_sale(api: Api, folder: Path) -> tuple[Path, Path]:
    """Two lots, sold at their top price; gives files with the bidders' receipts and with the keys."""
    group = await make_group(api.application, Goods(id=145), Goods(id=146))
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    receipts = []
    for goods_id in (145, 146):
        lot = await api.application.stores.auctions.lots.get_lot(goods_id)
        for user, price in ((alice, 20000), (bob, 20000), (bob, 30000), (alice, TOP_PRICE)):
            answer = (await api.bid(user, lot, price)).json
            receipts.append(answer["data"]["receipt"] if answer["code"] == 1 else answer["receipt"])
    await api.wait_until_ended(group.id)
    kept, keys = folder / "receipts.json", folder / "keys.json"
    heads = [(await api.get(f"/api/proof/lots/{goods_id}")).data["head"] for goods_id in (145, 146)]
    kept.write_text(json.dumps({"receipts": receipts, "heads": heads}))
    keys.write_bytes((await api.get("/api/keys")).body)
    return kept, keys


async def test_receipts_are_held_against_the_record_and_what_was_changed_is_named(
    api: Api, application: Application, config: Config, tmp_path: Path
) -> None:
    kept, keys = await hold_sale(api, tmp_path)
    status, found = await run(config, "--receipts", kept)
    assert (status, told(found), found["receipts"], found["lots"], found["groups"]) == (0, [], 8, 2, 1)
    nowhere = replace(config, mongodb_url="mongodb://127.0.0.1:1", redis_url="redis://127.0.0.1:1")
    status, found = await run(nowhere, "--receipts", kept, "--keys", keys)  # no database is asked
    assert (status, told(found), found["unmatched"]) == (0, [], 8)
    status, found = await run(config)
    assert (status, found["proof"]["heads"], found["proof"]["groups"]) == (0, 2, 1)

    database = application.mongo.database
    await database.bids.update_one({"_id": bid_id(145, 2)}, {"$set": {"price": 29999}})
    status, found = await run(config, "--receipts", kept)
    assert status == 1
    assert "bid 2 of lot 145 does not fit its hash: it was changed" in told(found)
    assert any(one.startswith("receipt 3 of a bid of 30000 on lot 145 tells another bid") for one in told(found))
    await database.bids.update_one({"_id": bid_id(145, 2)}, {"$set": {"price": 30000}})

    head = await database.published_heads.find_one({"_id": 146})
    assert head is not None
    forged = head["signed"]["statement"].replace('"head":"', '"head":"0')
    await database.published_heads.update_one({"_id": 146}, {"$set": {"signed.statement": forged}})
    status, found = await run(config)
    assert status == 1
    assert any("was published with the head" in one["problem"] for one in found["proof"]["findings"] if one["about"] == "lot 146")
    status, found = await run(config, "--receipts", kept)
    assert status == 1 and any(one.startswith("published head of lot 146 does not fit its signature") for one in told(found))
    await database.published_heads.delete_one({"_id": 146})
    _, found = await run(config)
    assert {"about": "lot 146", "problem": "has a head in its group, and none of its own"} in found["proof"]["findings"]

    for content in ("no JSON", '{"receipts": 7}', "[1]"):
        kept.write_text(content)
        done = await asyncio.to_thread(run_command, config, "verify", "--receipts", kept)
        assert (done.returncode, str(kept) in done.stderr) == (2, True)


def test_the_next_key_is_made_in_the_folder_or_for_the_setting(config: Config, tmp_path: Path) -> None:
    config = replace(config, data_dir=tmp_path / "data")
    first = run_command(config, "receipt-key").stdout.strip()
    made = run_command(config, "receipt-key", "--new").stdout
    second = run_command(config, "receipt-key").stdout.strip()
    assert first != second and second in made
    assert len(config.read_receipt_keys()) == 2
    assert config.receipt_keys_file.stat().st_mode & 0o077 == 0
