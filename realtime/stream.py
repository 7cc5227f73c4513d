"""Server-sent events: the socket's frames over plain HTTP (WHATWG HTML, 9.2), for clients that cannot hold a socket."""
from __future__ import annotations

import asyncio
import time

import msgspec
from tornado.iostream import IOStream, StreamClosedError
from tornado.web import RequestHandler

from realtime.commands import Commands, Wording
from realtime.hub import Hub
from realtime.protocol import Message
from realtime.session import Session
from server.domain.clock import to_ms
from server.domain.errors import InvalidInput, TooMany
from server.services import Services
from server.web.call import choose_language
from server.web.endpoint import bearer_token

MAX_CHANNELS = 20


class EventWire:
    """Writes each message as one event. Its id is the cursor, or with several channels a JSON object of their cursors."""

    def __init__(self, handler: EventStream, stream: IOStream, queue_bytes: int):
        self._handler = handler
        self._stream = stream
        self._queue_bytes = queue_bytes
        self._cursors: dict[str, str] = {}
        self.has_many_channels = False
        self.closed = asyncio.Event()

    @property
    def pending_bytes(self) -> int:
        return len(self._stream._write_buffer)

    def send(self, message: Message) -> None:
        self._cursors.update(message.cursors)
        last = msgspec.json.encode(self._cursors) if self.has_many_channels else "".join(self._cursors.values()).encode()
        identity = b"id: " + last + b"\n" if message.cursors else b""
        self._write(identity + b"data: " + message.payload + b"\n\n")

    def ping(self) -> None:
        self._write(b":\n\n")

    def _write(self, content: bytes) -> None:
        if self.closed.is_set():
            return
        if self.pending_bytes + len(content) > self._queue_bytes:
            self.abort()
            return
        self._handler.write(content)
        try:
            self._handler.flush().add_done_callback(_ignore)
        except StreamClosedError:
            self.abort()

    def close(self, code: int, reason: str = "") -> None:
        """Events have no close codes: the client is told by an event and reconnects unless it is told not to."""
        self._write(b"event: close\ndata: " + msgspec.json.encode({"code": code, "reason": reason}) + b"\n\n")
        self.closed.set()

    def abort(self) -> None:
        self.closed.set()
        self._stream.close()


class EventStream(RequestHandler):
    """GET /api/live/stream?channels=group:7,me."""

    def initialize(self, services: Services, hub: Hub, commands: Commands, wording: Wording, addresses: dict[str, int]) -> None:
        self._services = services
        self._hub = hub
        self._commands = commands
        self._wording = wording
        self._addresses = addresses
        self._wire: EventWire | None = None

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    async def get(self) -> None:
        language = choose_language(self.request.headers.get("Accept-Language"))
        address = self.request.remote_ip or ""
        wire = self._wire = EventWire(self, self.request.connection.stream, self._services.config.socket_queue_bytes)  # type: ignore[union-attr]
        session = Session(wire, address, language, time.monotonic())
        self._addresses[address] = self._addresses.get(address, 0) + 1
        self._hub.add(session)
        try:
            names = self._read_channels()
            if self._addresses[address] > self._services.config.sockets_per_address:
                raise TooMany()
            token = bearer_token(self.request.headers.get("Authorization"))
            if token is not None:
                await self._commands.sign_in(session, token)
            wire.has_many_channels = len(names) > 1
            cursors = self._read_cursors(names)
            states = [await self._commands.open_channel(session, name, cursors.get(name)) for name in names]
        except Exception as error:
            self._hub.remove(session)
            self._leave(address)
            reply = self._wording.reply_failure(error, language)
            self.set_status(reply.status)
            self.set_header("Content-Type", "application/json; charset=utf-8")
            for name, value in reply.headers.items():
                self.set_header(name, value)
            self.finish(reply.body)
            return
        try:
            self.set_header("Content-Type", "text/event-stream; charset=utf-8")
            self.set_header("Cache-Control", "no-store")
            self.set_header("X-Accel-Buffering", "no")  # nginx would hold events back
            for state in states:
                facts = {**state, "ts": to_ms(self._services.clock.now())}
                wire.send(Message(msgspec.json.encode(facts), {state["channel"]: state["cursor"]}))
            await wire.closed.wait()
        finally:
            self._hub.remove(session)
            self._leave(address)

    def on_connection_close(self) -> None:
        if self._wire is not None:
            self._wire.closed.set()

    def _leave(self, address: str) -> None:
        left = self._addresses[address] - 1
        if left:
            self._addresses[address] = left
        else:
            del self._addresses[address]

    def _read_channels(self) -> list[str]:
        names = list(dict.fromkeys(name for name in self.get_query_argument("channels", "").split(",") if name))
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
