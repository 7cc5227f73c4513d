"""The socket against RFC 6455, in the manner of the Autobahn suite: frames that no library would write, over plain TCP."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from tornado.ioloop import IOLoop

from realtime import codes
from realtime.protocol import MAX_COMMAND_BYTES
from tests.api import Api
from tests.builders import make_goods, make_user
from tests.realtime.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, close_payload, command, frame

PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1002, 1007, 1009
SUSHI = "κόσμε 寿司 🍣".encode()

Open = Callable[..., Awaitable[RawSocket]]


@pytest.fixture
def open_raw(io_loop: IOLoop, api: Api) -> Iterator[Open]:
    """Opens a websocket, or with `shake=False` only its connection."""
    opened: list[RawSocket] = []

    async def open_socket(*, shake: bool = True) -> RawSocket:
        opened.append(await (RawSocket.open(api) if shake else RawSocket.connect(api)))
        return opened[-1]

    yield open_socket
    for raw in opened:
        io_loop.run_sync(raw.close)


# Messages and fragments (5.4)


async def test_a_fragmented_text_is_one_message(open_raw: Open) -> None:
    raw = await open_raw()
    whole = command(7)
    await raw.send(frame(TEXT, whole[:5], is_final=False))
    await raw.send(frame(CONTINUATION, b"", is_final=False) + frame(CONTINUATION, whole[5:9], is_final=False))
    await raw.send(frame(CONTINUATION, whole[9:]))
    assert (await raw.read_json())["id"] == 7
    assert (await raw.ask(8))["id"] == 8


async def test_a_ping_between_fragments_is_answered_at_once(open_raw: Open) -> None:
    raw = await open_raw()
    whole = command(7)
    await raw.send(frame(TEXT, whole[:5], is_final=False) + frame(PING, b"now"))
    assert await raw.read() == (PONG, b"now")
    await raw.send(frame(CONTINUATION, whole[5:]))
    assert (await raw.read_json())["id"] == 7


async def test_a_message_byte_by_byte_is_read_as_any_other(open_raw: Open) -> None:
    raw = await open_raw()
    for byte in frame(TEXT, command(7)):
        await raw.send(bytes((byte,)))
        await asyncio.sleep(0)
    assert (await raw.read_json())["id"] == 7


async def test_frames_that_arrive_together_are_answered_one_by_one(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(b"".join(frame(TEXT, command(number)) for number in range(10)))
    assert [(await raw.read_json())["id"] for _ in range(10)] == list(range(10))


@pytest.mark.parametrize("mask", [b"\x00\x00\x00\x00", b"\xff\xff\xff\xff"])
async def test_any_mask_will_do(open_raw: Open, mask: bytes) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, command(7), mask=mask))
    assert (await raw.read_json())["id"] == 7


async def test_text_of_any_script_may_be_cut_within_a_character(open_raw: Open) -> None:
    raw = await open_raw()
    whole = b'{"id":7,"op":"' + SUSHI + b'"}'
    parts = [bytes((byte,)) for byte in whole]
    await raw.send(frame(TEXT, parts[0], is_final=False))
    await raw.send(b"".join(frame(CONTINUATION, part, is_final=False) for part in parts[1:]))
    await raw.send(frame(CONTINUATION))
    assert (await raw.read_json())["error"] == "invalid_input"


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (frame(TEXT, b"a", is_final=False) + frame(TEXT, command(7)), "message not finished"),
        (frame(TEXT, b"a", is_final=False) + frame(BINARY, b"b", is_final=False), "message not finished"),
        (frame(CONTINUATION, command(7)), "nothing to continue"),
        (frame(CONTINUATION, command(7), is_final=False), "nothing to continue"),
        (frame(TEXT, command(7), mask=None), "not masked"),
        (frame(PING, b"a", mask=None), "not masked"),
        *((frame(TEXT, command(7), reserved=bits), "reserved bits") for bits in (1, 2, 4, 7)),
        (frame(PING, reserved=4), "reserved bits"),
        *((frame(opcode, b"a"), "reserved opcode") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
        (frame(PING, b"a" * 126), "control frame too long"),
        (frame(PONG, b"a" * 70_000), "control frame too long"),
        (frame(CLOSE, close_payload(1000, b"a" * 124)), "control frame too long"),
        (frame(PING, b"a", is_final=False) + frame(CONTINUATION, b"b"), "fragmented control frame"),
        (frame(PONG, is_final=False), "fragmented control frame"),
        (frame(CLOSE, b"\x03"), "close code cut off"),
        *((frame(CLOSE, close_payload(code)), "close code") for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)),
    ],
)
async def test_what_the_protocol_forbids_fails_the_connection(open_raw: Open, frames: bytes, reason: str) -> None:
    raw = await open_raw()
    await raw.send(frames)
    assert await raw.until_closed() == (PROTOCOL_ERROR, reason)


async def test_what_was_asked_before_the_fault_is_answered(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, command(7)) + frame(3))
    assert (await raw.read_json())["id"] == 7
    assert (await raw.until_closed())[0] == PROTOCOL_ERROR


async def test_nothing_is_done_after_the_fault(open_raw: Open, api: Api) -> None:
    lot = await make_goods(api.application)
    raw = await open_raw()
    assert (await raw.ask(1, "auth", token=api.token_of(await make_user(api.application))))["ok"]
    bid = command(2, "bid", goods_id=lot.id, group_id=lot.group_id, price=20000)
    await raw.send(frame(3) + frame(TEXT, bid))
    assert (await raw.until_closed())[0] == PROTOCOL_ERROR
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).seq == 0


async def test_nothing_is_done_after_the_server_has_closed(open_raw: Open, api: Api) -> None:
    lot = await make_goods(api.application)
    raw = await open_raw()
    assert (await raw.ask(1, "auth", token=api.token_of(await make_user(api.application))))["ok"]
    bid = command(2, "bid", goods_id=lot.id, group_id=lot.group_id, price=20000)
    await raw.send(frame(TEXT, b"no command") + frame(TEXT, bid))
    assert (await raw.until_closed())[0] == codes.PROTOCOL_ERROR
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).seq == 0


# Length


async def test_a_message_of_the_greatest_length_is_read(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, command(7).ljust(MAX_COMMAND_BYTES)))
    assert (await raw.read_json())["id"] == 7


async def test_a_greater_message_is_too_big(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, command(7).ljust(MAX_COMMAND_BYTES + 1)))
    assert await raw.until_closed() == (TOO_BIG, "message too big")


@pytest.mark.parametrize("length", [2**16, 2**31, 2**63, 2**64 - 1])
async def test_a_message_that_says_it_is_too_big_is_not_waited_for(open_raw: Open, length: int) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, b"a", length=length))
    assert (await raw.until_closed())[0] == TOO_BIG


async def test_fragments_are_too_big_together(open_raw: Open) -> None:
    raw = await open_raw()
    half = b"a" * (MAX_COMMAND_BYTES // 2)
    await raw.send(frame(TEXT, half, is_final=False) + frame(CONTINUATION, half, is_final=False))
    await raw.send(frame(PING, b"still here"))
    assert await raw.read() == (PONG, b"still here")
    await raw.send(frame(CONTINUATION, b"a"))
    assert (await raw.until_closed())[0] == TOO_BIG


async def test_a_client_that_goes_on_sending_still_reads_why_it_was_closed(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, b"a" * 2**20))
    assert (await raw.until_closed())[0] == TOO_BIG


# UTF-8 (8.1)


@pytest.mark.parametrize("faulty", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xce", SUSHI[:-1], b"a\x80b"])
async def test_text_that_is_not_utf8_closes_with_1007(open_raw: Open, faulty: bytes) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, b'{"id":7,"op":"' + faulty))
    assert await raw.until_closed() == (NOT_UTF8, "not UTF-8")


async def test_text_that_cannot_become_utf8_any_more_is_not_read_to_its_end(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, "κόσμε".encode() + b"\xed", is_final=False))
    await raw.send(frame(PING, b"so far good"))
    assert await raw.read() == (PONG, b"so far good")
    await raw.send(frame(CONTINUATION, b"\xa0\x80", is_final=False))
    assert (await raw.until_closed())[0] == NOT_UTF8


async def test_a_last_fragment_may_not_leave_a_character_open(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(TEXT, b"a", is_final=False) + frame(CONTINUATION, b"\xce"))
    assert (await raw.until_closed())[0] == NOT_UTF8


# Control frames (5.5)


@pytest.mark.parametrize("payload", [b"", b"hello", bytes(range(125))])
async def test_a_ping_is_answered_with_its_payload(open_raw: Open, payload: bytes) -> None:
    raw = await open_raw()
    await raw.send(frame(PING, payload))
    assert await raw.read() == (PONG, payload)


async def test_a_pong_nobody_asked_for_is_ignored(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(PONG) + frame(PONG, b"unasked"))
    assert (await raw.ask(7))["id"] == 7


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999])
async def test_a_close_is_answered_with_its_code(open_raw: Open, code: int) -> None:
    raw = await open_raw()
    await raw.send(frame(CLOSE, close_payload(code, SUSHI)))
    assert await raw.read() == (CLOSE, close_payload(code))
    assert await raw.until_closed() == (None, "")


async def test_a_close_without_a_code_is_answered_without_one(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(CLOSE))
    assert await raw.read() == (CLOSE, b"")


async def test_a_reason_that_is_not_utf8_closes_with_1007(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(CLOSE, close_payload(1000, b"\xff")))
    assert (await raw.until_closed())[0] == NOT_UTF8


async def test_what_follows_a_close_is_ignored(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(CLOSE, close_payload(1000)) + frame(TEXT, command(7)))
    assert await raw.read() == (CLOSE, close_payload(1000))
    assert await raw.until_closed() == (None, "")


async def test_binary_messages_are_not_part_of_our_protocol(open_raw: Open) -> None:
    raw = await open_raw()
    await raw.send(frame(BINARY, command(7)))
    assert (await raw.until_closed())[0] == codes.PROTOCOL_ERROR


# Connections that end


@pytest.mark.parametrize("sent", [b"", frame(TEXT, command(7))[:1], frame(TEXT, command(7))[:9], frame(TEXT, b"a", is_final=False)])
async def test_a_half_closed_socket_ends_whole_and_is_forgotten(open_raw: Open, api: Api, sent: bytes) -> None:
    raw = await open_raw()
    assert (await raw.ask(1))["ok"]
    await raw.send(sent)
    raw.stop_sending()
    assert await raw.until_closed() == (None, "")
    assert not api.application.live.hub.sessions


# Handshake (4.2)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_WebSocket_Key": None}, 400),
        ({"Sec_WebSocket_Key": ""}, 400),
        ({"Sec_WebSocket_Key": "short"}, 400),
        ({"Sec_WebSocket_Key": "bm90IHNpeHRlZW4gYnl0ZXMgbG9uZw=="}, 400),
        ({"Sec_WebSocket_Version": None}, 426),
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Sec_WebSocket_Version": "12, 13"}, 426),
        ({"Upgrade": None}, 400),
        ({"Upgrade": "h2c"}, 400),
        ({"Connection": "keep-alive"}, 400),
        ({"Host": None}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"method": "POST", "Content_Length": "0"}, 405),
    ],
)
async def test_a_faulty_handshake_is_refused(open_raw: Open, headers: dict[str, str | None], status: int) -> None:
    raw = await open_raw(shake=False)
    response = await raw.shake_hands(**headers)  # type: ignore[arg-type]
    assert response.status == status
    if status == 426:
        assert response.headers["sec-websocket-version"] == "13"
    if status == 405:
        assert response.headers["allow"] == "GET"
    assert "server" not in response.headers


async def test_the_handshake_proves_that_the_key_was_read(open_raw: Open) -> None:
    raw = await open_raw(shake=False)
    response = await raw.shake_hands(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==")  # the example of RFC 6455, 1.3
    assert response.status == 101
    assert response.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert "sec-websocket-extensions" not in response.headers


async def test_compression_is_not_agreed_to(open_raw: Open) -> None:
    raw = await open_raw(shake=False)
    response = await raw.shake_hands(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits")
    assert (response.status, response.headers.get("sec-websocket-extensions")) == (101, None)


async def test_frames_may_come_with_the_handshake(open_raw: Open) -> None:
    raw = await open_raw(shake=False)
    assert (await raw.shake_hands(followed_by=frame(TEXT, command(7)))).status == 101
    assert (await raw.read_json())["id"] == 7
