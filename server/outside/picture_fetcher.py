"""Fetches pictures from addresses that others have written down, and is not led to what is not public."""
from __future__ import annotations

import ipaddress
import socket
import ssl
from typing import Any
from urllib.parse import urljoin, urlsplit

from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.netutil import DefaultLoopResolver, Resolver
from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient

from server.domain.pictures import MAX_PICTURE_BYTES, PictureMissing

CONNECT_SECONDS = 5.0
FETCH_SECONDS = 20.0
MOST_REDIRECTS = 3
AT_ONCE = 4
MAX_ADDRESS_CHARACTERS = 2000
REDIRECTS = (301, 302, 303, 307, 308)
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # to addresses of IPv4, where a network does that
ACCEPTED = "image/jpeg, image/png, image/webp, image/gif"


class NotPublic(OSError):
    """A name leads to this machine, or into a network that is not everybody's."""


class PublicResolver(Resolver):
    """Gives public addresses only. What it gives is what is connected to: a name cannot change its mind between."""

    def initialize(self) -> None:
        self._resolver = DefaultLoopResolver()

    async def resolve(self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[tuple[int, Any]]:
        """Raises NotPublic where one of them is not."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(address[0]) for _, address in found):
            raise NotPublic(host)
        return found


class PictureFetcher:
    """Implements PictureWeb. `resolver` decides where it may go, at every redirect anew."""

    def __init__(self, resolver: Resolver):
        self._client = SimpleAsyncHTTPClient(
            force_instance=True, max_clients=AT_ONCE, resolver=resolver, max_body_size=MAX_PICTURE_BYTES, max_buffer_size=MAX_PICTURE_BYTES
        )

    async def fetch(self, address: str) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._ask(_checked(address))
            if response.code == 200:
                return response.body
            location = response.headers.get("Location")
            if response.code not in REDIRECTS or location is None:
                raise PictureMissing(f"answered:{response.code}")
            address = urljoin(address, location)
        raise PictureMissing(f"redirects:{MOST_REDIRECTS}")

    def close(self) -> None:
        self._client.close()

    async def _ask(self, address: str) -> HTTPResponse:
        told: list[str] = []
        request = HTTPRequest(
            address,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=FETCH_SECONDS,
            follow_redirects=False,
            decompress_response=False,  # pictures are packed in themselves, and what is unpacked here would have no bound
            headers={"Accept": ACCEPTED},
            header_callback=told.append,
        )
        try:
            return await self._client.fetch(request, raise_error=False)
        except NotPublic:
            raise PictureMissing("not_public") from None
        except HTTPTimeoutError:
            raise PictureMissing("no_answer") from None
        except (HTTPClientError, OSError, ssl.SSLError, ValueError) as error:
            if _told_length(told) > MAX_PICTURE_BYTES:
                raise PictureMissing(f"file_too_large:{MAX_PICTURE_BYTES // 1024}") from None
            raise PictureMissing("no_answer") from error


def is_public(address: str) -> bool:
    """Of an IP address, and of the one that is written within it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    within = None
    if isinstance(ip, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(ip.packed[-4:]) if ip in TRANSLATED else None
        within = ip.ipv4_mapped or ip.sixtofour or translated
    return all(one.is_global and not one.is_multicast for one in (ip, within) if one is not None)


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and parts.username is None
    except ValueError:
        is_one = False
    if not is_one or len(address) > MAX_ADDRESS_CHARACTERS:
        raise PictureMissing("not_an_address")
    return address


def _told_length(lines: list[str]) -> int:
    values = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("content-length:")]
    return int(values[-1]) if values and values[-1].isdigit() else 0
