"""Tests of server/commands/simulating.py: the real command against a running server, and what it must not overlook."""
from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.bootstrap import Application
from server.config import Config
from server.domain.clock import SystemClock
from server.simulation.connection import Address, Connection
from server.simulation.convergence import Comparison
from server.simulation.histories import SHOWN, Histories
from server.simulation.market import Frame, Lot, Market, decode_frame
from server.simulation.tally import Acknowledged, percentiles
from server.simulation.watchers import Watcher
from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.commands.runs import ROOT, command, environment
from tests.processes.server import ServerProcess


@pytest.fixture
def clock() -> SystemClock:
    """The command lives in real time."""
    return SystemClock()


async def simulate(config: Config, url: str, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Status, what it printed as JSON, and what it said."""
    process = await start(config, url, *arguments)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out) if out else {}, err.decode()


async def start(config: Config, url: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command("simulate", "--json", "--url", url, *arguments),
        cwd=ROOT,
        env=environment(config),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.processes
@pytest.mark.gen_test(timeout=120)
async def test_a_sale_over_two_workers_is_seen_true_by_everyone(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.launch()
    try:
        await server.wait_until_ready()
        await server.open_group(lots=5)
        numbers = ("--bidders", "12", "--watchers", "8", "--seconds", "3", "--pace", "0.1", "--converge", "20")
        status, outcome, said = await simulate(server.config, server.url, *numbers)
        assert (status, outcome["ok"]) == (0, True), f"{outcome} {said}"
        assert outcome["accepted"] > 12 and 0 < outcome["accepted_over_socket"] < outcome["accepted"]
        assert (outcome["watchers_converged"], outcome["prices_agree"]) == (8, True)
        assert (outcome["missing"], outcome["unread"], outcome["errors"]) == ([], 0, {})
        assert set(outcome["refused"]) <= {"bid_too_low"}
        assert outcome["bid_ms"]["p99"] >= outcome["bid_ms"]["p50"] > 0
        assert outcome["watcher_ms"]["p99"] >= outcome["watcher_ms"]["p50"] >= 0
        verified = server.verify()
        assert (verified["status"], verified["bids"]) == (0, outcome["accepted"])
    finally:
        server.stop()


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, bids_per_second_per_user=1)


async def test_who_bids_too_fast_waits_as_long_as_the_server_asks(application: Application, api: Api, config: Config) -> None:
    await make_group(application, Goods(), Goods())
    status, outcome, _ = await simulate(config, api.url, "--bidders", "2", "--seconds", "3", "--pace", "0")
    assert status == 0
    # Two at once, then one a second; each refusal costs the second that the server asks for.
    assert 1 <= outcome["rate_limited"] <= 8
    assert outcome["accepted"] <= 2 * (2 + 4)


async def test_it_ends_at_once_with_its_summary_when_interrupted(application: Application, api: Api, config: Config) -> None:
    await make_goods(application)
    process = await start(config, api.url, "--bidders", "3", "--watchers", "2", "--seconds", "600", "--pace", "0.1")
    while not (await application.stores.auctions.lots.list_lots(1))[0].seq:
        await asyncio.sleep(0)
    process.send_signal(signal.SIGINT)
    out, _ = await process.communicate()
    outcome = json.loads(out)
    assert (process.returncode, outcome["ok"]) == (0, True)
    assert outcome["accepted"] >= 1 and outcome["seconds"] < 60


async def test_it_ends_when_nothing_is_open_any_more(application: Application, api: Api, config: Config) -> None:
    await make_goods(application, low_price=100, top_price=101)
    status, outcome, _ = await simulate(config, api.url, "--bidders", "4", "--seconds", "600", "--pace", "0.1")
    assert status == 0
    assert outcome["accepted"] <= 2 and outcome["seconds"] < 60


async def test_a_group_of_choice_is_bid_on(application: Application, api: Api, config: Config) -> None:
    chosen = await make_goods(application, closes_in=7200)
    other = await make_goods(application, closes_in=3600)
    status, outcome, _ = await simulate(config, api.url, "--bidders", "1", "--seconds", "1", "--group", str(chosen.group_id))
    assert (status, outcome["group_id"]) == (0, chosen.group_id)
    assert (await application.stores.auctions.lots.get_lot(chosen.id)).seq == outcome["accepted"]
    assert (await application.stores.auctions.lots.get_lot(other.id)).seq == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "run.py: no group is in progress\n"), (("--group", "9"), "run.py: group 9 is not in progress\n")],
)
async def test_without_a_sale_there_is_nothing_to_simulate(api: Api, config: Config, arguments: tuple[str, ...], said: str) -> None:
    assert await simulate(config, api.url, *arguments) == (2, {}, said)


async def test_a_server_that_is_away_is_said(config: Config) -> None:
    status, outcome, said = await simulate(config, "http://127.0.0.1:1")
    assert (status, outcome) == (2, {})
    assert said.startswith("run.py: ") and "Traceback" not in said
    assert await simulate(config, "nonsense") == (2, {}, "run.py: nonsense is not an http or https URL\n")


# What it must not overlook


def market(**about: Any) -> Market:
    return Market([Lot(id=1, group_id=1, low_price=100, top_price=200, step=5, **about)])


def bid(seq: int, price: int) -> Acknowledged:
    return Acknowledged(goods_id=1, seq=seq, price=price, user_id=7, answered_at=time.monotonic())


@pytest.fixture
def connection(api: Api) -> Iterator[Connection]:
    opened = Connection(Address(api.url))
    yield opened
    opened.close()


async def test_an_acknowledged_bid_that_the_history_does_not_show_is_missing(connection: Connection) -> None:
    histories = Histories(connection, market())
    histories.take(1, [(2, 7, 105), (1, 7, 100)])
    wrong = [bid(2, 106), bid(3, 110)]
    assert histories.find_missing([bid(1, 100), bid(2, 105), *wrong]) == wrong
    assert histories.count_unread(wrong) == 0


async def test_a_bid_that_passed_between_two_looks_is_not_called_missing(connection: Connection) -> None:
    histories = Histories(connection, market())
    histories.take(1, [(1, 7, 100)])
    histories.take(1, [(seq, 7, seq) for seq in range(90, 90 - SHOWN, -1)])
    passed = [bid(2, 105), bid(40, 40)]
    assert (histories.find_missing(passed), histories.count_unread(passed)) == ([], 2)
    assert histories.find_missing([bid(41, 41), bid(90, 90)]) == []


async def test_prices_that_are_behind_an_acknowledged_bid_do_not_agree(
    application: Application, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.simulation.convergence.CONVERGED_SECONDS", 0.3)
    lot, alice = await make_goods(application), await make_user(application)
    await application.services.auctions.bids.place_bid(alice, lot.group_id, lot.id, 20000)
    true, false = bid(1, 20000), bid(2, 20001)
    for acknowledged, agrees in (([true], True), ([true, false], False)):
        comparison = Comparison(connection, lot.group_id, [], acknowledged)
        await comparison.make()
        assert comparison.prices_agree is comparison.is_converged is agrees


async def test_a_watcher_that_was_told_less_than_the_truth_has_not_converged(
    application: Application, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.simulation.convergence.CONVERGED_SECONDS", 0.3)
    lot, alice = await make_goods(application), await make_user(application)
    await application.services.auctions.bids.place_bid(alice, lot.group_id, lot.id, 20000)
    watchers = {name: Watcher("ws://nowhere/ws", "group:1", keeps_times=False) for name in ("true", "old", "wrong", "deaf", "ahead")}
    for name, seq, price in (("true", 1, 20000), ("old", 0, 20000), ("wrong", 1, 20001), ("ahead", 2, 20005)):
        watchers[name].hear(frame([{"goods_id": lot.id, "seq": seq, "price": price}]))
    comparison = Comparison(connection, lot.group_id, list(watchers.values()), [])
    await comparison.make()
    assert comparison.watchers_behind == [watchers["old"], watchers["wrong"], watchers["deaf"]]


def frame(push: list[dict[str, Any]]) -> Frame:
    return decode_frame(json.dumps({"push": push, "cursor": {"group:1": "c"}, "ts": 1}))


async def test_the_delay_of_a_watcher_runs_from_the_answer_to_the_first_price_that_is_as_new() -> None:
    watcher = Watcher("ws://nowhere/ws", "group:1", keeps_times=True)
    watcher.hear(frame([{"goods_id": 1, "seq": 1, "price": 100}]))
    early = Acknowledged(1, 1, 100, 7, answered_at=time.monotonic() + 5)
    late = Acknowledged(1, 2, 105, 7, answered_at=time.monotonic() - 5)
    watcher.hear(frame([{"goods_id": 1, "seq": 3, "price": 110}, {"type": "group", "id": 1, "status": 1}]))
    never = Acknowledged(1, 4, 115, 7, answered_at=0.0)
    first, second = watcher.delays_ms([early, late, never])
    assert first == 0.0 and 5000 <= second < 6000


def test_a_market_ignores_old_news_and_tells_when_all_is_over() -> None:
    watched, told = market(seq=3, price=120), []
    watched.when_over(lambda: told.append(True))
    watched.take(frame([{"goods_id": 1, "seq": 2, "price": 110}, {"goods_id": 9, "seq": 1, "price": 1}]).news)
    assert (watched.lots[1].seq, watched.lots[1].price, told) == (3, 120, [])
    watched.take(frame([{"goods_id": 1, "seq": 4, "price": 200, "status": "won"}]).news)
    assert (watched.open_lots, told) == ([], [True])


def test_an_offer_beats_the_price_by_a_step_and_never_exceeds_the_top() -> None:
    assert market().lots[1].choose_offer() == 100
    assert market(seq=1, price=100).lots[1].choose_offer() in (105, 110, 115)
    assert market(seq=1, price=198).lots[1].choose_offer() == 200


def test_percentiles_of_nothing_are_not_invented() -> None:
    assert percentiles([]) == {"p50": None, "p99": None}
    assert percentiles([3.0, 1.0, 2.0]) == {"p50": 2.0, "p99": 3.0}
