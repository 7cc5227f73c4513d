"""The numbers move as what they count happens."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port

from server.bootstrap import Application
from server.config import BadConfig, Config
from server.process.supervisor import Supervisor
from server.telemetry.metrics import make_metrics_application
from server.telemetry.tallies import Histogram
from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import HandClock
from tests.numbers import Numbers, read_numbers
from tests.realtime.listening import Listener
from tests.realtime.raw import RawSocket

Listen = Callable[..., Awaitable[Listener]]


@pytest.fixture
def listen(io_loop: IOLoop, api: Api) -> Iterator[Listen]:
    """Opens a socket; closed at the end."""
    listeners: list[Listener] = []

    async def open_listener(**options: Any) -> Listener:
        listeners.append(await Listener.open(api.url, **options))
        return listeners[-1]

    yield open_listener
    for listener in listeners:
        io_loop.run_sync(listener.close)


async def until_left(api: Api, sockets: int) -> None:
    """Until the server has noticed that the others hung up."""
    async with asyncio.timeout(10):
        while len(api.application.live.hub.sessions) > sockets:
            await asyncio.sleep(0)


def test_a_histogram_counts_a_value_at_its_bound_as_within() -> None:
    histogram = Histogram((1, 2))
    for value in (0.5, 1, 1.5, 2, 3):
        histogram.observe(value)
    assert (histogram.counts, histogram.sum) == ([2, 2, 1], 8)


async def test_the_numbers_are_for_operators(api: Api) -> None:
    assert (await api.get("/metrics")).status == 401
    assert (await api.get("/metrics", as_user=await make_user(api.application))).status == 403


async def test_every_series_says_which_workers_it_is(config: Config, clock: HandClock) -> None:
    metrics = Application(replace(config, worker_index=3, build="2.1"), clock).metrics
    numbers = Numbers(metrics.render().decode())
    assert all(labels["worker"] == "3" for name in numbers.names for labels in numbers.labels(name))
    [build] = numbers.labels("auction_build_info")
    assert (build["version"], set(build)) == ("2.1", {"version", "python", "tornado", "worker"})


async def test_bids_are_counted_by_what_became_of_them(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    numbers = await read_numbers(api)
    assert {labels["outcome"] for labels in numbers.labels("auction_bids_total")} == {"accepted", "unavailable", "failed"}
    assert numbers.value("auction_bids_total") == 0
    await api.bid(alice, lot, 20000)
    await api.bid(bob, lot, 21000)
    await api.bid(alice, lot, 20500)
    await api.bid(alice, lot, 99999)
    await api.post("/api/group", as_user=alice, json={"goods_id": 999, "group_id": lot.group_id, "price": 1})
    numbers = await read_numbers(api)
    outcomes = {labels["outcome"]: numbers.value("auction_bids_total", **labels) for labels in numbers.labels("auction_bids_total")}
    assert outcomes == {"accepted": 2, "bid_too_low": 1, "above_top_price": 1, "not_found": 1, "unavailable": 0, "failed": 0}
    assert numbers.value("auction_decision_seconds_count") == 2
    assert 0 < numbers.value("auction_decision_seconds_sum") < 20


async def test_a_bid_that_fails_unforeseen_is_counted_as_failed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_down(*_: object) -> None:
        raise KeyError("surprise")

    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    monkeypatch.setattr(api.application.stores.auctions.lots, "get_lot", break_down)
    assert (await api.bid(alice, lot, 20000)).status == 500
    assert (await read_numbers(api)).value("auction_bids_total", outcome="failed") == 1


async def test_offers_that_are_decided_together_are_one_commit(api: Api) -> None:
    lot = await make_goods(api.application)
    users = [await make_user(api.application, f"User {number}") for number in range(20)]
    bids = api.application.services.auctions.bids
    await asyncio.gather(*(bids.place_bid(user, lot.group_id, lot.id, 20000 + 10 * place) for place, user in enumerate(users)))
    numbers = await read_numbers(api)
    assert numbers.value("auction_commit_offers_sum") == 20
    assert numbers.value("auction_commit_offers_count") < 10
    assert numbers.value("auction_decision_seconds_count") == 20


async def test_lots_that_end_soon_and_closings_that_are_late_are_seen(api: Api, clock: HandClock) -> None:
    group = await make_group(api.application, Goods(), Goods(), Goods(), closes_in=600)
    await api.application.auctions.looks.look()
    numbers = await read_numbers(api)
    assert (numbers.value("auction_lots"), numbers.value("auction_lots_ending_soon")) == (3, 0)
    clock.advance(seconds=550)
    assert (await read_numbers(api)).value("auction_lots_ending_soon") == 3
    clock.advance(seconds=54)  # three seconds after they were due
    await api.wait_until_ended(group.id)
    numbers = await read_numbers(api)
    assert (numbers.value("auction_closing_late_seconds_count"), numbers.value("auction_closing_late_seconds_sum")) == (3, 9)
    assert numbers.value("auction_lots_ending_soon") == 0


async def test_sockets_their_closes_and_recoveries_are_counted(api: Api, listen: Listen) -> None:
    lot = await make_goods(api.application)
    channel = f"group:{lot.group_id}"
    first, second = await listen(), await listen()
    cursor = (await first.ask("subscribe", channel=channel))["cursor"]
    await second.ask("ping")
    assert (await read_numbers(api)).value("auction_sockets", kind="websocket") == 2
    await first.ask("subscribe", channel=channel, cursor=cursor)
    await first.ask("subscribe", channel=f"goods:{lot.id}", cursor=cursor)
    await first.close()
    await second.send("no command")
    await second.until_closed()
    dropped = await RawSocket.open(api)
    await dropped.close()
    made_up = await listen()
    await made_up._connection.close(4567)
    await until_left(api, sockets=0)
    numbers = await read_numbers(api)
    assert numbers.value("auction_sockets", kind="websocket") == 0
    assert numbers.value("auction_recoveries_total", channel="group", recovered="true") == 1
    assert numbers.value("auction_recoveries_total", channel="goods", recovered="false") == 1
    codes = {labels["code"]: numbers.value("auction_closes_total", **labels) for labels in numbers.labels("auction_closes_total")}
    assert codes == {"1000": 1, "4022": 1, "1006": 1, "other": 1}


async def test_a_bid_is_delivered_and_its_way_timed(api: Api, listen: Listen) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()
    for watcher in (watchers := [await listen() for _ in range(3)]):
        await watcher.ask("subscribe", channel=f"group:{lot.group_id}")
    before = await read_numbers(api)
    await api.bid(await make_user(api.application), lot, 20000)
    for watcher in watchers:
        await watcher.until_price(20000)
    after = await read_numbers(api)
    assert after.value("auction_deliveries_total") - before.value("auction_deliveries_total") == 3
    assert after.value("auction_publish_lag_seconds_count") > before.value("auction_publish_lag_seconds_count")
    assert 0 <= after.value("auction_publish_lag_seconds_sum") < 5


async def test_what_a_slow_listener_has_not_taken_is_seen(api: Api, listen: Listen) -> None:
    await (await listen()).ask("ping")
    [session] = api.application.live.hub.sessions
    session.lag("group:1", {1}, [], 0.0)
    session.wire._stream._write_buffer.append(b"x" * 5000)  # type: ignore[attr-defined]
    numbers = await read_numbers(api)
    assert (numbers.value("auction_socket_queue_bytes"), numbers.value("auction_sockets_behind")) == (5000, 1)
    session.wire._stream._write_buffer.clear()  # type: ignore[attr-defined]


async def test_requests_are_counted_by_the_template_of_their_path(api: Api, listen: Listen) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()
    for goods_id in (lot.id, lot.id, 999):
        await api.get(f"/api/group/current/price/{goods_id}")
    for path in ("/nowhere/7", "/nowhere/8"):
        await api.get(path)
    await api.ask("DELETE", "/livez")
    await api.get("/")
    await api.get("/static/js/api.js")
    await listen()
    numbers = await read_numbers(api)

    def count(route: str, status: str, method: str = "GET") -> float:
        return numbers.value("auction_http_requests_total", route=route, status=status, method=method)

    assert count("/api/group/current/price/(direct)", "200") == 2
    assert count("/api/group/current/price/{goods_id}", "404") == 1
    assert count("none", "404") == 2
    assert count("none", "405", "DELETE") == 1
    assert count("pages", "200") == 1
    assert count("/static", "200") == 1
    assert count("/ws", "101") == 1
    assert numbers.value("auction_http_request_seconds_count", route="/api/group/current/price/{goods_id}") == 1
    assert numbers.value("auction_http_request_seconds_count", route="/ws") == 0


async def test_whether_the_database_and_redis_answer_is_told(api: Api) -> None:
    numbers = await read_numbers(api)
    assert (numbers.value("auction_mongodb_up"), numbers.value("auction_redis_up")) == (1, 1)
    api.application.ground.floor.mark_stale(True)
    metrics = Numbers(api.application.metrics.render().decode())
    assert metrics.value("auction_mongodb_up") == 0


async def test_a_loop_that_is_held_up_shows(api: Api) -> None:
    lag = api.application.ground.tallies.loop_lag_seconds
    async with asyncio.timeout(5):
        while not sum(lag.counts):
            await asyncio.sleep(0)
    assert (await read_numbers(api)).value("auction_event_loop_lag_seconds_count") >= 1


async def test_a_port_of_its_own_asks_for_no_token(application: Application) -> None:
    listening, port = bind_unused_port()
    server = HTTPServer(make_metrics_application(application.metrics))
    server.add_sockets([listening])
    client = AsyncHTTPClient(force_instance=True)
    answer = await client.fetch(f"http://127.0.0.1:{port}/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "auction_bids_total" in Numbers(answer.body.decode()).names
    client.close()
    server.stop()
    await server.close_all_connections()


def test_the_ports_of_the_workers_may_not_meet_the_servers_own() -> None:
    config = Config(port=9105, workers=8, metrics_port=9100)
    with pytest.raises(BadConfig, match="meet PORT 9105"):
        Supervisor(config, "run.py", prepare=lambda ready: None).serve()


def test_metrics_are_set_up_by_the_environment() -> None:
    config = Config.from_environment({"METRICS_PORT": "9100", "METRICS_HOST": "0.0.0.0", "WORKER_INDEX": "2", "BUILD": "1.4"})
    assert (config.metrics_port, config.metrics_host, config.worker_index, config.build) == (9100, "0.0.0.0", 2, "1.4")
    assert Config.from_environment({}).metrics_port is None
    assert Config.from_environment({"METRICS_PORT": ""}).metrics_port is None
