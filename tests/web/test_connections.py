"""Nothing is begun after a connection's last answer, nor for a client that has gone."""
from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from server.domain.accounts.users import User
from server.domain.auctions.goods import Lot
from server.web.endpoint import Endpoint
from server.web.in_flight import InFlight
from tests.api import PATIENCE_SECONDS, Api
from tests.builders import make_goods, make_user


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, trusted_proxies=("127.0.0.1",))


def bid(api: Api, user: User, lot: Lot, price: int, *lines: str, version: str = "1.1", is_chunked: bool = False) -> bytes:
    """A request as it travels, with more header lines."""
    body = json.dumps({"goods_id": lot.id, "group_id": lot.group_id, "price": price}).encode()
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if is_chunked else body
    head = [
        f"POST /api/group HTTP/{version}",
        "Host: auction.example",
        f"Authorization: Bearer {api.token_of(user)}",
        "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(body)}",
        *lines,
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


async def exchange(api: Api, content: bytes) -> bytes:
    """What comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(content)
    async with asyncio.timeout(PATIENCE_SECONDS):
        received = await reader.read()
    writer.close()
    return received


async def bids_on(api: Api, lot: Lot) -> int:
    return (await api.application.stores.auctions.lots.get_lot(lot.id)).seq


CLOSING = [
    ("1.1", ["Connection: close"]),
    ("1.1", ["Connection: Close"]),
    ("1.1", ["Connection: CLOSE"]),
    ("1.1", ["Connection: TE, close"]),
    ("1.1", ["Connection: keep-alive ,\tClose"]),
    ("1.1", ["Connection: keep-alive", "Connection: close"]),
    ("1.0", []),
    ("1.0", ["Connection: close"]),
    ("1.0", ["Connection: keep-alive, close"]),
]


@pytest.mark.parametrize(("version", "lines"), CLOSING)
@pytest.mark.parametrize("is_chunked", [False, True])
async def test_of_two_bids_in_one_packet_only_that_before_the_close_is_taken(
    api: Api, version: str, lines: list[str], is_chunked: bool
) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    first = bid(api, user, lot, 20000, *lines, version=version, is_chunked=is_chunked)
    received = await exchange(api, first + bid(api, user, lot, 20001))
    assert received.count(b"HTTP/1.1 200") == 1 and received.count(b"HTTP/1.1") == 1
    assert version == "1.0" or b"\r\nConnection: close\r\n" in received
    assert await bids_on(api, lot) == 1


@pytest.mark.parametrize(
    "path", ["/api/group/current/price/{id}", "/api/nothing", "/api/group/current/price/none", "/", "/static/js/api.js", "/static/none"]
)
async def test_no_bid_is_taken_after_any_other_answer_that_closes(api: Api, path: str) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    await api.application.auctions.looks.look()
    first = f"GET {path.format(id=lot.id)} HTTP/1.1\r\nHost: auction.example\r\nConnection: Close, TE\r\n\r\n".encode()
    received = await exchange(api, first + bid(api, user, lot, 20000))
    assert received.count(b"HTTP/1.1 ") == 1 and b"\r\nConnection: close\r\n" in received
    assert await bids_on(api, lot) == 0


async def test_no_bid_is_taken_after_a_refused_one_that_closes(api: Api) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    received = await exchange(api, bid(api, user, lot, 1, "Connection: close") + bid(api, user, lot, 20000))
    assert received.startswith(b"HTTP/1.1 409") and received.count(b"HTTP/1.1") == 1
    assert await bids_on(api, lot) == 0


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\nHost: auction.example\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: auction.example\r\nContent-Length: 999999999\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: auction.example\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"GET / HTTP/1.1\r\nHost: auction.example\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"\x00\r\n\r\n",
    ],
)
async def test_no_bid_is_taken_after_what_is_no_request(api: Api, first: bytes) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    received = await exchange(api, first + bid(api, user, lot, 20000))
    assert received.startswith(b"HTTP/1.1 400") and received.count(b"HTTP/1.1") == 1
    assert await bids_on(api, lot) == 0


async def test_bids_in_one_packet_are_all_answered_while_the_connection_is_kept(api: Api) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    kept = bid(api, user, lot, 20000) + bid(api, user, lot, 20001, "Connection: keep-alive", version="1.0")
    received = await exchange(api, kept + bid(api, user, lot, 20002, "Connection: close"))
    assert received.count(b"HTTP/1.1 200") == 3
    assert await bids_on(api, lot) == 3


@pytest.fixture
def draining(io_loop: IOLoop, application: Application) -> Iterator[Api]:
    in_flight = InFlight()
    asked = Api(application, in_flight)
    in_flight.is_draining = True
    yield asked
    io_loop.run_sync(asked.close)


async def test_a_process_that_drains_takes_one_more_bid_of_a_connection(draining: Api) -> None:
    user, lot = await make_user(draining.application), await make_goods(draining.application)
    received = await exchange(draining, bid(draining, user, lot, 20000) + bid(draining, user, lot, 20001))
    assert received.count(b"HTTP/1.1 200") == 1 and b"\r\nConnection: close\r\n" in received
    assert await bids_on(draining, lot) == 1


async def test_no_bid_is_taken_for_a_client_that_left_while_its_token_was_looked_up(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    tokens = api.application.services.accounts.tokens
    check, is_asked, has_left = tokens.check, asyncio.Event(), asyncio.Event()

    async def check_slowly(token: str | None) -> object:
        is_asked.set()
        await has_left.wait()
        return await check(token)

    monkeypatch.setattr(tokens, "check", check_slowly)
    monkeypatch.setattr(Endpoint, "on_connection_close", lambda _: has_left.set())
    _, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(bid(api, user, lot, 20000))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await is_asked.wait()
        writer.close()
        await has_left.wait()
    assert await api.in_flight.wait_until_idle(PATIENCE_SECONDS)
    assert await bids_on(api, lot) == 0
