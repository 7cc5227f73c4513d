"""Whose request it is, behind proxies: their word is taken, and nobody else's."""
from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import Router

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """Addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed.

    Tornado's own `xheaders` believes those headers, and X-Real-Ip, from everybody: a limit by address would be none.
    """

    def __init__(self, trusted: Sequence[str]):
        """Raises ValueError for what is neither an address nor a network."""
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(one, strict=False) for one in trusted)

    def are_trusted(self, address: str) -> bool:
        found = _parse(address)
        return found is not None and any(found in network for network in self._networks)

    def client_address(self, peer: str, forwarded_for: str) -> str:
        """The nearest address on the way that is not a trusted proxy's; what cannot be read ends the way."""
        client = peer
        for hop in reversed(forwarded_for.split(",")):
            found = _parse(hop.strip())
            if not self.are_trusted(client) or found is None:
                break
            client = str(found)
        return client


class ForwardedRouter(Router):
    """Corrects address and scheme of a request before anyone sees it."""

    def __init__(self, inner: Router, trusted: Sequence[str]):
        self._inner = inner
        self._proxies = Proxies(trusted)

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        peer = request.remote_ip
        if peer and self._proxies.are_trusted(peer):
            request.remote_ip = self._proxies.client_address(peer, request.headers.get("X-Forwarded-For", ""))
            scheme = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip()
            if scheme in ("http", "https"):
                request.protocol = scheme
        return self._inner.find_handler(request, **kwargs)


def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket that takes both families tells IPv4 peers as ::ffff:1.2.3.4.
    return getattr(address, "ipv4_mapped", None) or address
