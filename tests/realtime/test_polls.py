"""Polls of another process than the one that took the bid: as true as the news, and without any as true as the last look."""
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from server.domain.accounts.users import User
from server.domain.auctions.floor import CURRENT_FOR
from server.domain.auctions.goods import Lot
from server.domain.errors import Unavailable
from server.domain.events import Event
from server.web import direct
from tests.api import PATIENCE_SECONDS, Answer, Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock


async def poll(api: Api, user: User | None = None) -> Answer:
    return await api.get("/api/group", as_user=user)


async def look_and_poll(api: Api, user: User | None = None) -> Answer:
    """From the memory of a process that has just looked."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await api.application.auctions.looks.look()
            answer = await poll(api, user)
            if "Etag" in answer.headers:
                return answer


def price_in(answer: Answer) -> int | None:
    bid = answer.data["list"][0]["bid"]
    return bid["price"] if bid else None


@contextmanager
def lost_news(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that the process has to tell reaches any other."""

    def lose(channel: str, event: Event) -> None:
        pass

    with monkeypatch.context() as patched:
        patched.setattr(api.application.ground.broker, "send", lose)
        yield


@pytest.fixture
def elsewhere(io_loop: IOLoop, other: Api) -> Api:
    """The other process, which looks when it is told to."""
    io_loop.run_sync(other.application.auctions.looks.stop)
    return other


async def test_a_bid_is_in_the_polls_of_every_process_once_the_news_is_there(api: Api, other: Api) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    await look_and_poll(other, alice)
    await api.bid(alice, lot, 20_000, max_price=25_000)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await poll(other, alice)).data["joined"] == []:
            pass
    assert [(one["price"], one["max_price"]) for one in answer.data["joined"]] == [(20_000, 25_000)]
    assert (await other.get("/api/group/my", as_user=alice)).data["total"] == 1


async def test_what_no_news_told_the_next_look_finds(api: Api, elsewhere: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    for user in (None, alice, bob):
        await look_and_poll(elsewhere, user)
    with lost_news(api, monkeypatch):
        await api.bid(alice, lot, 20_000)
        await api.bid(bob, lot, 20_001, max_price=25_000)
    assert price_in(await look_and_poll(elsewhere)) == 20_001
    for user, expected in ((alice, (20_000, 2, None)), (bob, (20_001, 1, 25_000))):
        answer = await look_and_poll(elsewhere, user)
        assert [(one["price"], one["status"], one["max_price"]) for one in answer.data["joined"]] == [expected]
    with lost_news(api, monkeypatch):
        await api.delete("/api/group/maximum", as_user=bob, json={"goods_id": lot.id, "group_id": lot.group_id})
    assert (await look_and_poll(elsewhere, bob)).data["joined"][0]["max_price"] is None


async def test_without_news_and_looks_memory_is_believed_for_two_seconds(
    api: Api, elsewhere: Api, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    await look_and_poll(elsewhere)
    with lost_news(api, monkeypatch):
        await api.bid(alice, lot, 20_000)
    clock.moment += CURRENT_FOR
    asked = await poll(elsewhere)
    assert price_in(asked) == 20_000 and "Etag" not in asked.headers
    clock.moment -= CURRENT_FOR  # set back, by as much as the process stood still
    elsewhere.application.ground.floor._looked -= CURRENT_FOR.total_seconds()
    asked = await poll(elsewhere)
    assert price_in(asked) == 20_000 and "Etag" not in asked.headers


async def test_while_bids_in_between_are_missing_the_database_is_asked_for_the_caller_s(
    api: Api, elsewhere: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await look_and_poll(elsewhere, alice)
    with lost_news(api, monkeypatch):
        await api.bid(alice, lot, 20_000)
    await api.bid(bob, lot, 20_001)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not elsewhere.application.ground.floor.has_gaps:
            await asyncio.sleep(0)
    answer = await poll(elsewhere, alice)
    assert [(one["price"], one["status"]) for one in answer.data["joined"]] == [(20_000, 2)]
    assert "Etag" not in answer.headers


async def test_a_process_that_begins_in_the_middle_trusts_its_memory_once_it_knows_every_bidder(
    api: Api, config: Config, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application)

    async def fail(*_: object) -> None:
        raise Unavailable("database")

    with monkeypatch.context() as patched:
        for name in ("add_first", "save_newest"):
            patched.setattr(api.application.stores.auctions.participations, name, fail)
        await api.bid(alice, lot, 20_000)
        late = Api(Application(config, clock))
        await late.application.start()
        for _ in range(10):
            assert "Etag" not in (await poll(late, alice)).headers
        await api.application.auctions.desks.drain()
    clock.advance(seconds=4)  # a bid not in participations after three was left by a process that died
    answer = await look_and_poll(late, alice)
    assert [one["price"] for one in answer.data["joined"]] == [20_000]
    await late.application.drain()
    await late.close()
    await late.application.stop()


async def test_while_a_look_is_late_a_poll_waits_for_it(
    api: Api, elsewhere: Api, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "HELD_SECONDS", PATIENCE_SECONDS)
    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    await look_and_poll(elsewhere, alice)
    with lost_news(api, monkeypatch):
        await api.bid(alice, lot, 20_000)
    clock.moment += CURRENT_FOR
    floor = elsewhere.application.ground.floor
    polls = [asyncio.create_task(poll(elsewhere, user)) for user in (None, alice)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not floor._once_looked:
            await asyncio.sleep(0)
        await elsewhere.application.auctions.looks.look()
        visitors, own = await asyncio.gather(*polls)
    assert "Etag" in visitors.headers and price_in(visitors) == 20_000
    assert "Etag" in own.headers and [one["price"] for one in own.data["joined"]] == [20_000]


async def test_when_the_database_stops_answering_a_waiting_poll_is_passed_on(
    elsewhere: Api, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "HELD_SECONDS", 2 * PATIENCE_SECONDS)
    await make_goods(elsewhere.application)
    await look_and_poll(elsewhere)
    clock.moment += CURRENT_FOR
    floor = elsewhere.application.ground.floor
    polled = asyncio.create_task(poll(elsewhere))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not floor._once_looked:
            await asyncio.sleep(0)
        floor.mark_stale(True)
        answer = await polled
    assert answer.status == 200 and len(answer.data["list"]) == 1 and "Etag" not in answer.headers


async def test_a_caller_s_first_poll_is_answered_from_memory(api: Api) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    await api.bid(alice, lot, 20_000)
    api.application.services.accounts.tokens.forget(alice.id)
    await api.application.auctions.looks.look()
    answer = await poll(api, alice)
    assert "Etag" in answer.headers and [one["price"] for one in answer.data["joined"]] == [20_000]


async def test_a_look_reads_whole_only_what_it_has_not_seen(api: Api, elsewhere: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    lots = [await make_goods(api.application) for _ in range(3)]
    alice = await make_user(api.application)
    await look_and_poll(elsewhere)
    stores = elsewhere.application.stores.auctions
    read: list[list[int]] = []
    list_lots_by_id = stores.lots.list_lots_by_id

    async def note(goods_ids: list[int]) -> list[Lot]:
        read.append(sorted(goods_ids))
        return await list_lots_by_id(goods_ids)

    monkeypatch.setattr(stores.lots, "list_lots_by_id", note)
    await elsewhere.application.auctions.looks.look()
    assert read == []
    with lost_news(api, monkeypatch):
        await api.bid(alice, lots[1], 20_000)
    await api.application.auctions.desks.drain()
    await elsewhere.application.auctions.looks.look()
    assert read == [[lots[1].id]]
    # What others do for a lot is seen without a new state of it.
    await stores.lots.note_announced(lots[2].id, elsewhere.application.clock.now())
    await elsewhere.application.auctions.looks.look()
    assert read == [[lots[1].id], [lots[2].id]]
