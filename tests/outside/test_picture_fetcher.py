"""Tests of server/outside/picture_fetcher.py, against a server that behaves well and badly."""
from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from tornado.netutil import DefaultLoopResolver, Resolver

from server.domain.pictures import MAX_PICTURE_BYTES, PictureMissing
from server.outside import picture_fetcher
from server.outside.picture_fetcher import MOST_REDIRECTS, PictureFetcher, PublicResolver, is_public

TOO_LARGE = MAX_PICTURE_BYTES + 1
ANSWERS = {
    "/fine": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npixels",
    "/gone": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "/on": b"HTTP/1.1 302 Found\r\nLocation: /fine\r\nContent-Length: 0\r\n\r\n",
    "/circle": b"HTTP/1.1 301 Moved\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n",
    "/file": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
    "/inside": b"HTTP/1.1 302 Found\r\nLocation: http://inside.example/\r\nContent-Length: 0\r\n\r\n",
    "/large": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % TOO_LARGE,
    "/endless": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % TOO_LARGE,
    "/nonsense": b"hello\r\n\r\n",
    "/half": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
    "/packed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbomb",
}


class Names(Resolver):
    """`public.example` is this machine, as if that were public; of any other name the public addresses are known."""

    def initialize(self) -> None:
        self._local, self._public = DefaultLoopResolver(), PublicResolver()

    async def resolve(self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[tuple[int, Any]]:
        if host == "public.example":
            return await self._local.resolve("127.0.0.1", port, family)
        return await self._public.resolve("127.0.0.1" if host == "inside.example" else host, port, family)


@asynccontextmanager
async def web() -> AsyncIterator[str]:
    """The address of a server that answers as above, and to anything else never."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        while (await reader.readline()).strip():
            pass
        if path not in ANSWERS:
            await reader.read()  # until the client gives up
        writer.write(ANSWERS.get(path, b""))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://public.example:{server.sockets[0].getsockname()[1]}"


@contextmanager
def fetcher(resolver: Resolver) -> Iterator[PictureFetcher]:
    opened = PictureFetcher(resolver)
    yield opened
    opened.close()


async def reason(address: str, resolver: Resolver) -> str:
    with fetcher(resolver) as opened, pytest.raises(PictureMissing) as missing:
        await opened.fetch(address)
    return missing.value.reason


@pytest.mark.parametrize(("path", "content"), [("/fine", b"pixels"), ("/on", b"pixels"), ("/packed", b"bomb")])
async def test_what_an_address_gives_is_taken_as_it_is(path: str, content: bytes) -> None:
    async with web() as url:
        with fetcher(Names()) as opened:
            assert await opened.fetch(url + path) == content


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/gone", "answered:404"),
        ("/circle", f"redirects:{MOST_REDIRECTS}"),
        ("/file", "not_an_address"),
        ("/inside", "not_public"),
        ("/large", f"file_too_large:{MAX_PICTURE_BYTES // 1024}"),
        ("/endless", "no_answer"),
        ("/nonsense", "no_answer"),
        ("/half", "no_answer"),
    ],
)
async def test_what_cannot_be_had_is_told_with_its_reason(path: str, why: str) -> None:
    async with web() as url:
        assert await reason(url + path, Names()) == why


async def test_who_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_fetcher, "FETCH_SECONDS", 0.2)
    async with web() as url:
        assert await reason(url + "/never", Names()) == "no_answer"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://172.16.0.1:8080/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://224.0.0.1/",
    ],
)
async def test_nothing_leads_into_a_network_that_is_not_everybody_s(address: str) -> None:
    assert await reason(address, PublicResolver()) == "not_public"


@pytest.mark.parametrize(
    "address",
    [
        *("", "x.jpg", "ftp://a.example/", "file:///etc/passwd", "http://", "http:///x", "http://u:p@a.example/", "http://[::1"),
        *("http://a:99999/", "https://a.example/" + "x" * 2000),
    ],
)
async def test_what_is_no_address_of_the_web_is_not_asked_for(address: str) -> None:
    assert await reason(address, PublicResolver()) == "not_an_address"


@pytest.mark.parametrize(
    ("address", "is_so"),
    [("8.8.8.8", True), ("2606:4700::1", True), ("::ffff:8.8.8.8", True), ("2002:7f00:1::", False), ("64:ff9b::7f00:1", False)],
)
def test_public_is_what_everybody_can_reach_whatever_it_is_written_within(address: str, is_so: bool) -> None:
    assert is_public(address) is is_so
