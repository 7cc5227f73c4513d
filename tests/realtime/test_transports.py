"""One truth by every transport: socket, REST with waiting, server-sent events, and from one to the other in the middle of a lot."""
from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.realtime.listening import Listener

Listen = Callable[..., Awaitable[Listener]]
PATIENCE_SECONDS = 10


class EventReader:
    """Reads server-sent events over a plain connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader = reader
        self._writer = writer
        self.last_id = ""
        self.head = b""

    @classmethod
    async def open(cls, api: Api, channels: str, *, token: str | None = None, last_id: str = "") -> EventReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        lines = [f"GET /api/live/stream?channels={channels} HTTP/1.1", "Host: localhost", "Accept: text/event-stream"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        lines += [f"Last-Event-ID: {last_id}"] if last_id else []
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        events = cls(reader, writer)
        events.head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        return events

    async def next(self) -> dict[str, Any]:
        """The next event's data."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                line = (await self._reader.readline()).decode().rstrip("\r\n")
                assert self._reader is not None and not self._reader.at_eof(), "the stream ended"
                if line.startswith("id: "):
                    self.last_id = line[4:]
                if line.startswith("data: "):
                    return json.loads(line[6:])

    async def until_price(self, price: int) -> dict[str, Any]:
        while True:
            for event in (await self.next()).get("push", ()):
                if event["type"] == "price" and event["price"] == price:
                    return event

    def close(self) -> None:
        self._writer.close()


async def test_events_begin_with_the_state_and_go_on_with_the_sockets_frames(listen: Listen, api: Api, other: Api) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()
    alice = await make_user(api.application, "Alice")
    channel = f"group:{lot.group_id}"
    events = await EventReader.open(other, channel)
    assert b"200 OK" in events.head and b"text/event-stream" in events.head
    first = await events.next()
    assert (first["channel"], first["recovered"], first["state"][0]["price"]) == (channel, False, 20000)
    assert first["cursor"] == events.last_id
    socket = await listen(other)
    await socket.ask("subscribe", channel=channel)
    await api.bid(alice, lot, 20001)
    assert await events.until_price(20001) == await socket.until_price(20001)
    events.close()


async def test_a_stream_of_several_channels_resumes_all_of_them(api: Api) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    channels, token = f"group:{lot.group_id},me", api.token_of(alice)
    events = await EventReader.open(api, channels, token=token)
    assert [(await events.next())["channel"] for _ in range(2)] == [f"group:{lot.group_id}", "me"]
    await api.bid(alice, lot, 20000)
    await events.until_price(20000)
    last_id = events.last_id
    events.close()
    await api.bid(bob, lot, 20001)
    again = await EventReader.open(api, channels, token=token, last_id=last_id)
    group, me = await again.next(), await again.next()
    assert (group["recovered"], [state["price"] for state in group["state"]]) == (True, [20001])
    assert (me["recovered"], [notice["type"] for notice in me["missed"]]) == (True, ["outbid"])
    again.close()


@pytest.mark.parametrize(
    ("channels", "status", "error"),
    [("", 422, "invalid_input"), ("nobody", 422, "invalid_input"), ("me", 401, "unauthenticated"), ("group:999", 404, "not_found")],
)
async def test_a_stream_that_cannot_begin_says_why(api: Api, channels: str, status: int, error: str) -> None:
    answer = await api.get("/api/live/stream", query={"channels": channels})
    assert (answer.status, answer.json["error"], answer.json["code"]) == (status, error, 0)


@pytest.mark.parametrize("query", ["channels=%FF", "%FF=group:1", "channels=group:1&channels=me"])
async def test_a_stream_whose_channels_cannot_be_read_does_not_begin(api: Api, query: str) -> None:
    answer = await api.get(f"/api/live/stream?{query}")
    assert (answer.status, answer.json["error"]) == (422, "invalid_input")


@pytest.mark.parametrize("method", ["POST", "DELETE", "BREW"])
async def test_a_stream_is_only_read(api: Api, method: str) -> None:
    answer = await api.ask(method, "/api/live/stream")
    assert (answer.status, answer.headers["Allow"], answer.json["error"]) == (405, "GET, OPTIONS", "method_not_allowed")


async def test_waiting_for_a_change_is_answered_when_it_comes(api: Api, other: Api) -> None:
    lot = await make_goods(api.application)
    await other.application.auctions.looks.look()
    alice = await make_user(api.application)
    path = f"/api/live/group/{lot.group_id}"
    cursor = (await other.get(path)).data["cursor"]
    waiting = asyncio.ensure_future(other.get(path, query={"cursor": cursor, "wait": 15}))
    await api.bid(alice, lot, 20000)
    answer = (await waiting).data
    assert (answer["recovered"], [state["price"] for state in answer["state"]]) == (True, [20000])


async def test_a_cursor_of_a_group_whose_lots_all_changed_lately_is_of_use(listen: Listen, api: Api) -> None:
    group = await make_group(api.application, *[Goods(id=2**40 + place) for place in range(700)])
    await api.application.auctions.looks.look()
    path = f"/api/live/group/{group.id}"
    cursor = (await api.get(path)).data["cursor"]
    resumed = await api.get(path, query={"cursor": cursor})
    assert (resumed.status, resumed.data["recovered"]) == (200, True)
    reply = await (await listen()).ask("subscribe", channel=f"group:{group.id}", cursor=cursor)
    assert (reply["ok"], reply["recovered"]) == (True, True)


async def test_waiting_in_vain_gives_the_same_cursor_and_nothing_else(api: Api) -> None:
    lot = await make_goods(api.application)
    path = f"/api/live/goods/{lot.id}"
    cursor = (await api.get(path)).data["cursor"]
    answer = (await api.get(path, query={"cursor": cursor, "wait": 0.1})).data
    assert (answer["cursor"], answer["recovered"], answer["state"], answer["bids"]) == (cursor, True, [], [])


@pytest.mark.parametrize("wait", ["26", "-1", "x"])
async def test_a_wait_out_of_range_is_bad_input(api: Api, wait: str) -> None:
    lot = await make_goods(api.application)
    answer = await api.get(f"/api/live/group/{lot.group_id}", query={"cursor": "x", "wait": wait})
    assert (answer.status, list(answer.json["data"])) == (422, ["wait"])


async def test_a_client_that_changes_its_transport_in_the_middle_of_a_lot_sees_every_state(
    listen: Listen, api: Api, other: Api
) -> None:
    group = await make_group(api.application, Goods(id=145), Goods(id=146), Goods(id=147))
    lots = await api.application.stores.auctions.lots.list_lots(group.id)
    alice = await make_user(api.application)
    channel = f"group:{group.id}"
    await api.application.auctions.looks.look()
    known: dict[int, tuple[int, int]] = {}  # what a client holds: lot → seq and price

    def learn(goods_id: int, seq: int, price: int) -> None:
        assert seq >= known.get(goods_id, (0, 0))[0]
        known[goods_id] = (seq, price)

    async def bid(index: int, price: int) -> None:
        assert (await api.bid(alice, lots[index], price)).status == 200

    first = await api.get(f"/api/live/group/{group.id}")
    for state in first.data["state"]:
        learn(state["goods_id"], state["seq"], state["price"])
    cursor = first.data["cursor"]

    await bid(0, 20001)
    socket = await listen(other)
    reply = await socket.ask("subscribe", channel=channel, cursor=cursor)
    assert reply["recovered"]
    for state in reply["state"]:
        learn(state["goods_id"], state["seq"], state["price"])
    await bid(1, 20002)
    event = await socket.until_price(20002)
    learn(event["goods_id"], event["seq"], event["price"])
    cursor = socket.cursors[channel]
    await socket.close()

    await bid(2, 20003)
    await bid(0, 20004)
    events = await EventReader.open(api, channel, last_id=cursor)
    resumed = await events.next()
    assert resumed["recovered"] and {state["goods_id"] for state in resumed["state"]} == {145, 147}
    for state in resumed["state"]:
        learn(state["goods_id"], state["seq"], state["price"])
    cursor = events.last_id
    events.close()

    await bid(1, 20005)
    polled = (await other.get(f"/api/live/group/{group.id}", query={"cursor": cursor, "wait": 10})).data
    assert polled["recovered"] and [state["goods_id"] for state in polled["state"]] == [146]
    for state in polled["state"]:
        learn(state["goods_id"], state["seq"], state["price"])

    truth = {lot.id: (lot.seq, lot.current_price) for lot in await api.application.stores.auctions.lots.list_lots(group.id)}
    assert known == truth == {145: (2, 20004), 146: (2, 20005), 147: (1, 20003)}
