"""Reading websocket frames as RFC 6455 demands, where Tornado drops the connection without a word or lets it pass."""
from __future__ import annotations

import asyncio
import base64
import binascii
import codecs
import contextlib
import socket
from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple, NoReturn

from tornado.util import _websocket_mask
from tornado.websocket import WebSocketHandler, WebSocketProtocol13

from realtime.codes import NO_CLOSE, NO_CODE, TOO_MANY_COMMANDS

PROTOCOL_ERROR = 1002
NOT_UTF8 = 1007
TOO_BIG = 1009
# What a close frame may carry (7.4.1, 7.4.2); the others are reserved or stand for "none".
SENDABLE_CODES = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))
KEY_BYTES = 16
DISCARDED_AT_ONCE = 64 * 1024
# Who goes on sending after the close takes nobody else's time: some frames are looked at, for the client's own close; then what
# comes is thrown away, less and less often.
FRAMES_AFTER_CLOSE = 32
FIRST_DISCARD_PAUSE_SECONDS, DISCARD_PAUSE_GROWS = 0.05, 2


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


WHOLE = frozenset((Opcode.TEXT, Opcode.BINARY))  # where such a frame is final


class Violation(Exception):
    """The client breaks the protocol; `code` and `reason` are what it is closed with."""

    def __init__(self, code: int, reason: str):
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Header(NamedTuple):
    """The first two bytes of a frame."""

    is_final: bool
    opcode: Opcode
    length: int  # 126 and 127 say that the length follows

    @property
    def is_control(self) -> bool:
        return self.opcode >= Opcode.CLOSE


def read_header(first: int, second: int) -> Header:
    """Raises Violation."""
    if first & 0x70:
        raise Violation(PROTOCOL_ERROR, "reserved bits")
    try:
        opcode = Opcode(first & 0x0F)
    except ValueError:
        raise Violation(PROTOCOL_ERROR, "reserved opcode") from None
    if not second & 0x80:
        raise Violation(PROTOCOL_ERROR, "not masked")
    header = Header(bool(first & 0x80), opcode, second & 0x7F)
    if header.is_control and not header.is_final:
        raise Violation(PROTOCOL_ERROR, "fragmented control frame")
    if header.is_control and header.length > 125:
        raise Violation(PROTOCOL_ERROR, "control frame too long")
    return header


def check_close(payload: bytes) -> None:
    """Raises Violation for a close frame that says nothing sensible."""
    if len(payload) == 1:
        raise Violation(PROTOCOL_ERROR, "close code cut off")
    if payload and int.from_bytes(payload[:2], "big") not in SENDABLE_CODES:
        raise Violation(PROTOCOL_ERROR, "close code")
    _decode(codecs.getincrementaldecoder("utf-8")(), payload[2:], is_final=True)


class Assembler:
    """Puts fragments together. Text that is not UTF-8 is found with the fragment that makes it so."""

    def __init__(self, most_bytes: int):
        self._most_bytes = most_bytes
        self._opcode: Opcode | None = None  # of the message whose fragments are coming
        self._content = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def expect(self, header: Header, length: int) -> None:
        """To be asked before a frame's payload is read. Raises Violation."""
        if header.is_control:
            return
        if (header.opcode is Opcode.CONTINUATION) != (self._opcode is not None):
            raise Violation(PROTOCOL_ERROR, "nothing to continue" if self._opcode is None else "message not finished")
        if len(self._content) + length > self._most_bytes:
            raise Violation(TOO_BIG, "message too big")

    def add(self, header: Header, payload: bytes) -> tuple[Opcode, bytes] | None:
        """The message that this frame completes, if it does. Raises Violation."""
        if header.is_control:
            if header.opcode is Opcode.CLOSE:
                check_close(payload)
            return header.opcode, payload
        opcode = self._opcode or header.opcode
        if opcode is Opcode.TEXT:
            _decode(self._decoder, payload, is_final=header.is_final)
        self._content += payload
        if not header.is_final:
            self._opcode = opcode
            return None
        content, self._content, self._opcode = bytes(self._content), bytearray(), None
        self._decoder.reset()
        return opcode, content


def _decode(decoder: codecs.IncrementalDecoder, payload: bytes, *, is_final: bool) -> None:
    try:
        decoder.decode(payload, is_final)
    except UnicodeDecodeError:
        raise Violation(NOT_UTF8, "not UTF-8") from None


def _nothing() -> None:
    pass


def _always() -> bool:
    return True


class StrictProtocol(WebSocketProtocol13):
    """Tornado 6.6's connection with a reading half of its own; it overrides what Tornado keeps private.

    Whoever breaks the protocol is told why by a close frame that it has a chance to read. What comes in after this side has
    closed is no longer acted upon, nor what was read ahead of a connection that broke. `closed_with` is the code of whoever
    closed first: 1005 a close without one, 1006 no close at all. `before_own_frame` is called when Tornado writes one itself:
    a pong, a close. `admit_frame` is asked about every frame that is no whole message: pings, pongs and fragments cost as much
    as commands. `note_flood` is called once the client has sent more than is looked at.
    """

    # Tornado's names too: in a dict so many would share their keys with no other connection's, at 900 bytes each.
    __slots__ = (
        *("handler", "stream", "client_terminated", "server_terminated", "mask_outgoing", "params", "_final_frame", "_frame_opcode"),
        *("_masked_frame", "_frame_mask", "_frame_length", "_fragmented_message_buffer", "_fragmented_message_opcode", "_waiting"),
        *("_compression_options", "_decompressor", "_compressor", "_frame_compressed", "_message_bytes_in", "_message_bytes_out"),
        *("_wire_bytes_in", "_wire_bytes_out", "_received_pong", "_pong_future", "_pending_pong", "close_code", "close_reason"),
        *("_ping_coroutine", "_selected_subprotocol"),
        *("_assembler", "closed_with", "before_own_frame", "admit_frame", "note_flood", "_frames_after_close"),
    )

    def __init__(self, handler: WebSocketHandler, params: Any):
        super().__init__(handler, False, params)
        self._assembler = Assembler(params.max_message_size)
        self.closed_with = NO_CLOSE
        self.before_own_frame: Callable[[], None] = _nothing
        self.admit_frame: Callable[[], bool] = _always
        self.note_flood: Callable[[], None] = _nothing
        self._frames_after_close = 0

    def _write_frame(self, fin: bool, opcode: int, data: bytes, flags: int = 0) -> asyncio.Future[None]:
        self.before_own_frame()
        return super()._write_frame(fin, opcode, data, flags)

    def _handle_websocket_headers(self, handler: WebSocketHandler) -> None:
        super()._handle_websocket_headers(handler)
        key = handler.request.headers["Sec-WebSocket-Key"]
        try:
            is_key = len(base64.b64decode(key, validate=True)) == KEY_BYTES
        except (binascii.Error, ValueError):
            is_key = False
        if not is_key:
            raise ValueError("Sec-WebSocket-Key is not 16 bytes in base64")

    async def _receive_frame(self) -> None:
        if self.server_terminated:
            self._frames_after_close += 1
            if self.closed_with == TOO_MANY_COMMANDS or self._frames_after_close > FRAMES_AFTER_CLOSE:
                if self.closed_with != TOO_MANY_COMMANDS:
                    self.note_flood()
                await self._discard_input()
        try:
            message = await self._read_frame()
        except Violation as violation:
            self.close(violation.code, violation.reason)
            await self._discard_input()
        if message is not None and message[0] is Opcode.CLOSE and self.closed_with == NO_CLOSE:
            self.closed_with = int.from_bytes(message[1][:2], "big") or NO_CODE
        if message is None or self.stream.closed() or (self.server_terminated and message[0] is not Opcode.CLOSE):
            return
        handled = self._handle_message(*message)
        if handled is not None:
            await handled

    async def _read_frame(self) -> tuple[Opcode, bytes] | None:
        first, second = await self._read_bytes(2)
        header = read_header(first, second)
        if not (header.is_final and header.opcode in WHOLE or header.opcode is Opcode.CLOSE or self.admit_frame()):
            raise Violation(TOO_MANY_COMMANDS, "too many frames")
        length = header.length
        if length > 125:
            length = int.from_bytes(await self._read_bytes(2 if length == 126 else 8), "big")
        self._assembler.expect(header, length)
        mask = await self._read_bytes(4)
        payload = await self._read_bytes(length)
        return self._assembler.add(header, _websocket_mask(mask, payload))

    async def _discard_input(self) -> NoReturn:
        """Until the client hangs up or Tornado's patience after a close ends.

        Closing with input unread would reset the connection, and the client might lose the close frame.
        """
        await self.stream.write(b"")  # until the close frame has left
        with contextlib.suppress(OSError):
            self.stream.socket.shutdown(socket.SHUT_WR)
        pause_seconds = FIRST_DISCARD_PAUSE_SECONDS
        while True:
            await self.stream.read_bytes(DISCARDED_AT_ONCE, partial=True)
            await asyncio.sleep(pause_seconds)
            pause_seconds *= DISCARD_PAUSE_GROWS

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        if not self.server_terminated and not self.client_terminated:
            self.closed_with = code or NO_CODE
            if code == TOO_MANY_COMMANDS:
                self.note_flood()
        super().close(code, reason)
