"""Answers known in memory, written straight to the connection: for polls, where a handler object would cost most of the time."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest, ResponseStartLine
from tornado.routing import Router
from tornado.web import Application

from server.web.in_flight import InFlight
from server.web.known import KnownAnswers
from server.web.origins import Origins

# A request → status, headers and body, or None to leave it to the endpoints. Must not wait.
DirectAnswer = Callable[[HTTPServerRequest], tuple[int, dict[str, str], bytes] | None]

# Whoever asks may keep none of it: it changes when it likes.
KNOWN_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
_REASONS = {200: "OK", 304: "Not Modified"}


class FrontRouter(Router):
    """Asks the direct answer of a path's prefix first, then what is known; everything else goes to the application."""

    def __init__(
        self, application: Application, answers: dict[str, DirectAnswer], known: KnownAnswers, in_flight: InFlight, origins: Origins
    ):
        self._known = known
        self._origins = origins
        self._application = application
        self._answers = tuple(answers.items())
        self._in_flight = in_flight
        self.answered: Counter[tuple[str, int]] = Counter()  # by prefix, or path, and status

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        if request.method == "GET" and not self._in_flight.is_draining:
            for prefix, answer in self._answers:
                if request.path.startswith(prefix):
                    found = answer(request)
                    if found is not None:
                        status, headers, content = found
                        self.answered[prefix, status] += 1
                        return _Written(request, status, {**headers, **self._origins.headers(request.headers)}, content)
            body = self._known.find(request)
            if body is not None:
                self.answered[request.path, 200] += 1
                return _Written(request, 200, {**KNOWN_HEADERS, **self._origins.headers(request.headers)}, body)
        return self._application.find_handler(request, **kwargs)


class _Written(HTTPMessageDelegate):
    """Writes the answer once the request is read."""

    __slots__ = ("_request", "_status", "_headers", "_body")

    def __init__(self, request: HTTPServerRequest, status: int, headers: dict[str, str], body: bytes):
        self._request = request
        self._status = status
        self._headers = headers
        self._body = body

    def finish(self) -> None:
        connection = self._request.connection
        assert connection is not None
        headers = HTTPHeaders(self._headers)
        if self._status != 304:
            headers["Content-Length"] = str(len(self._body))
        start = ResponseStartLine("HTTP/1.1", self._status, _REASONS[self._status])
        connection.write_headers(start, headers, self._body)
        connection.finish()
