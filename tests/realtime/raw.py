"""A websocket client that writes what it is told to, right or wrong, and reads only when asked."""
from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import struct
from typing import Any, NamedTuple

from tests.api import Api

PATIENCE_SECONDS = 10
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MASK = b"\x37\xfa\x21\x3d"


class Frame(NamedTuple):
    """A frame as the server sent it."""

    opcode: int
    payload: bytes


class Response(NamedTuple):
    """The answer to a handshake."""

    status: int
    headers: dict[str, str]


def frame(
    opcode: int, payload: bytes = b"", *, is_final: bool = True, reserved: int = 0, mask: bytes | None = MASK, length: int | None = None
) -> bytes:
    """A client's frame. `length` is what it says of its payload, where that is not true."""
    said = len(payload) if length is None else length
    first, masked = (0x80 if is_final else 0) | reserved << 4 | opcode, 0x80 if mask else 0
    if said < 126:
        header = bytes((first, masked | said))
    elif said < 65536:
        header = struct.pack("!BBH", first, masked | 126, said)
    else:
        header = struct.pack("!BBQ", first, masked | 127, said)
    if mask is None:
        return header + payload
    return header + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def command(id: int, op: str = "ping", **facts: Any) -> bytes:
    return json.dumps({"id": id, "op": op, **facts}).encode()


def close_payload(code: int, reason: bytes = b"") -> bytes:
    return struct.pack("!H", code) + reason


class RawSocket:
    """One TCP connection. Times out rather than hang."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, api: Api, *, receive_buffer: int | None = None) -> RawSocket:
        """Without a handshake yet. A small buffer makes what is not read wait at the server."""
        plain = socket.socket()
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", api.port))
        # asyncio stops reading from the kernel at twice the limit.
        return cls(*await asyncio.open_connection(sock=plain, limit=receive_buffer or 2**16))

    @classmethod
    async def open(cls, api: Api, *, receive_buffer: int | None = None, **headers: str | None) -> RawSocket:
        """A websocket."""
        opened = await cls.connect(api, receive_buffer=receive_buffer)
        response = await opened.shake_hands(**headers)  # type: ignore[arg-type]
        assert response.status == 101, response
        return opened

    async def shake_hands(self, *, method: str = "GET", followed_by: bytes = b"", **headers: str | None) -> Response:
        """Asks for an upgrade; headers are given as Sec_WebSocket_Key, and None leaves one away."""
        key = base64.b64encode(os.urandom(16)).decode()
        usual: dict[str, str | None] = {
            "Host": "localhost",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
        }
        usual |= {name.replace("_", "-"): text for name, text in headers.items()}
        lines = [f"{method} /ws HTTP/1.1", *(f"{name}: {text}" for name, text in usual.items() if text is not None)]
        await self.send("\r\n".join([*lines, "", ""]).encode() + followed_by)
        first, *rest = (await self.read_until(b"\r\n\r\n")).decode().strip().split("\r\n")
        pairs = (line.partition(":") for line in rest)
        return Response(int(first.split()[1]), {name.lower(): text.strip() for name, _, text in pairs})

    async def send(self, content: bytes) -> None:
        self._writer.write(content)
        await self._writer.drain()

    async def read_until(self, end: bytes) -> bytes:
        """What comes, up to that, while nothing is framed yet."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._reader.readuntil(end)

    async def read(self) -> Frame:
        """The next frame."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            first, length = await self._reader.readexactly(2)
            if length == 126:
                [length] = struct.unpack("!H", await self._reader.readexactly(2))
            elif length == 127:
                [length] = struct.unpack("!Q", await self._reader.readexactly(8))
            assert first & 0xF0 == 0x80, "the server neither fragments nor sets reserved bits"
            assert length < 2**31, "the server does not mask"
            return Frame(first & 0x0F, await self._reader.readexactly(length))

    async def read_json(self) -> Any:
        """The next message; a server that is slow here may ping before."""
        while (received := await self.read()).opcode == PING:
            pass
        assert received.opcode == TEXT, received
        return json.loads(received.payload)

    async def ask(self, id: int, op: str = "ping", **facts: Any) -> Any:
        """Sends a command; gives its reply, or whatever comes next."""
        await self.send(frame(TEXT, command(id, op, **facts)))
        return await self.read_json()

    async def until_closed(self) -> tuple[int | None, str]:
        """Code and reason of the server's close frame, which nothing may follow; None if the connection ends without one."""
        try:
            while True:
                opcode, payload = await self.read()
                if opcode == CLOSE:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            return None, ""
        await self._expect_end()
        return (struct.unpack("!H", payload[:2])[0] if payload else None), payload[2:].decode()

    async def _expect_end(self) -> None:
        """The server has said all, and hangs up once the client has answered."""
        if not self._writer.is_closing():
            self._writer.write(frame(CLOSE))
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                assert await self._reader.read() == b"", "something followed the close frame"
            except ConnectionError:
                pass

    def stop_sending(self) -> None:
        """Closes the own half of the connection."""
        self._writer.write_eof()

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            pass
