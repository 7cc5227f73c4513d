"""Sockets that send as fast as they can, and those who share the server, or the address, with them."""
from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from realtime import codes
from realtime.door import AT_ONCE, LONGEST_WAIT_SECONDS, TURNS_OF_A_FLOOD, Door
from realtime.rfc6455 import FRAMES_AFTER_CLOSE
from server.bootstrap import Application
from server.config import Config
from tests.api import PATIENCE_SECONDS, Api
from tests.builders import make_goods, make_user
from tests.realtime.listening import Listener
from tests.realtime.raw import CONTINUATION, PING, PONG, TEXT, RawSocket, command, frame

SOCKETS_PER_ADDRESS, COMMANDS_PER_SECOND = 10, 5
HERE = "127.0.0.1"
FLOODERS = 6

# what is sent once, what then without end, and how it ends
KINDS = {
    "pings": (b"", frame(PING, b"x"), codes.TOO_MANY_COMMANDS),
    "pongs": (b"", frame(PONG), codes.TOO_MANY_COMMANDS),
    "fragments": (frame(TEXT, b"{", is_final=False), frame(CONTINUATION, is_final=False), codes.TOO_MANY_COMMANDS),
    "commands": (b"", frame(TEXT, command(1)), codes.TOO_MANY_COMMANDS),
    "after the close": (frame(TEXT, b"x"), frame(TEXT, command(1)), codes.PROTOCOL_ERROR),
}

Listen = Callable[..., Awaitable[Listener]]


@pytest.fixture
def config(config: Config) -> Config:
    """Limits that a test reaches quickly."""
    return replace(config, sockets_per_address=SOCKETS_PER_ADDRESS, commands_per_second_per_socket=COMMANDS_PER_SECOND)


@pytest.fixture
def door(application: Application, monkeypatch: pytest.MonkeyPatch) -> Door:
    """The door of the application, before which time stands still."""
    monkeypatch.setattr(application.live.door, "_monotonic", lambda: 1000.0)
    return application.live.door


async def flood(api: Api, kind: str) -> int | None:
    """Until it is closed; the code. None also where the door refuses it."""
    first, more, _ = KINDS[kind]
    raw = await RawSocket.connect(api)
    try:
        if (await raw.shake_hands()).status != 101:
            return None
        with contextlib.suppress(ConnectionError):
            await raw.send(first + more * 4 * (2 * COMMANDS_PER_SECOND + FRAMES_AFTER_CLOSE))
        return (await raw.until_closed())[0]
    finally:
        await raw.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_who_floods_is_closed_and_costs_its_address_turns(api: Api, door: Door, kind: str) -> None:
    turns = AT_ONCE * SOCKETS_PER_ADDRESS
    for _ in range(turns // (1 + TURNS_OF_A_FLOOD)):
        assert await flood(api, kind) == KINDS[kind][2]
    assert door.take_turn(HERE) == 0
    assert await flood(api, kind) == KINDS[kind][2]
    assert door.take_turn(HERE) > 0
    assert door.take_turn("192.0.2.1") == 0


async def test_a_flood_keeps_nobody_from_bidding_or_watching(listen: Listen, api: Api) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    watcher, phone = await listen(), await listen()
    assert (await watcher.ask("subscribe", channel=f"group:{lot.group_id}"))["ok"]
    assert (await phone.ask("auth", token=api.token_of(bob)))["ok"]
    ended: list[int | None] = []

    async def go_on_flooding(kind: str) -> None:
        while True:
            ended.append(await flood(api, kind))

    floods = [asyncio.ensure_future(go_on_flooding(kind)) for kind, _ in zip([*KINDS] * FLOODERS, range(FLOODERS))]
    try:
        price = 20_000
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(ended) < 2 * FLOODERS or price < 20_006:
                assert (await api.bid(alice, lot, price)).status == 200
                reply = await phone.ask("bid", goods_id=lot.id, group_id=lot.group_id, price=price + 1)
                assert reply["ok"] or reply["error"] == "too_many_requests", reply
                price += 2
                await asyncio.sleep(2 / COMMANDS_PER_SECOND)
    finally:
        for one in floods:
            one.cancel()
        await asyncio.wait(floods)
    await watcher.until(lambda event: event["type"] == "price" and event["price"] == price - 1)


async def test_newcomers_of_an_address_that_floods_are_asked_to_wait_and_those_inside_stay(listen: Listen, api: Api, door: Door) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    inside = await listen()
    for _ in range(100):
        door.note_flood(HERE)
    assert door.take_turn(HERE) == pytest.approx(LONGEST_WAIT_SECONDS)
    raw = await RawSocket.connect(api)
    response = await raw.shake_hands()
    assert (response.status, response.headers["retry-after"]) == (429, "1")
    await raw.close()
    stream = await api.get(f"/api/live/stream?channels=group:{lot.group_id}")
    assert (stream.status, stream.headers["Retry-After"]) == (429, "1")
    assert (await inside.ask("ping"))["ok"]
    assert (await api.bid(alice, lot, 20_000)).status == 200
    assert (await api.get(f"/api/live/group/{lot.group_id}")).data["state"][0]["price"] == 20_000


async def test_a_newcomer_waits_for_its_turn_and_then_is_let_in(listen: Listen, api: Api, door: Door) -> None:
    lot = await make_goods(api.application)
    for _ in range(AT_ONCE * SOCKETS_PER_ADDRESS):
        assert door.take_turn(HERE) == 0
    listener = await listen()
    assert (await listener.ask("subscribe", channel=f"group:{lot.group_id}"))["ok"]
    assert door.take_turn(HERE) > 0
