"""Sends text messages by a gateway of the operator's own: one that knows which provider takes them.

POST to its address, JSON {"template", "target", "values"}, `Authorization: Bearer` with the secret. 2xx says that it will be sent, 404 that
there is no such template, any other 4xx that the message is not taken.
"""
from __future__ import annotations

import logging

from msgspec import to_builtins

from server.domain.errors import Unavailable
from server.domain.mall.gate.messages import MessageRefused, MessageUnsupported, TextMessage
from server.outside.questions import RETRY_AFTER_SECONDS, Questions, Refused

log = logging.getLogger(__name__)

WHAT = "text messages"
NO_TEMPLATE = 404
NOT_LET_IN = (401, 403)


class TextGateway:
    """Implements TextSender."""

    def __init__(self, address: str, secret: str, *, time_limit_seconds: float = 10.0):
        self._address = address
        self._secret = secret
        self._questions = Questions(WHAT, time_limit_seconds=time_limit_seconds)

    def close(self) -> None:
        self._questions.close()

    async def send(self, message: TextMessage) -> None:
        try:
            await self._questions.post_json(self._address, to_builtins(message), self._secret)
        except Refused as refused:
            if refused.status == NO_TEMPLATE:
                raise MessageUnsupported() from None
            if refused.status in NOT_LET_IN:
                log.error("the gateway of text messages does not let us in: status %s", refused.status)
                raise Unavailable(WHAT, RETRY_AFTER_SECONDS) from None
            raise MessageRefused() from None
