"""Answers that everybody is given alike, kept as they were sent for as long as what they were made of is the same."""
from __future__ import annotations

from collections.abc import Callable

from tornado.httputil import HTTPServerRequest

from server.services import Services

MOST_ANSWERS = 5000
MOST_ADDRESS_CHARACTERS = 1000

# What an answer to the request is made of, the same object for as long as that is so; None where nobody can tell without waiting.
Version = Callable[[Services, HTTPServerRequest], object | None]


class KnownAnswers:
    """Successes of GET by the address they were asked at. Good only while the version is the one they were made of."""

    def __init__(self, services: Services):
        self._services = services
        self._answers: dict[tuple[str, str, str], tuple[Version, object, bytes]] = {}

    def find(self, request: HTTPServerRequest) -> bytes | None:
        """The body, without waiting; None leaves it to the endpoint."""
        known = self._answers.get(_key(request))
        if known is None:
            return None
        version, made_of, body = known
        return body if version(self._services, request) is made_of else None

    def keep(self, request: HTTPServerRequest, version: Version, made_of: object | None, body: bytes) -> None:
        """One that was made after its version was asked for."""
        if made_of is None or request.method != "GET" or len(request.uri or "") > MOST_ADDRESS_CHARACTERS:
            return
        if len(self._answers) >= MOST_ANSWERS:
            self._answers.clear()
        self._answers[_key(request)] = (version, made_of, body)

    def version_of(self, request: HTTPServerRequest, version: Version) -> object | None:
        return version(self._services, request)


def _key(request: HTTPServerRequest) -> tuple[str, str, str]:
    # Addresses of pictures are made of how the server was reached.
    return request.protocol, request.host, request.uri or ""
