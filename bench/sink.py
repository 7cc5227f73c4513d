"""Many websocket listeners in one cheap process: takes whatever comes, and tells when who held what.

    python -m bench.sink HOST PORT COUNT CHANNEL [--cursor CURSOR] [--records] [--comes-back] [--stalls]

Talks on standard input and output, a line of JSON each: an `Order`, and its `Report` once it is fulfilled. The first report
comes by itself when all listen. Moments are of time.monotonic(), which the processes of a machine share.
"""
from __future__ import annotations

import argparse
import gc
import heapq
import os
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from server.process.open_files import raise_limit_of_open_files

CONNECTING_AT_ONCE = 64
SOCKETS_PER_SOURCE = 20_000  # the kernel has ports for 28,000; the next ones come from 127.0.0.2
RETRY_SECONDS = 0.1
SMALL_BUFFER = 4096  # of who stops reading, so that what it does not read waits at the server
CHECK_SECONDS = 0.02  # between two looks at whether all hold what is waited for
TEXT, CLOSE, PING = 0x1, 0x8, 0x9
NO_CLOSE = 1006
PONG_FRAME, CLOSE_FRAME = (bytes((0x80 | opcode, 0x80, 0, 0, 0, 0)) for opcode in (0xA, CLOSE))

State = tuple[int, int]  # seq and price of a lot


class Order(Struct):
    """Wait until the listeners together have been sent so many bytes more, and each holds these states, by goods_id."""

    more_bytes: int = 0
    held: dict[int, State] = {}


class Comeback(Struct):
    """A listener was sent away, with or without a delay to keep, and listens again."""

    code: int
    delay_ms: int | None
    closed_at: float
    back_at: float = 0.0


class Report(Struct):
    """What happened since the last one; `reached`: goods_id → seq → when the last listener had it, or a newer one."""

    frames: int = 0
    reached: dict[int, dict[int, float]] = {}
    comebacks: list[Comeback] = []


class _Said(Struct):
    """A message, decoded once for all who are sent it."""

    states: list[tuple[int, State]]
    cursor: str
    is_push: bool


class Listener:
    """One watcher, on one socket after the other."""

    __slots__ = ("number", "socket", "recv", "rest", "is_shaken", "is_ready", "held", "cursor", "comeback")

    def __init__(self, number: int, cursor: str | None = None):
        self.number = number
        self.held: dict[int, State] = {}
        self.cursor = cursor
        self.comeback: Comeback | None = None  # set while it is away

    def connect(self, host: str, port: int, *, receive_buffer: int | None) -> int:
        """Begins to; gives the file number."""
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setblocking(False)
        if host.startswith("127."):
            self.socket.bind((f"127.0.0.{1 + self.number // SOCKETS_PER_SOURCE}", 0))
        self.socket.connect_ex((host, port))
        self.recv = self.socket.recv
        self.rest = b""
        self.is_shaken = self.is_ready = False
        return self.socket.fileno()


class Sink:
    """All listeners. Decodes nothing while messages come in: that waits until somebody asks."""

    def __init__(self, options: argparse.Namespace):
        self._options = options
        self._poll = select.epoll()
        self._open: dict[int, Listener] = {}  # by file number
        self._all = [Listener(number, options.cursor) for number in range(options.count)]
        self._to_connect = deque(self._all)
        self._later: list[tuple[float, int]] = []  # who comes back when
        self._ready = 0
        self._chunks: dict[bytes, tuple[bytes, ...]] = {}  # what came at once → the messages in it
        self._heard: list[tuple[Listener, tuple[bytes, ...], float]] = []
        self._said: dict[bytes, _Said] = {}
        self._input = b""
        self._order: Order | None = Order()
        self._report = Report()
        self._received = 0
        self._checked_at = 0.0

    def run(self) -> None:
        """Until standard input ends."""
        control, can_write = sys.stdin.fileno(), select.EPOLLOUT
        self._poll.register(control, select.EPOLLIN)
        listeners, chunks, heard, clock, records = self._open, self._chunks, self._heard, time.monotonic, self._options.records
        while True:
            self._connect_some()
            self._fulfil()
            for number, events in self._poll.poll(self._patience()):
                if number == control:
                    if not self._read_orders():
                        return
                    continue
                listener = listeners[number]
                if events & can_write:
                    self._greet(listener)
                    continue
                try:
                    chunk = listener.recv(65536)
                except OSError:
                    chunk = b""
                self._received += len(chunk)
                messages = chunks.get(chunk)
                if messages is None or listener.rest:
                    messages = self._read(listener, chunk)
                if records:
                    heard.append((listener, messages, clock()))

    # Coming and going

    def _connect_some(self) -> None:
        while self._later and self._later[0][0] <= time.monotonic():
            self._to_connect.append(self._all[heapq.heappop(self._later)[1]])
        while self._to_connect and len(self._open) - self._ready < CONNECTING_AT_ONCE:
            listener = self._to_connect.popleft()
            receive_buffer = SMALL_BUFFER if self._options.stalls else None
            number = listener.connect(self._options.host, self._options.port, receive_buffer=receive_buffer)
            self._open[number] = listener
            self._poll.register(number, select.EPOLLOUT)

    def _patience(self) -> float | None:
        if self._order is not None and self._order.held:
            return CHECK_SECONDS
        return max(0.0, self._later[0][0] - time.monotonic()) if self._later else None

    def _greet(self, listener: Listener) -> None:
        request = (
            f"GET /ws HTTP/1.1\r\nHost: {self._options.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        command = {"id": 1, "op": "subscribe", "channel": self._options.channel, "cursor": listener.cursor}
        try:
            listener.socket.send(request.encode() + masked_text(msgspec.json.encode(command)))
        except OSError:
            self._leave(listener, NO_CLOSE, b"")
        else:
            self._poll.modify(listener.socket.fileno(), select.EPOLLIN)

    def _leave(self, listener: Listener, code: int, reason: bytes) -> None:
        if not self._options.comes_back:
            raise SystemExit(f"the server closed a socket: {code} {reason.decode()}")
        delay_ms = msgspec.json.decode(reason)["delay_ms"] if reason.startswith(b"{") else None
        if listener.is_ready:
            self._ready -= 1
            self._understand()  # where it stands, for its cursor
            listener.comeback = Comeback(code, delay_ms, time.monotonic())
        del self._open[listener.socket.fileno()]
        listener.socket.close()
        wait = RETRY_SECONDS if delay_ms is None else delay_ms / 1000
        heapq.heappush(self._later, (time.monotonic() + wait, listener.number))

    # Reading

    def _read(self, listener: Listener, chunk: bytes) -> tuple[bytes, ...]:
        """The messages that are whole now."""
        content = listener.rest + chunk
        if not chunk:
            self._leave(listener, NO_CLOSE, b"")
            return ()
        if not listener.is_shaken:
            head, end, content = content.partition(b"\r\n\r\n")
            if not end:
                listener.rest = head
                return ()
            if not head.startswith(b"HTTP/1.1 101"):
                raise SystemExit(f"no websocket: {head.decode()}")
            listener.is_shaken = True
        was_ready = listener.is_ready
        messages, end_of_frames = [], 0
        for opcode, payload, end_of_frames in _frames(content):
            if opcode == TEXT:
                messages.append(payload)
                if not listener.is_ready and not payload.startswith(b'{"push"'):  # news may come before the reply
                    self._begin(listener, payload)
            elif opcode == PING:
                listener.socket.send(PONG_FRAME)
                self._received -= 2
            elif opcode == CLOSE:
                listener.socket.send(CLOSE_FRAME)
                self._leave(listener, int.from_bytes(payload[:2], "big"), payload[2:])
                return tuple(messages)
        listener.rest = content[end_of_frames:]
        if was_ready and content == chunk and messages and not listener.rest:
            self._chunks[chunk] = tuple(messages)
        return tuple(messages)

    def _begin(self, listener: Listener, reply: bytes) -> None:
        if b'"ok":true' not in reply:
            raise SystemExit(f"refused: {reply.decode()}")
        listener.is_ready = True
        self._ready += 1
        self._received = 0
        if listener.comeback is not None:
            listener.comeback.back_at = time.monotonic()
            self._report.comebacks.append(listener.comeback)
            listener.comeback = None

    def _understand(self) -> None:
        """Goes through what was heard since the last time."""
        for listener, messages, at in self._heard:
            for message in messages:
                said = self._said.get(message)
                if said is None:
                    said = self._said[message] = _decode(message)
                self._report.frames += said.is_push
                listener.cursor = said.cursor
                for goods_id, state in said.states:
                    held = listener.held.get(goods_id)
                    if held is None or state > held:
                        listener.held[goods_id] = state
                        reached = self._report.reached.setdefault(goods_id, {})
                        for seq in range(held[0] + 1 if held is not None else state[0], state[0] + 1):
                            reached[seq] = at
        self._heard.clear()

    # Orders

    def _read_orders(self) -> bool:
        content = os.read(sys.stdin.fileno(), 65536)
        self._input += content
        line, end, rest = self._input.partition(b"\n")
        if end:
            self._order, self._input = msgspec.json.decode(line, type=Order), rest
            self._understand()
            self._checked_at = 0.0
        return bool(content)

    def _fulfil(self) -> None:
        order = self._order
        if order is None or self._ready < len(self._all) or self._received < order.more_bytes or not self._all_hold(order.held):
            return
        self._received -= order.more_bytes
        self._understand()
        report, self._report, self._order = self._report, Report(), None
        os.write(sys.stdout.fileno(), msgspec.json.encode(report) + b"\n")
        if self._options.stalls:
            for number in self._open:
                self._poll.unregister(number)

    def _all_hold(self, states: dict[int, State]) -> bool:
        if not states:
            return True
        if time.monotonic() < self._checked_at + CHECK_SECONDS:
            return False
        self._understand()
        self._checked_at = time.monotonic()
        return all(listener.held.get(goods_id) == state for listener in self._all for goods_id, state in states.items())


def _frames(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Opcode, payload and end of each whole frame of a server."""
    at = 0
    while at + 2 <= len(content):
        length, start = content[at + 1], at + 2
        if length > 125:
            width = 2 if length == 126 else 8
            length, start = int.from_bytes(content[start : start + width], "big"), start + width
        if len(content) < start + length:
            return
        yield content[at] & 0xF, content[start : start + length], start + length
        at = start + length


def _decode(message: bytes) -> _Said:
    said: dict[str, Any] = msgspec.json.decode(message)
    is_push = "push" in said
    told = said["push"] if is_push else said["state"]
    states = [(one["goods_id"], (one["seq"], one["price"])) for one in told if "seq" in one]
    return _Said(states, next(iter(said["cursor"].values())) if is_push else said["cursor"], is_push)


def masked_text(payload: bytes) -> bytes:
    """A client's text frame with the mask 0, which changes nothing."""
    length = len(payload)
    assert length < 65536
    head = bytes((0x81, 0x80 | length)) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    return head + b"\0\0\0\0" + payload


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("channel")
    parser.add_argument("--cursor", help="listen from there on, as a page does that has its list")
    parser.add_argument("--records", action="store_true", help="keep what comes, for reports of who held what when")
    parser.add_argument("--comes-back", action="store_true", help="whoever is sent away comes back as it is told to")
    parser.add_argument("--stalls", action="store_true", help="once all listen, nobody reads any more")
    raise_limit_of_open_files()
    gc.disable()  # nothing here is a cycle, and a collection would be measured
    Sink(parser.parse_args()).run()
