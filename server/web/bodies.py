"""How much of a body is read: what the server takes of any, and more where a route says so."""
from __future__ import annotations

from typing import Any

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import Router as TornadoRouter

from server.domain.errors import DomainError
from server.web.routing import Router

LARGEST_BODY_BYTES = 2 * 1024 * 1024  # read so that what is too long can be told so; beyond it the connection ends
SECONDS = 120.0  # for a body that is larger than others: a telephone's photo by a telephone's network


class BodyRouter(TornadoRouter):
    """Asked once a request's headers are there, before its body: lets those have it that take larger ones than the server."""

    def __init__(self, inner: TornadoRouter, routes: Router):
        self._inner = inner
        self._routes = routes

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        if _may_be_large(request) and isinstance(request.connection, HTTP1Connection):
            most = self._most_bytes(request)
            if most is not None and most > LARGEST_BODY_BYTES:
                # Beyond what is taken there too, so that it can be told so.
                request.connection.set_max_body_size(most + LARGEST_BODY_BYTES)
                request.connection.set_body_timeout(SECONDS)
        return self._inner.find_handler(request, **kwargs)

    def _most_bytes(self, request: HTTPServerRequest) -> int | None:
        try:
            mounted, _ = self._routes.find(request.method or "", request.path)
        except DomainError:
            return None
        return mounted.route.max_body_bytes


def _may_be_large(request: HTTPServerRequest) -> bool:
    length = request.headers.get("Content-Length")
    if length is None:
        return "Transfer-Encoding" in request.headers
    return not (length.isdecimal() and len(length) <= 16 and int(length) <= LARGEST_BODY_BYTES)
