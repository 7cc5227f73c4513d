"""Servers of others that are asked over HTTP and answer JSON objects."""
from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPError
from tornado.iostream import UnsatisfiableReadError

from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 5.0  # from the call to the whole answer, connecting included
RETRY_AFTER_SECONDS = 5
AT_ONCE = 50
MAX_ANSWER_BYTES = 64 * 1024


class AskedServer:
    """One of them. What it is asked, and what it answers, does not reach the log: secrets stand in both."""

    def __init__(self, name: str, base: str, *, time_limit_seconds: float = TIME_LIMIT_SECONDS):
        self.name = name
        self._base = base.rstrip("/")
        self._time_limit_seconds = time_limit_seconds
        self._http = AsyncHTTPClient(force_instance=True, max_clients=AT_ONCE, max_body_size=MAX_ANSWER_BYTES)

    def close(self) -> None:
        self._http.close()

    async def ask(self, path: str, question: Mapping[str, str], form: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The object that it answers; with a form it is posted. Raises Unavailable whatever else comes, or nothing in time."""
        return self.read(await self.fetch(path, question, form))

    async def fetch(self, path: str, question: Mapping[str, str], form: Mapping[str, str] | None = None) -> bytes:
        """What it answers, whatever that is. Raises Unavailable."""
        try:
            response = await self._http.fetch(
                f"{self._base}{path}?{urlencode(question)}",
                method="GET" if form is None else "POST",
                body=None if form is None else urlencode(form),
                connect_timeout=self._time_limit_seconds,
                request_timeout=self._time_limit_seconds,
                follow_redirects=False,
                decompress_response=False,  # so that an answer is not larger than it looks
            )
            return response.body
        except (HTTPError, OSError, UnsatisfiableReadError) as error:
            log.warning("%s does not answer: %s", self.name, error)
        # Outside of the except: the cause carries the URL with the secret.
        raise Unavailable(self.name, RETRY_AFTER_SECONDS)

    def read(self, body: bytes) -> dict[str, Any]:
        """Raises Unavailable."""
        try:
            found = json.loads(body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            log.warning("the answer of %s is not the JSON expected", self.name)
            raise Unavailable(self.name, RETRY_AFTER_SECONDS)
        return found


def text_in(found: Mapping[str, Any], name: str) -> str:
    """A text of an answer, without halves of surrogate pairs; empty if it is none."""
    text = found.get(name)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore") if isinstance(text, str) else ""
