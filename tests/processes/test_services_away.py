"""Redis gone, MongoDB gone, workers replaced: bidding goes on or says why not, and every watcher ends on the truth."""
from __future__ import annotations

import asyncio
import signal

import pytest
import redis.asyncio
from tornado.httpclient import AsyncHTTPClient

from realtime.keeper import RECONNECT_SPREAD_MS
from server.process.embedded import EmbeddedServices
from tests.processes.load import Load, assert_all_recorded
from tests.processes.server import ServerProcess
from tests.processes.watchers import GROUP, until_all_hold_the_truth, watching
from tests.realtime.listening import Listener

pytestmark = [pytest.mark.processes, pytest.mark.gen_test(timeout=300)]

GOODS = 145


@pytest.mark.embedded
async def test_watchers_converge_while_redis_is_flushed_killed_and_back(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=2)
    goods_ids = [GOODS, GOODS + 1]
    async with watching(server, 10) as watchers:
        load = Load(server, goods_ids)
        await load.start(10)
        await load.until_acknowledged(50)
        joined = EmbeddedServices(server.config).start_or_join()
        assert joined.redis_url is not None
        connection: redis.asyncio.Redis = redis.asyncio.Redis.from_url(joined.redis_url)
        await connection.flushall()
        await connection.aclose()
        await load.until_acknowledged(50)
        for _ in range(2):
            [process] = server.children("redis-server")
            process.kill()
            await load.until_acknowledged(50)
        await load.stop()
        await until_all_hold_the_truth(server, watchers, goods_ids)
    assert load.interrupted == 0
    assert server.verify()["findings"] == []


@pytest.mark.embedded
async def test_a_dead_subscription_that_looks_alive_is_found(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=1)
    [process] = server.children("redis-server")
    async with watching(server, 6) as watchers:
        load = Load(server, [GOODS])
        await load.start(5)
        await load.until_acknowledged(20)
        process.suspend()  # its sockets stay open and nothing comes
        try:
            await load.until_acknowledged(50)
            await load.stop()
            await until_all_hold_the_truth(server, watchers, [GOODS])
        finally:
            process.resume()
    assert load.interrupted == 0


@pytest.mark.embedded
async def test_without_redis_a_log_out_is_heard_by_the_sockets_of_the_other_process_too(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=1)
    token, stays = await server.sign_in("alice"), await server.sign_in("alice")
    phones = []
    for number in range(8):  # on both workers
        phone = await Listener.open(server.url)
        await phone.ask("auth", token=stays if number >= 6 else token)
        await phone.ask("subscribe", channel="me")
        phones.append(phone)
    [process] = server.children("redis-server")
    process.suspend()
    try:
        headers = {"Authorization": f"Bearer {token}"}
        await AsyncHTTPClient().fetch(server.url + "/api/auth/logout", method="DELETE", headers=headers)
        async with asyncio.timeout(15):  # before the pings, which would find it too
            for phone in phones[:6]:
                await phone.until(lambda event: event["type"] == "token_expired")
        for phone in phones[6:]:
            assert (await phone.ask("subscribe", channel="me"))["ok"]
    finally:
        process.resume()
    for phone in phones:
        await phone.close()


@pytest.mark.embedded
async def test_notices_missed_with_redis_away_come_all_the_same(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=1)
    alice, bob = await server.sign_in("alice"), await server.sign_in("bob")
    phones = []
    for _ in range(6):  # on both workers
        phone = await Listener.open(server.url)
        await phone.ask("auth", token=alice)
        await phone.ask("subscribe", channel="me")
        phones.append(phone)
    [process] = server.children("redis-server")
    process.kill()
    for price in range(100, 120, 2):
        for token, offered in ((alice, price), (bob, price + 1)):
            status, answer = await server.post("/api/group", {"goods_id": GOODS, "group_id": 7, "price": offered}, token=token)
            assert status == 200, answer
    for phone in phones:
        await phone.until(lambda event: event["type"] == "outbid" and event["price"] == 119)
        assert [event["price"] for event in phone.of_type("outbid")] == list(range(101, 120, 2))
        await phone.close()


@pytest.mark.embedded
async def test_with_the_database_away_bids_are_told_so_and_watchers_keep_their_prices(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=1)
    token = await server.sign_in("alice")
    body = {"goods_id": GOODS, "group_id": 7, "price": 100}
    assert (await server.post("/api/group", body, token=token))[0] == 200
    listener = await Listener.open(server.url)
    assert (await listener.ask("subscribe", channel=GROUP))["state"][0]["price"] == 100
    [database] = server.children("secantusd.py")
    database.suspend()
    try:
        await listener.until(lambda event: event["type"] == "stale" and event["stale"])
        response = await AsyncHTTPClient().fetch(
            server.url + "/api/group",
            method="POST",
            body='{"goods_id":%d,"group_id":7,"price":110}' % GOODS,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": "k"},
            raise_error=False,
            request_timeout=30,
        )
        assert response.code == 503, response.body
        assert b'"error":"unavailable"' in response.body and response.headers["Retry-After"]
    finally:
        database.resume()
    await listener.until(lambda event: event["type"] == "stale" and not event["stale"])
    async with asyncio.timeout(60):
        while True:
            status, answer = await server.post("/api/group", body | {"price": 110}, token=token, key="k")
            if status != 503:
                break
    assert status == 200, answer
    await listener.until_price(110)
    await listener.close()
    found = server.verify()
    assert (found["bids"], found["findings"]) == (2, [])


async def test_replacing_every_worker_in_a_storm_loses_no_bid_and_no_watcher(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=3)
    goods_ids = [GOODS, GOODS + 1, GOODS + 2]
    before = {process.pid for process in server.children("worker")}
    async with watching(server, 60) as watchers:
        load = Load(server, goods_ids)
        await load.start(20)
        await load.until_acknowledged(100)
        server.replace_workers()
        async with asyncio.timeout(60):
            while before & {process.pid for process in server.children("worker")}:
                await asyncio.sleep(0.1)
        await load.until_acknowledged(50)
        await load.stop()
        await until_all_hold_the_truth(server, watchers, goods_ids)
        delays_ms = [delay for watcher in watchers for delay in watcher.delays_ms]
        assert len(delays_ms) >= 60
        assert max(delays_ms) - min(delays_ms) > RECONNECT_SPREAD_MS / 2  # they would not all come back at once
    await assert_all_recorded(server, load.acknowledged)
    assert server.verify()["findings"] == []
    assert server.stop(signal.SIGTERM) == 0
