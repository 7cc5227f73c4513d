"""The websocket itself: forwards open, message and close; the only place that knows Tornado's stream."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketHandler, WebSocketProtocol, WebSocketProtocol13

from realtime import codes
from realtime.commands import Commands
from realtime.door import Door
from realtime.hub import LAGGING_BYTES, Hub
from realtime.protocol import PING_FRAME, Message
from realtime.rfc6455 import StrictProtocol
from realtime.session import Session, take_nothing
from server.domain.accounts.users import UserBanned
from server.domain.errors import DomainError, NotSignedIn, TooMany
from server.services import Services
from server.web.call import choose_language

log = logging.getLogger(__name__)

PING_SECONDS = 20.0

# What the kernel holds for a listener cannot be replaced by newer states any more; on its own it takes megabytes.
UNSENT_BYTES_IN_KERNEL = 16 * 1024


def keep_little_in_kernel(stream: IOStream) -> None:
    """Makes what a slow listener does not take wait in the stream's buffer, where it is seen."""
    stream.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES_IN_KERNEL)


def bytes_waiting(stream: IOStream) -> int:
    """What is written and not yet taken by the kernel; nothing once the stream is closed."""
    buffer = stream._write_buffer
    return len(buffer) if buffer is not None else 0


class SocketWire:
    """Writes prebuilt frames past Tornado's per-message machinery: straight to the socket while nothing is buffered."""

    __slots__ = ("_handler", "_protocol", "_stream", "_queue_bytes", "offer", "on_drained")
    kind = "websocket"
    answers_pings = True
    ping_seconds = PING_SECONDS

    def __init__(self, handler: LiveSocket, protocol: StrictProtocol, queue_bytes: int):
        self._handler = handler
        self._protocol = protocol
        self._stream = protocol.stream
        self._queue_bytes = queue_bytes
        self.offer: Callable[[bytes], int] = take_nothing
        self.on_drained: Any = None
        protocol.before_own_frame = self._give_way

    @property
    def pending_bytes(self) -> int:
        return bytes_waiting(self._stream)

    @property
    def is_closed(self) -> bool:
        return self._protocol.server_terminated or self._stream.closed()  # nothing may follow a close frame

    def send(self, message: Message) -> None:
        self._send(message.frame)

    def ping(self) -> None:
        self._send(PING_FRAME)

    def finish(self, rest: bytes) -> None:
        self.offer = take_nothing
        try:
            self._stream.write(rest).add_done_callback(self._written)
        except StreamClosedError:
            return

    def _send(self, frame: bytes) -> None:
        stream = self._stream
        if self.is_closed:
            return
        if not stream._write_buffer:
            self.offer = stream.socket.send
            try:
                sent = self.offer(frame)
            except BlockingIOError:
                sent = 0
            except OSError:
                stream.close()
                return
            if sent < len(frame):
                self.finish(frame[sent:])
        elif len(stream._write_buffer) > self._queue_bytes:
            # Not counting this frame: the state of a large group may be longer than the queue.
            self._handler.close(codes.TOO_SLOW, "too slow")
            stream.close()
        else:
            self.finish(frame)

    def _give_way(self) -> None:
        self.offer = take_nothing

    def _written(self, future: asyncio.Future[None]) -> None:
        if future.exception() is None and not self._stream._write_buffer and self.on_drained is not None:
            self.on_drained()

    def close(self, code: int, reason: str = "") -> None:
        self._handler.close(code, reason)

    def abort(self) -> None:
        self._stream.close()


class LiveSocket(WebSocketHandler):
    """GET /ws."""

    template = "/ws"
    is_lasting = True

    def initialize(self, services: Services, hub: Hub, commands: Commands, door: Door) -> None:
        self._services = services
        self._hub = hub
        self._commands = commands
        self._door = door
        self._protocol: StrictProtocol | None = None  # set by a handshake that succeeds
        self._session: Session | None = None

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    def write_error(self, status_code: int, **about: Any) -> None:
        if status_code == 405:
            self.set_header("Allow", "GET")
        self.finish()

    def check_origin(self, origin: str) -> bool:
        """Native clients send none; browsers are accepted from our own pages and the configured origins."""
        return super().check_origin(origin) or origin in self._services.config.public_origins

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        plain = super().get_websocket_protocol()
        return StrictProtocol(self, plain.params) if isinstance(plain, WebSocketProtocol13) else None

    def _detach_stream(self) -> IOStream:
        """Without Tornado's guards against HTTP methods that nobody here calls: a tenth of what a listener costs."""
        return self.detach()

    async def prepare(self) -> None:
        try:
            await self._door.knock(self.request.remote_ip or "")
        except TooMany as error:
            self.set_status(429)
            self.set_header("Retry-After", str(error.retry_after_seconds))
            self.set_header("Connection", "close")
            self.finish()

    async def open(self, *args: str, **kwargs: str) -> None:
        assert isinstance(self.ws_connection, StrictProtocol)
        protocol = self._protocol = self.ws_connection
        if protocol.stream.closed():
            return  # hung up while it was answered
        address = self.request.remote_ip or ""
        config = self._services.config
        try:
            self._door.enter(address)
        except TooMany:
            self.close(codes.TOO_MANY_SOCKETS, "too many sockets")
            return
        protocol.note_flood = lambda: self._door.note_flood(address)
        self.set_nodelay(True)
        keep_little_in_kernel(protocol.stream)
        wire = SocketWire(self, protocol, config.socket_queue_bytes)
        session = Session(wire, address, choose_language(self.request.headers.get("Accept-Language")), time.monotonic())
        wire.on_drained = lambda: self._hub.catch_up(session)
        protocol.admit_frame = lambda: session.spend(time.monotonic(), config.commands_per_second_per_socket)
        self._session = session
        self._hub.add(session)
        await self._sign_in_by_header(session)
        self._forget_request()

    def _forget_request(self) -> None:
        """Nobody asks for the headers of either side any more."""
        self.request.headers.clear()
        self._headers.clear()

    async def _sign_in_by_header(self, session: Session) -> None:
        kind, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return
        try:
            await self._commands.sign_in(session, token.strip())
        except UserBanned:
            self.close(codes.BANNED, "banned")
        except NotSignedIn:
            self.close(codes.BAD_TOKEN, "bad token")
        except TooMany:
            self.close(codes.TOO_MANY_SOCKETS, "too many sockets")
        except DomainError as error:
            log.info("socket refused: %s", type(error).__name__)
            self.close(codes.TRY_AGAIN, "try again")

    async def on_message(self, message: str | bytes) -> None:
        if self._session is None:
            return
        if isinstance(message, bytes):
            self.close(codes.PROTOCOL_ERROR, "text frames only")
            return
        await self._until_read()
        await self._commands.run(self._session, message, time.monotonic())

    async def _until_read(self) -> None:
        """A client that has not taken the answers to earlier commands is asked for the next one only when it has."""
        assert self._protocol is not None
        stream = self._protocol.stream
        if bytes_waiting(stream) > LAGGING_BYTES:
            with contextlib.suppress(StreamClosedError):
                await stream.write(b"")

    def on_pong(self, data: bytes) -> None:
        if self._session is not None:
            self._session.heard_at = time.monotonic()

    def on_close(self) -> None:
        if self._protocol is not None:
            self._hub.count_close(SocketWire.kind, self._protocol.closed_with)
        if self._session is None:
            return
        session, self._session = self._session, None
        self._hub.remove(session)
        self._door.leave(session.address)
