"""Sends codes by a gateway of the operator's own: one that knows which provider takes messages and mails, and in which words.

POST to its address, JSON {"channel": "sms" | "mail", "target", "code", "minutes"}, `Authorization: Bearer` with the secret. Any answer
of 2xx says that it will be sent.
"""
from __future__ import annotations

import logging
from datetime import timedelta

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from server.domain.errors import Unavailable
from server.domain.mall.verification import Channel

log = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 10
RETRY_AFTER_SECONDS = 30
AT_ONCE = 20
MAX_ANSWER_BYTES = 64 * 1024


class CodeGateway:
    """Implements CodeSender. Neither code nor target reaches the log."""

    is_sandbox = False

    def __init__(self, address: str, secret: str, *, time_limit_seconds: float = TIME_LIMIT_SECONDS):
        self._address = address
        self._secret = secret
        self._time_limit_seconds = time_limit_seconds
        self._http = AsyncHTTPClient(force_instance=True, max_clients=AT_ONCE, max_body_size=MAX_ANSWER_BYTES)

    def close(self) -> None:
        self._http.close()

    async def send(self, channel: Channel, target: str, code: str, life: timedelta) -> None:
        content = {"channel": channel.value, "target": target, "code": code, "minutes": int(life.total_seconds()) // 60}
        try:
            await self._http.fetch(
                self._address,
                method="POST",
                body=msgspec.json.encode(content),
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._secret}"},
                connect_timeout=self._time_limit_seconds,
                request_timeout=self._time_limit_seconds,
                follow_redirects=False,
            )
            return
        except (HTTPClientError, OSError) as error:
            log.warning("the gateway sends no %s code: %s", channel.value, error)
        raise Unavailable("codes", RETRY_AFTER_SECONDS)
