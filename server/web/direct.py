"""Answers known in memory, written straight to the connection: for polls, where a handler object would cost most of the time."""
from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import NamedTuple

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest, ResponseStartLine
from tornado.routing import Router
from tornado.web import Application

from server.domain.accounts.tokens import TokenService
from server.domain.errors import DomainError
from server.web.endpoint import REQUEST_ID
from server.web.in_flight import InFlight
from server.web.known import KnownAnswers
from server.web.manners import bearer_token
from server.web.origins import Origins

_OK, _NOT_MODIFIED = ResponseStartLine("HTTP/1.1", 200, "OK"), ResponseStartLine("HTTP/1.1", 304, "Not Modified")
# Whoever asks may keep none of what has no ETag: it changes when it likes.
KNOWN_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
_TAGS = re.compile(r'\*|(?:W/)?("[^"]*")')


class Known(NamedTuple):
    """A success as its endpoint would encode it, and its strong ETag; `is_private`: for this caller alone."""

    body: bytes
    tag: str
    is_private: bool = False


# A request, and its caller's id if they are signed in → the answer, or None to leave it to the endpoint. Must not wait.
DirectAnswer = Callable[[HTTPServerRequest, int | None], Known | None]

# Of a caller's id: done when answers that are None may be known, and says whether they may; None where waiting is of no use.
Coming = Callable[[int | None], "asyncio.Future[bool] | None"]

HELD_SECONDS = 1.5  # the longest that a request waits for memory before its endpoint asks the database
MOST_TRIES = 4  # the caller's token, the floor, and the caller's own part may each be waited for


def tag_of(body: bytes) -> str:
    """By its content alone: every process says the same of the same answer."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


class FrontRouter(Router):
    """Asks the direct answer of a path, or of what it begins with, first, then what is known; everything else goes to the application.

    What a direct answer will know in a moment is waited for: were all who poll to ask the database because it is slow, it would
    become slower.
    """

    def __init__(
        self,
        application: Application,
        answers: Mapping[str, DirectAnswer],
        coming: Coming,
        tokens: TokenService,
        known: KnownAnswers,
        in_flight: InFlight,
        origins: Origins,
    ):
        self._application = application
        self._whole = {path: answer for path, answer in answers.items() if not path.endswith("/")}
        self._beginnings = tuple((path, answer) for path, answer in answers.items() if path.endswith("/"))
        self._coming = coming
        self._tokens = tokens
        self._known = known
        self._in_flight = in_flight
        self._origins = origins
        self._date = _Date()
        self.answered: Counter[tuple[str, str, int]] = Counter()  # by method, path and status

    def find_handler(self, request: HTTPServerRequest, **kwargs: object) -> HTTPMessageDelegate | None:
        if request.method in ("GET", "HEAD") and not self._in_flight.is_draining:
            place, answer = self._find(request.path)
            if answer is not None:
                found = self._try(request, place, answer)
                if isinstance(found, asyncio.Future):
                    return _Held(found, lambda: self._try(request, place, answer), lambda: self._pass_on(request), self._in_flight)
                if found is not None:
                    return found
            elif request.method == "GET":
                body = self._known.find(request)
                if body is not None:
                    self.answered["GET", request.path, 200] += 1
                    return _Written(request, HTTPHeaders({**KNOWN_HEADERS, **self._origins.headers(request.headers)}), body)
        return self._pass_on(request)

    def _pass_on(self, request: HTTPServerRequest) -> HTTPMessageDelegate | None:
        return self._application.find_handler(request)

    def _try(self, request: HTTPServerRequest, place: str, answer: DirectAnswer) -> _Written | asyncio.Future[bool] | None:
        """The answer, or what is to be waited for; None leaves the request to its endpoint."""
        header = request.headers.get("Authorization")
        token = bearer_token(header) if header is not None else None
        checked = self._tokens.recall(token) if token is not None else None
        if token is not None and checked is None:
            return asyncio.ensure_future(self._look_up(token))
        user_id = checked.user.id if checked is not None else None
        known = answer(request, user_id)
        if known is None:
            return self._coming(user_id)
        is_unchanged = _has(request.headers.get("If-None-Match"), known.tag)
        self.answered[str(request.method), place, 304 if is_unchanged else 200] += 1
        return _Written(request, self._headers(request, known), None if is_unchanged else known.body)

    async def _look_up(self, token: str) -> bool:
        try:
            await self._tokens.check(token)
        except DomainError:
            return False  # the endpoint says what is wrong with it
        return True

    def _find(self, path: str) -> tuple[str, DirectAnswer | None]:
        whole = self._whole.get(path)
        if whole is not None:
            return path, whole
        return next(((place, answer) for place, answer in self._beginnings if path.startswith(place)), (path, None))

    def _headers(self, request: HTTPServerRequest, known: Known) -> HTTPHeaders:
        request_id = request.headers.get("X-Request-Id")
        return HTTPHeaders(
            {
                "Date": self._date.now(),
                "Content-Type": "application/json; charset=utf-8",
                "Cache-Control": "private, no-cache" if known.is_private else "no-cache",
                "ETag": known.tag,
                "X-Request-Id": request_id if request_id and REQUEST_ID.fullmatch(request_id) else os.urandom(16).hex(),
                **self._origins.headers(request.headers),
            }
        )


class _Date:
    """The Date header, made once a second."""

    def __init__(self) -> None:
        self._second, self._text = 0, ""

    def now(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._second, self._text = second, formatdate(second, usegmt=True)
        return self._text


def _has(if_none_match: str | None, tag: str) -> bool:
    """Whether the header names that tag; weak ones count (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    return if_none_match == tag or any(found[0] == "*" or found[1] == tag for found in _TAGS.finditer(if_none_match))


class _Written(HTTPMessageDelegate):
    """Writes the answer once the request is read: the body, or that it has not changed."""

    __slots__ = ("_request", "_headers", "_body")

    def __init__(self, request: HTTPServerRequest, headers: HTTPHeaders, body: bytes | None):
        self._request = request
        self._headers = headers
        self._body = body

    def finish(self) -> None:
        connection = self._request.connection
        assert connection is not None
        if self._body is None:
            connection.write_headers(_NOT_MODIFIED, self._headers)
        else:
            self._headers["Content-Length"] = str(len(self._body))
            connection.write_headers(_OK, self._headers, self._body if self._request.method == "GET" else b"")
        connection.finish()


class _Held(HTTPMessageDelegate):
    """Waits until the answer may be known, and gives it; passes the request on if it is not, or does not come in time."""

    def __init__(
        self,
        coming: asyncio.Future[bool],
        again: Callable[[], HTTPMessageDelegate | asyncio.Future[bool] | None],
        pass_on: Callable[[], HTTPMessageDelegate | None],
        in_flight: InFlight,
    ):
        self._coming = coming
        self._again = again
        self._pass_on = pass_on
        self._in_flight = in_flight
        self._chunks = bytearray()
        self._answering: asyncio.Task[None] | None = None

    def data_received(self, chunk: bytes) -> None:
        self._chunks += chunk

    def finish(self) -> None:
        self._answering = asyncio.get_running_loop().create_task(self._answer())

    async def _answer(self) -> None:
        self._in_flight.begin()
        try:
            delegate = await self._wait()
            if delegate is None:
                delegate = self._pass_on()
                assert delegate is not None
                delegate.data_received(bytes(self._chunks))
            delegate.finish()
        finally:
            self._in_flight.end()

    async def _wait(self) -> HTTPMessageDelegate | None:
        deadline = time.monotonic() + HELD_SECONDS
        found: HTTPMessageDelegate | asyncio.Future[bool] | None = self._coming
        for _ in range(MOST_TRIES):
            if not isinstance(found, asyncio.Future):
                return found
            await asyncio.wait([found], timeout=deadline - time.monotonic())
            if not (found.done() and found.result()):
                return None
            found = self._again()
        return None if isinstance(found, asyncio.Future) else found
