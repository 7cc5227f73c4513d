"""Questions to services over HTTP that answer JSON."""
from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from tornado.iostream import UnsatisfiableReadError

from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 10.0
RETRY_AFTER_SECONDS = 10
AT_ONCE = 20
MAX_ANSWER_BYTES = 1024 * 1024


class Refused(Exception):
    """It answers, with a status that is no success."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status


class Questions:
    """Asks one service, which `what` names. Nothing of a question reaches the log, nor the address, which may hold a key."""

    def __init__(self, what: str, *, time_limit_seconds: float = TIME_LIMIT_SECONDS):
        self._what = what
        self._time_limit_seconds = time_limit_seconds
        self._http = AsyncHTTPClient(force_instance=True, max_clients=AT_ONCE, max_body_size=MAX_ANSWER_BYTES)

    def close(self) -> None:
        self._http.close()

    async def get(self, address: str, question: Mapping[str, str]) -> dict[str, Any]:
        """Raises Refused, and Unavailable whatever else comes than a JSON object."""
        return self._read(await self._fetch(f"{address}?{urlencode(question)}"))

    async def post_form(self, address: str, form: Mapping[str, str]) -> dict[str, Any]:
        """As `get`."""
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return self._read(await self._fetch(address, method="POST", body=urlencode(form), headers=headers))

    async def post_json(self, address: str, content: Any, secret: str) -> bytes:
        """The answer as it is. Raises Refused and Unavailable."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
        return await self._fetch(address, method="POST", body=json.dumps(content, ensure_ascii=False).encode(), headers=headers)

    async def _fetch(self, url: str, **about: Any) -> bytes:
        limit = self._time_limit_seconds
        asked = HTTPRequest(
            url, connect_timeout=limit, request_timeout=limit, follow_redirects=False, decompress_response=False, **about
        )
        try:
            answer = await self._http.fetch(asked, raise_error=False)
        except (HTTPError, OSError, UnsatisfiableReadError) as error:
            log.warning("the %s does not answer: %s", self._what, type(error).__name__)
            raise Unavailable(self._what, RETRY_AFTER_SECONDS) from None
        if answer.code >= 500:
            log.warning("the %s answers with status %s", self._what, answer.code)
            raise Unavailable(self._what, RETRY_AFTER_SECONDS)
        if not 200 <= answer.code < 300:
            raise Refused(answer.code)
        return answer.body

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            log.warning("the answer of the %s is not the JSON expected", self._what)
            raise Unavailable(self._what, RETRY_AFTER_SECONDS)
        return found
