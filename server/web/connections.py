"""Where a connection ends: nothing is begun after its last answer, nor for a client that has gone.

Tornado goes on with what it has read ahead: a second bid would be committed that nobody is ever told of.
"""
from __future__ import annotations

import contextlib
from typing import Any

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPConnection, HTTPMessageDelegate, HTTPServerRequest
from tornado.iostream import IOStream, StreamClosedError
from tornado.routing import Router

DROPPED_AT_ONCE = 64 * 1024


class ConnectionRouter(Router):
    """Asked first about every request."""

    def __init__(self, inner: Router):
        self._inner = inner

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        if isinstance(request_conn, HTTP1Connection) and request_conn.stream.closed():
            _drop_what_was_read(request_conn.stream)
        return super().start_request(server_conn, request_conn)

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        options = request.headers.get("Connection")
        # Tornado knows the word alone, not in a list (RFC 9110, 7.6.1).
        if options is not None and "close" in [option.strip().lower() for option in options.split(",")]:
            end_after_answer(request)
        return self._inner.find_handler(request, **kwargs)


def end_after_answer(request: HTTPServerRequest) -> None:
    """Makes its answer the connection's last, and lets the answer say so."""
    if isinstance(request.connection, HTTP1Connection):
        request.connection._disconnect_on_finish = True


def has_client_gone(request: HTTPServerRequest) -> bool:
    """Whether no answer can reach the client any more."""
    connection = request.connection
    return isinstance(connection, HTTP1Connection) and connection.stream.closed()


def _drop_what_was_read(stream: IOStream) -> None:
    with contextlib.suppress(StreamClosedError):
        while True:
            stream.read_bytes(DROPPED_AT_ONCE, partial=True)
