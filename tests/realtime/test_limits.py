"""What one client may take of the server, and what becomes of clients that are gone, banned or too slow."""
from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tornado.ioloop import IOLoop

from realtime import codes
from realtime.hub import LAGGING_BYTES
from realtime.keeper import ANONYMOUS_SECONDS, BEHIND_SECONDS, CHECK_SECONDS, PONG_SECONDS
from realtime.protocol import MAX_COMMAND_BYTES, PING_FRAME
from realtime.session import Session
from realtime.socket import PING_SECONDS, LiveSocket
from server.bootstrap import Application
from server.config import Config
from server.domain.accounts.users import Role
from server.domain.auctions.goods import Lot
from server.domain.clock import to_ms
from server.domain.errors import Unavailable
from server.domain.events import BidNews, BidWasRefused, GroupChanged, LotChanged, UserSessionsEnded
from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import HandClock
from tests.realtime.listening import Listener
from tests.realtime.raw import CONTINUATION, PING, PONG, TEXT, RawSocket, command, frame

SOCKETS_PER_USER, SOCKETS_PER_ADDRESS, COMMANDS_PER_SECOND, QUEUE_BYTES = 3, 120, 5, 64 * 1024
SMALL_BUFFER = 4096
LONGEST_FRAME = 2048

Listen = Callable[..., Awaitable[Listener]]
OpenRaw = Callable[..., Awaitable[RawSocket]]


@pytest.fixture
def config(config: Config) -> Config:
    """Limits that a test reaches quickly."""
    return replace(
        config,
        sockets_per_user=SOCKETS_PER_USER,
        sockets_per_address=SOCKETS_PER_ADDRESS,
        commands_per_second_per_socket=COMMANDS_PER_SECOND,
        socket_queue_bytes=QUEUE_BYTES,
    )


@pytest.fixture
def open_raw(io_loop: IOLoop, api: Api) -> Iterator[OpenRaw]:
    """Opens a socket that reads only when it is asked to."""
    opened: list[RawSocket] = []

    async def open_socket(**options: Any) -> RawSocket:
        opened.append(await RawSocket.open(api, **options))
        return opened[-1]

    yield open_socket
    for raw in opened:
        io_loop.run_sync(raw.close)


def in_seconds(seconds: float) -> float:
    """A round of the keeper then, and a moment."""
    return time.monotonic() + seconds + 0.5


def sessions(api: Api) -> set[Session]:
    return api.application.live.hub.sessions


# How many


async def test_a_user_may_have_so_many_sockets_and_no_more(listen: Listen, api: Api) -> None:
    token = api.token_of(await make_user(api.application))
    signed_in = [await listen() for _ in range(SOCKETS_PER_USER)]
    for listener in signed_in:
        assert (await listener.ask("auth", token=token))["ok"]
    surplus = await listen()
    assert (await surplus.ask("auth", token=token))["error"] == "too_many_requests"
    assert (await surplus.ask("subscribe", channel="me"))["error"] == "unauthenticated"
    native = await listen(additional_headers={"Authorization": f"Bearer {token}"})
    assert (await native.until_closed())[0] == codes.TOO_MANY_SOCKETS
    assert (await signed_in[0].ask("auth", token=token))["ok"]  # again on its own socket
    await signed_in[0].close()
    assert (await surplus.ask("auth", token=token))["ok"]


async def test_an_address_may_have_so_many_sockets_and_no_more(listen: Listen, api: Api, open_raw: OpenRaw) -> None:
    kept = [await open_raw() for _ in range(SOCKETS_PER_ADDRESS)]
    refused = await listen()
    assert (await refused.until_closed())[0] == codes.TOO_MANY_SOCKETS
    lot = await make_goods(api.application)
    assert (await api.get(f"/api/live/stream?channels=group:{lot.group_id}")).status == 429
    await kept[0].close()
    while len(sessions(api)) == SOCKETS_PER_ADDRESS:
        await asyncio.sleep(0)
    assert (await (await listen()).ask("ping"))["ok"]


# What they send


async def test_commands_beyond_the_rate_close_the_socket(open_raw: OpenRaw) -> None:
    raw = await open_raw()
    burst = 2 * COMMANDS_PER_SECOND
    await raw.send(b"".join(frame(TEXT, command(number)) for number in range(5 * burst)))
    answered = [(await raw.read_json())["id"] for _ in range(burst)]
    assert answered == list(range(burst))
    assert (await raw.until_closed())[0] == codes.TOO_MANY_COMMANDS


def nested(depth: int) -> bytes:
    return frame(TEXT, b'{"id":1,"op":"subscribe","channel":' + b"[" * depth + b"]" * depth + b"}")


async def test_json_that_is_too_deep_ends_its_own_socket_and_no_other(open_raw: OpenRaw) -> None:
    raw, other = await open_raw(), await open_raw()
    await raw.send(nested(200))
    assert (await raw.read_json())["error"] == "invalid_input"
    await raw.send(nested(4000))
    assert (await raw.until_closed())[0] == codes.PROTOCOL_ERROR
    assert (await other.ask(1))["ok"]


async def test_a_command_that_is_too_long_ends_the_socket(open_raw: OpenRaw) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, command(1, "auth", token="t" * MAX_COMMAND_BYTES)))
    assert (await raw.until_closed())[0] == 1009


async def test_a_client_that_asks_for_more_than_it_reads_is_waited_for(open_raw: OpenRaw, api: Api) -> None:
    group = await make_group(api.application, *[Goods() for _ in range(300)])
    await api.application.auctions.looks.look()
    longest_state = 300 * 200
    raw = await open_raw(receive_buffer=SMALL_BUFFER)
    burst = 2 * COMMANDS_PER_SECOND
    await raw.send(b"".join(frame(TEXT, command(number, "subscribe", channel=f"group:{group.id}")) for number in range(burst)))
    [session] = sessions(api)
    while session.wire.pending_bytes <= LAGGING_BYTES:
        await asyncio.sleep(0)
    for _ in range(20):  # time enough to answer all, if it did not wait
        assert (await api.get(f"/api/live/group/{group.id}")).status == 200
    assert session.wire.pending_bytes < 2 * longest_state
    told = 0
    for number in range(burst):
        reply = await raw.read_json()
        assert (reply["id"], len(reply["state"])) == (number, 300)
        told += len(json.dumps(reply))
    assert told > 4 * QUEUE_BYTES


# Who is gone


async def test_an_anonymous_socket_that_asks_for_nothing_is_closed(listen: Listen, api: Api) -> None:
    silent, watching, signed_in = await listen(), await listen(), await listen()
    lot = await make_goods(api.application)
    await silent.ask("ping")
    await watching.ask("subscribe", channel=f"group:{lot.group_id}")
    await signed_in.ask("auth", token=api.token_of(await make_user(api.application)))
    await api.application.live.keeper.look(in_seconds(ANONYMOUS_SECONDS - 2))
    assert (await silent.ask("ping"))["ok"]
    await api.application.live.keeper.look(in_seconds(ANONYMOUS_SECONDS))
    assert (await silent.until_closed())[0] == codes.ASKED_NOTHING
    assert (await watching.ask("ping"))["ok"] and (await signed_in.ask("ping"))["ok"]


async def test_who_hangs_up_while_the_handshake_is_answered_leaves_nothing(
    api: Api, open_raw: OpenRaw, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    detach = LiveSocket._detach_stream

    def hang_up(handler: LiveSocket) -> Any:
        stream = detach(handler)
        stream.close()
        return stream

    raw = await RawSocket.connect(api)
    with monkeypatch.context() as patched:
        patched.setattr(LiveSocket, "_detach_stream", hang_up)
        await raw.shake_hands()
        assert await raw.until_closed() == (None, "")
    await raw.close()
    for _ in range(SOCKETS_PER_ADDRESS):
        assert (await (await open_raw()).ask(1))["ok"]
    assert len(sessions(api)) == SOCKETS_PER_ADDRESS
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_peer_that_answers_no_ping_is_dropped(open_raw: OpenRaw, api: Api) -> None:
    lot = await make_goods(api.application)
    dead, living = await open_raw(), await open_raw()
    for raw in (dead, living):
        await raw.ask(1, "subscribe", channel=f"group:{lot.group_id}")
    pinged_at = in_seconds(PING_SECONDS)
    await api.application.live.keeper.look(pinged_at)
    for raw in (dead, living):
        assert await raw.read() == (PING, b"")
    heard = {session: session.heard_at for session in sessions(api)}
    await living.send(frame(PONG))
    while all(session.heard_at == at for session, at in heard.items()):
        await asyncio.sleep(0)
    [answered] = [session for session, at in heard.items() if session.heard_at != at]
    answered.heard_at = pinged_at + 1  # the keeper's time is ahead of the clock here
    await api.application.live.keeper.look(pinged_at + PONG_SECONDS + 1)
    assert await dead.until_closed() == (codes.NO_PONG, "no pong")
    assert (await living.ask(2))["ok"]
    assert sessions(api) == {answered}


# Whose token is over


async def test_the_end_of_a_token_ends_what_needs_it_on_every_process(listen: Listen, api: Api, other: Api) -> None:
    alice = await make_user(api.application)
    token = api.token_of(alice)
    sockets = [await listen(), await listen(other)]
    for socket in sockets:
        assert (await socket.ask("auth", token=token))["ok"]
        assert (await socket.ask("subscribe", channel="me"))["ok"]
    await api.application.services.accounts.tokens.end_login(token)
    for socket in sockets:
        await socket.until(lambda event: event["type"] == "token_expired")
        assert (await socket.ask("subscribe", channel="me"))["error"] == "unauthenticated"


async def test_a_ban_whose_news_were_lost_is_found_with_the_next_check(listen: Listen, api: Api, clock: HandClock) -> None:
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    phones = [await listen(), await listen()]
    for phone, user in zip(phones, (alice, bob)):
        assert (await phone.ask("auth", token=api.token_of(user)))["ok"]
    await api.application.stores.accounts.users.ban_user(alice.id)
    clock.advance(seconds=6)  # longer than a token is believed without asking
    await api.application.live.keeper.look(in_seconds(CHECK_SECONDS))
    assert (await phones[0].until_closed())[0] == codes.BANNED
    assert (await phones[1].ask("subscribe", channel="me"))["ok"]


async def test_the_news_of_another_users_end_touch_nobody_else(listen: Listen, api: Api) -> None:
    alice = await make_user(api.application)
    phone = await listen()
    assert (await phone.ask("auth", token=api.token_of(alice)))["ok"]
    api.application.services.accounts.tokens.announce(UserSessionsEnded(user_id=alice.id + 1, is_banned=True))
    assert (await phone.ask("subscribe", channel="me"))["ok"]


async def test_a_native_client_is_asked_back_while_its_token_cannot_be_checked(
    listen: Listen, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def be_away(*_: object) -> None:
        raise Unavailable("database")

    token = api.token_of(await make_user(api.application))
    monkeypatch.setattr(api.application.stores.accounts.users, "find_users", be_away)
    listener = await listen(additional_headers={"Authorization": f"Bearer {token}"})
    assert (await listener.until_closed())[0] == codes.TRY_AGAIN


# Who is too slow


class Storm:
    """Accepted bids on one lot, as the floor hears of them."""

    def __init__(self, application: Application, lot: Lot):
        self._application = application
        self._state = lot.state

    @property
    def price(self) -> int:
        return self._state.price

    async def blow(self, bids: int) -> None:
        """Each bid in a frame of its own, as if they were a tick apart."""
        for _ in range(bids):
            state = self._state
            self._state = state = msgspec.structs.replace(state, revision=state.revision + 1, seq=state.seq + 1, price=state.price + 1)
            news = BidNews(
                seq=state.seq,
                user_id=1,
                participation_id=1,
                nickname="n" * 100,
                price=state.price,
                is_proxy=False,
                arrived_at=state.changed_at,
                outbid_user_id=None,
                outbid_price=None,
                worker="elsewhere",
                request_id="",
            )
            self._application.ground.floor.take(LotChanged(state=msgspec.structs.replace(state, nickname=news.nickname), bids=(news,)))
            self._application.live.hub.flush()
            await asyncio.sleep(0)


@pytest.fixture
def lot(io_loop: IOLoop, api: Api) -> Lot:
    """On the floor."""

    async def make() -> Lot:
        made = await make_goods(api.application, top_price=10**9)
        await api.application.auctions.looks.look()
        return made

    return io_loop.run_sync(make)


async def read_prices(raw: RawSocket, until: int) -> list[int]:
    """The prices told, up to that one."""
    prices: list[int] = []
    while until not in prices:
        pushed = await raw.read_json()
        prices += [event["price"] for event in pushed.get("push", ()) if event["type"] == "price"]
    return prices


async def test_sockets_that_stop_reading_cost_bounded_memory_and_harm_nobody(open_raw: OpenRaw, api: Api, lot: Lot) -> None:
    hub, channel = api.application.live.hub, f"group:{lot.group_id}"
    stalled, reading = [], []
    for _ in range(50):
        reading.append(await open_raw())
        stalled.append(await open_raw(receive_buffer=SMALL_BUFFER))
        for raw in (reading[-1], stalled[-1]):
            assert (await raw.ask(1, "subscribe", channel=channel))["ok"]
    storm = Storm(api.application, lot)
    readers = [asyncio.create_task(read_prices(raw, until=storm.price + 600)) for raw in reading]
    most = 0
    for _ in range(12):
        await storm.blow(50)
        waiting = [session.wire.pending_bytes for session in sessions(api)]
        most = max(most, *waiting)
        assert sum(waiting) <= len(stalled) * (LAGGING_BYTES + LONGEST_FRAME)
    assert LAGGING_BYTES < most <= LAGGING_BYTES + LONGEST_FRAME
    for prices in await asyncio.gather(*readers):
        assert prices == list(range(lot.state.price + 1, storm.price + 1))

    behind = {session for session in sessions(api) if session.behind_since is not None}
    assert len(behind) == len(stalled)
    assert all({name: one.lots for name, one in session.behind.items()} == {channel: {lot.id}} for session in behind)
    await api.application.live.keeper.look(in_seconds(BEHIND_SECONDS))
    while sessions(api) & behind:
        await asyncio.sleep(0)
    assert len(sessions(api)) == len(reading)
    await storm.blow(1)
    for raw in reading:
        assert (await raw.read_json())["push"][0]["price"] == storm.price
    assert sum(session.wire.pending_bytes for session in hub.sessions) == 0


async def test_news_do_not_overtake_a_pong(open_raw: OpenRaw, api: Api, lot: Lot) -> None:
    raw = await open_raw()
    await raw.ask(1, "subscribe", channel=f"group:{lot.group_id}")
    [session] = sessions(api)
    storm = Storm(api.application, lot)
    await storm.blow(1)
    assert await read_prices(raw, until=storm.price) == [storm.price]
    await raw.send(frame(PING, b"are you there?"))
    assert await raw.read() == (PONG, b"are you there?")
    assert session.wire.offer(b"straight to the socket") == 0  # part of the pong might still wait
    for _ in range(2):
        await storm.blow(1)
        assert await read_prices(raw, until=storm.price) == [storm.price]
    assert session.wire.offer(PING_FRAME) == len(PING_FRAME)


async def test_a_socket_that_has_just_died_keeps_the_news_from_nobody(open_raw: OpenRaw, api: Api, lot: Lot) -> None:
    everyone = [await open_raw() for _ in range(10)]
    for raw in everyone:
        await raw.ask(1, "subscribe", channel=f"group:{lot.group_id}")
    for session in list(sessions(api))[:5]:
        session.wire.abort()
    storm = Storm(api.application, lot)
    await storm.blow(1)
    told = 0
    for raw in everyone:
        try:
            told += (await raw.read_json())["push"][0]["price"] == storm.price
        except asyncio.IncompleteReadError:
            pass
    assert told == 5


async def test_a_listener_that_reads_again_gets_the_newest_state_instead_of_every_step(open_raw: OpenRaw, api: Api, lot: Lot) -> None:
    raw = await open_raw(receive_buffer=SMALL_BUFFER)
    await raw.ask(1, "subscribe", channel=f"group:{lot.group_id}")
    storm = Storm(api.application, lot)
    await storm.blow(1000)
    prices = await read_prices(raw, until=storm.price)
    assert prices == sorted(prices)
    assert len(prices) < 500
    [session] = sessions(api)
    assert (session.behind, session.behind_since) == ({}, None)
    await storm.blow(1)
    assert await read_prices(raw, until=storm.price) == [storm.price]


async def test_an_operator_who_stops_reading_is_dropped_rather_than_told_half(open_raw: OpenRaw, api: Api, clock: HandClock) -> None:
    operator = await make_user(api.application, roles=[Role.OPERATOR])
    raw = await open_raw(receive_buffer=SMALL_BUFFER)
    await raw.ask(1, "auth", token=api.token_of(operator))
    assert (await raw.ask(2, "subscribe", channel="ops"))["ok"]
    [session] = sessions(api)
    most = 0
    for number in range(1, 2000):
        api.application.ground.floor.take(
            BidWasRefused(
                number=number,
                goods_id=1,
                group_id=1,
                user_id=1,
                nickname="n" * 100,
                price=1,
                reason="bid_too_low",
                arrived_at=clock.now(),
                worker="elsewhere",
                request_id="",
                latency_ms=1.0,
            )
        )
        api.application.live.hub.flush()
        most = max(most, session.wire.pending_bytes)
        await asyncio.sleep(0)
        if not sessions(api):
            break
    assert not sessions(api)
    assert QUEUE_BYTES < most <= QUEUE_BYTES + LONGEST_FRAME


# The same over server-sent events


class Stream:
    """A client of server-sent events that reads only when it is asked to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, api: Api, channels: str) -> Stream:
        raw = await RawSocket.connect(api, receive_buffer=SMALL_BUFFER)
        await raw.send(f"GET /api/live/stream?channels={channels} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        return cls(raw._reader, raw._writer)

    async def read(self) -> str:
        """The next line that is not empty."""
        async with asyncio.timeout(10):
            while True:
                line = (await self._reader.readline()).decode()
                if line.strip() or not line:
                    return line.strip()

    async def read_data(self) -> Any:
        """What the next event holds."""
        while not (line := await self.read()).startswith("data: "):
            assert line, "the stream has ended"
        return json.loads(line[len("data: ") :])

    def close(self) -> None:
        self._writer.close()


async def test_a_stream_that_is_read_again_gets_the_newest_state(api: Api, lot: Lot) -> None:
    stream = await Stream.open(api, f"group:{lot.group_id}")
    assert (await stream.read_data())["state"][0]["price"] == lot.state.price
    storm = Storm(api.application, lot)
    await storm.blow(1000)
    on_floor = api.application.ground.floor.find_group(lot.group_id)
    assert on_floor is not None
    ends = [on_floor.group.end_at + timedelta(hours=hours) for hours in (1, 2)]
    for end_at in ends:
        api.application.ground.floor.take(GroupChanged(group=msgspec.structs.replace(on_floor.group, end_at=end_at)))
        api.application.live.hub.flush()
    [session] = sessions(api)
    assert session.behind and session.wire.pending_bytes <= LAGGING_BYTES + LONGEST_FRAME
    frames: list[dict[str, dict[str, Any]]] = [{}]
    while "group" not in frames[-1]:
        frames.append({event["type"]: event for event in (await stream.read_data())["push"]})
    assert len(frames) < 500
    assert frames[-1].keys() == {"price", "lot", "group"}
    assert frames[-1]["price"]["price"] == storm.price
    assert frames[-1]["group"]["end_at"] == to_ms(ends[-1])
    assert session.behind_since is None
    stream.close()


async def test_a_stream_lives_on_though_it_cannot_answer_pings(api: Api, lot: Lot) -> None:
    stream = await Stream.open(api, f"group:{lot.group_id}")
    await stream.read_data()
    now = time.monotonic()
    for round in range(1, 5):
        await api.application.live.keeper.look(now + round * (PING_SECONDS + 1))
        assert await stream.read() == ":"
    storm = Storm(api.application, lot)
    await storm.blow(1)
    assert (await stream.read_data())["push"][0]["price"] == storm.price
    stream.close()


async def test_news_while_a_stream_opens_follow_the_state(api: Api, lot: Lot, monkeypatch: pytest.MonkeyPatch) -> None:
    storm = Storm(api.application, lot)
    live = api.application.services.auctions.live
    get_group = live.get_group

    async def get_slowly(group_id: int, cursor: str | None = None) -> Any:
        snapshot = await get_group(group_id, cursor)
        await storm.blow(1)
        return snapshot

    monkeypatch.setattr(live, "get_group", get_slowly)
    stream = await Stream.open(api, f"group:{lot.group_id}")
    headers = [await stream.read() for _ in range(4)]
    assert any("text/event-stream" in header for header in headers)
    assert (await stream.read_data())["state"][0]["price"] == lot.state.price
    assert (await stream.read_data())["push"][0]["price"] == storm.price
    stream.close()


async def test_a_client_of_events_that_hangs_up_is_forgotten(api: Api, lot: Lot) -> None:
    stream = await Stream.open(api, f"group:{lot.group_id}")
    await stream.read_data()
    assert len(sessions(api)) == 1
    stream.close()
    while sessions(api):
        await asyncio.sleep(0)


# Frames that are no commands


FRAGMENT = frame(CONTINUATION, b"", is_final=False)
FLOODS = {
    "pings": (b"", frame(PING, b"x")),
    "pongs": (b"", frame(PONG)),
    "fragments": (frame(TEXT, b"{", is_final=False), FRAGMENT),
}


@pytest.mark.parametrize("name", FLOODS)
async def test_who_sends_control_frames_or_fragments_as_fast_as_they_can_is_closed(open_raw: OpenRaw, name: str) -> None:
    first, more = FLOODS[name]
    raw = await open_raw()
    await raw.send(first + more * 1000)
    assert (await raw.until_closed())[0] == codes.TOO_MANY_COMMANDS


async def test_pings_and_fragments_at_a_human_pace_are_answered(open_raw: OpenRaw) -> None:
    raw = await open_raw()
    for number in range(COMMANDS_PER_SECOND):
        await raw.send(frame(PING, b"%d" % number))
        assert await raw.read() == (PONG, b"%d" % number)
    await raw.send(frame(TEXT, command(1)[:5], is_final=False) + frame(CONTINUATION, command(1)[5:]))
    assert (await raw.read_json())["ok"]
