"""HTTP/1.1 over one connection that stays open, as a browser or the mini-program keeps it."""
from __future__ import annotations

import asyncio
import ssl
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

ANSWER_SECONDS = 15.0
MAX_HEAD_BYTES = 64 * 1024


class ServerAway(Exception):
    """No answer came; the text says why."""


class Answer(NamedTuple):
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def data(self) -> Any:
        """What a success carries. Raises ServerAway for anything else."""
        if self.status != 200:
            raise ServerAway(f"status {self.status}: {self.body[:200].decode(errors='replace')}")
        return self.json["data"]

    @property
    def retry_after_seconds(self) -> float:
        return float(self.headers.get("retry-after", 1))


class Address:
    """Where the server is, from its URL. Raises ValueError."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is not an http or https URL")
        self.is_secure = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (443 if self.is_secure else 80)
        self.netloc = parts.netloc
        self.socket_url = f"{'wss' if self.is_secure else 'ws'}://{parts.netloc}/ws"


class Connection:
    """Asks one question at a time; opened when first used and again when the server has closed it."""

    def __init__(self, address: Address):
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        """Raises ServerAway."""
        return await self._ask("GET", path, b"", {})

    async def post(self, path: str, body: Any, *, token: str | None = None, key: str | None = None) -> Answer:
        """Raises ServerAway; then the server may have done it or not."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self._ask("POST", path, msgspec.json.encode(body), headers)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._address.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join((*lines, "", "")).encode() + body
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                was_open = self._streams is not None
                try:
                    return await self._exchange(request)
                except (asyncio.IncompleteReadError, ConnectionError):
                    if not was_open:
                        raise
                    # The server closed it before it had the question: ask on a fresh one.
                    self.close()
                    return await self._exchange(request)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            self.close()
            raise ServerAway(str(error) or type(error).__name__) from error
        except BaseException:
            self.close()  # half an answer may be on its way
            raise

    async def _exchange(self, request: bytes) -> Answer:
        if self._streams is None:
            context = ssl.create_default_context() if self._address.is_secure else None
            self._streams = await asyncio.open_connection(
                self._address.host, self._address.port, ssl=context, limit=MAX_HEAD_BYTES
            )
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(head[0].split(" ")[1]), headers, body)
