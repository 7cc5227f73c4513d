"""Asks whose an identity number is, by a gateway of the operator's own: one that knows which provider is asked, and how.

POST to its address, JSON {"name", "number"}, `Authorization: Bearer` with the secret. It answers 200 with JSON {"matches": true or false}.
"""
from __future__ import annotations

import logging

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 10
RETRY_AFTER_SECONDS = 30
AT_ONCE = 20
MAX_ANSWER_BYTES = 64 * 1024


class _Word(msgspec.Struct):
    matches: bool


class HttpIdentityGate:
    """Implements IdentityGate. Neither name nor number reaches the log."""

    def __init__(self, address: str, secret: str, *, time_limit_seconds: float = TIME_LIMIT_SECONDS):
        self._address = address
        self._secret = secret
        self._time_limit_seconds = time_limit_seconds
        self._http = AsyncHTTPClient(force_instance=True, max_clients=AT_ONCE, max_body_size=MAX_ANSWER_BYTES)

    def close(self) -> None:
        self._http.close()

    async def matches(self, name: str, number: str) -> bool:
        try:
            response = await self._http.fetch(
                self._address,
                method="POST",
                body=msgspec.json.encode({"name": name, "number": number}),
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._secret}"},
                connect_timeout=self._time_limit_seconds,
                request_timeout=self._time_limit_seconds,
                follow_redirects=False,
            )
            return msgspec.json.decode(response.body, type=_Word).matches
        except (HTTPClientError, OSError, msgspec.DecodeError) as error:
            log.error("the identity gateway does not answer as agreed: %s", error)
            raise Unavailable("identity gateway", RETRY_AFTER_SECONDS) from None
