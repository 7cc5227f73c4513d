"""Server-sent events: the socket's frames over plain HTTP (WHATWG HTML, 9.2), for clients that cannot hold a socket."""
from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct
from tornado.iostream import IOStream, StreamClosedError
from tornado.web import RequestHandler

from realtime import codes
from realtime.commands import Commands, Wording
from realtime.door import Door
from realtime.hub import Hub
from realtime.protocol import Message
from realtime.session import Session, take_nothing
from realtime.socket import bytes_waiting, keep_little_in_kernel
from server.domain.clock import to_ms
from server.domain.errors import DomainError, InvalidInput, MethodNotAllowed
from server.services import Services
from server.web.call import choose_language
from server.web.inputs import Input
from server.web.manners import bearer_token
from server.web.origins import Origins

METHODS = ("GET", "OPTIONS")
MAX_CHANNELS = 20
DEAD_AFTER_MS = 9000  # a ping that the client's machine does not confirm by then ends the connection


class StreamQuery(Struct):
    """`channels`: their names, with commas between."""

    channels: str = ""


read_query = Input(StreamQuery, is_body=False).read


class EventWire:
    """Writes each message as one event. Its id is the cursor, or with several channels a JSON object of their cursors."""

    kind = "events"
    answers_pings = False
    ping_seconds = 1.0  # a reader cannot ask: silence tells it that the prices may lag
    offer = staticmethod(take_nothing)  # its frames are others

    def __init__(self, handler: EventStream, stream: IOStream, queue_bytes: int):
        self._handler = handler
        self._stream = stream
        self._queue_bytes = queue_bytes
        self._cursors: dict[str, str] = {}
        self.has_many_channels = False
        self._early: list[Message] | None = []  # until the first states are told
        self._early_bytes = 0
        self._farewell = b""
        self.closed_with = codes.NO_CLOSE
        self.closed = asyncio.Event()
        self.on_drained: Callable[[], None] = lambda: None

    @property
    def pending_bytes(self) -> int:
        return bytes_waiting(self._stream) + self._early_bytes

    @property
    def is_closed(self) -> bool:
        return self.closed.is_set()

    def begin(self, states: list[Message]) -> None:
        """Sends the first states, then what came meanwhile."""
        early, self._early, self._early_bytes = self._early or [], None, 0
        # However much the states are: without them the listener knows nothing.
        self._hand_over(b"".join([self._event(state) for state in states]) + self._farewell)
        for message in early:
            self.send(message)
        self.on_drained()

    def send(self, message: Message) -> None:
        if self._early is not None:
            self._early.append(message)
            self._early_bytes += len(message.payload)
            if self.pending_bytes > self._queue_bytes:
                self._give_up()
        else:
            self._write(self._event(message))

    def finish(self, rest: bytes) -> None:
        raise AssertionError("nothing is ever taken of what is offered")

    def ping(self) -> None:
        if self._early is None:
            self._write(b":\n\n")

    def _event(self, message: Message) -> bytes:
        self._cursors.update(message.cursors)
        last = msgspec.json.encode(self._cursors) if self.has_many_channels else "".join(self._cursors.values()).encode()
        identity = b"id: " + last + b"\n" if message.cursors else b""
        return identity + b"data: " + message.payload + b"\n\n"

    def _write(self, content: bytes) -> None:
        if self.closed.is_set():
            return
        if self.pending_bytes > self._queue_bytes:
            self._give_up()
        else:
            self._hand_over(content)

    def _hand_over(self, content: bytes) -> None:
        self._handler.write(content)
        try:
            self._handler.flush().add_done_callback(_ignore)
            if self.pending_bytes:
                # An empty write is done when everything before it is.
                self._stream.write(b"").add_done_callback(self._written)
        except StreamClosedError:
            self.abort()

    def _written(self, future: asyncio.Future[None]) -> None:
        if future.exception() is None and not self.pending_bytes:
            self.on_drained()

    def close(self, code: int, reason: str = "") -> None:
        """Events have no close codes: the client is told by an event and reconnects unless it is told not to."""
        farewell = b"event: close\ndata: " + msgspec.json.encode({"code": code, "reason": reason}) + b"\n\n"
        if self._early is None:
            self._write(farewell)
        else:
            self._farewell = farewell
        self.closed_with = code
        self.closed.set()

    def _give_up(self) -> None:
        self.closed_with = codes.TOO_SLOW
        self.abort()

    def abort(self) -> None:
        self.closed.set()
        self._stream.close()


class EventStream(RequestHandler):
    """GET /api/live/stream?channels=group:7,me."""

    template = "/api/live/stream"
    is_lasting = True
    SUPPORTED_METHODS = METHODS

    def initialize(
        self, services: Services, hub: Hub, commands: Commands, wording: Wording, door: Door, origins: Origins
    ) -> None:
        self._origins = origins
        self._services = services
        self._hub = hub
        self._commands = commands
        self._wording = wording
        self._door = door
        self._wire: EventWire | None = None

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    def options(self) -> None:
        self.set_header("Allow", ", ".join(METHODS))
        self._set_headers(self._origins.headers(self.request.headers))
        self._set_headers(self._origins.preflight_headers(self.request.headers, METHODS))
        self.set_status(204)

    async def get(self) -> None:
        language = choose_language(self.request.headers.get("Accept-Language"))
        address = self.request.remote_ip or ""
        stream = self.request.connection.stream  # type: ignore[union-attr]
        if stream.closed():
            return  # hung up as soon as it had asked
        wire = self._wire = EventWire(self, stream, self._services.config.socket_queue_bytes)
        session = Session(wire, address, language, time.monotonic())
        wire.on_drained = lambda: self._hub.catch_up(session)
        keep_little_in_kernel(stream)
        stream.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_MS)
        try:
            names = self._read_channels()
            await self._door.knock(address)
            self._door.enter(address)
        except DomainError as error:
            self._refuse(error, language)
            return
        self._hub.add(session)
        try:
            token = bearer_token(self.request.headers.get("Authorization"))
            if token is not None:
                await self._commands.sign_in(session, token)
            wire.has_many_channels = len(names) > 1
            cursors = self._read_cursors(names)
            states = [await self._commands.open_channel(session, name, cursors.get(name)) for name in names]
        except Exception as error:
            self._hub.remove(session)
            self._door.leave(address)
            self._refuse(error, language)
            return
        try:
            self._set_headers(self._origins.headers(self.request.headers))
            self.set_header("Content-Type", "text/event-stream; charset=utf-8")
            self.set_header("Cache-Control", "no-store")
            self.set_header("X-Accel-Buffering", "no")  # nginx would hold events back
            ts = to_ms(self._services.clock.now())
            first = [Message(msgspec.json.encode({**state, "ts": ts}), {state["channel"]: state["cursor"]}) for state in states]
            wire.begin(first)
            await wire.closed.wait()
        finally:
            self._hub.count_close(wire.kind, wire.closed_with)
            self._hub.remove(session)
            self._door.leave(address)

    def write_error(self, status_code: int, **about: Any) -> None:
        """Tornado found no such method here, or no way to read the request."""
        error = MethodNotAllowed(METHODS) if status_code == 405 else InvalidInput({"body": ["wrong_form"]})
        self._refuse(error, choose_language(self.request.headers.get("Accept-Language")))

    def _refuse(self, error: Exception, language: str) -> None:
        reply = self._wording.reply_failure(error, language)
        self.set_status(reply.status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self._set_headers({**self._origins.headers(self.request.headers), **reply.headers})
        self.finish(reply.body)

    def _set_headers(self, headers: dict[str, str]) -> None:
        for name, value in headers.items():
            self.set_header(name, value)

    def on_connection_close(self) -> None:
        if self._wire is not None:
            self._wire.closed.set()

    def _read_channels(self) -> list[str]:
        names = list(dict.fromkeys(name for name in read_query(self.request).channels.split(",") if name))
        if not names:
            raise InvalidInput({"channels": ["required"]})
        if len(names) > MAX_CHANNELS:
            raise InvalidInput({"channels": [f"at_most:{MAX_CHANNELS}"]})
        return names

    def _read_cursors(self, names: list[str]) -> dict[str, str]:
        last = self.request.headers.get("Last-Event-ID", "")
        if len(names) == 1:
            return {names[0]: last}
        try:
            return msgspec.json.decode(last, type=dict[str, str]) if last else {}
        except msgspec.DecodeError:
            return {}


def _ignore(future: asyncio.Future[None]) -> None:
    future.exception()
