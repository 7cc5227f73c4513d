"""Signatures with which a web page inside WeChat may call its JS-SDK."""
from __future__ import annotations

import hashlib
import logging
import secrets
from typing import Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import DomainError

log = logging.getLogger(__name__)

NONCE_BYTES = 8


class JsSdkOff(DomainError):
    """The mall has no service account whose pages could call WeChat."""


class JsTickets(Protocol):
    """Gives the ticket that pages' signatures are made with, the same to all processes."""

    app_id: str

    async def get_ticket(self) -> str:
        """Raises JsSdkOff and Unavailable."""


class SandboxTickets:
    """Implements JsTickets where there is no service account: in development signatures have their form, and open nothing."""

    app_id = "wx0000000000000000"

    def __init__(self, *, is_production: bool):
        self._is_production = is_production
        log.warning("without WECHAT_SERVICE_APPID no page inside WeChat may call its JS-SDK")

    async def get_ticket(self) -> str:
        if self._is_production:
            raise JsSdkOff()
        return "sandbox"


class Signature(Struct, frozen=True):
    """What a page hands to wx.config."""

    app_id: str
    timestamp: int
    nonce: str
    sign: str


class JsSdkService:
    """Signs pages."""

    def __init__(self, tickets: JsTickets, clock: Clock):
        self._tickets = tickets
        self._clock = clock

    async def sign(self, url: str) -> Signature:
        """Of a page's address, as far as WeChat looks at it. Raises JsSdkOff and Unavailable."""
        ticket, timestamp, nonce = await self._tickets.get_ticket(), int(self._clock.now().timestamp()), secrets.token_hex(NONCE_BYTES)
        return Signature(self._tickets.app_id, timestamp, nonce, sign(ticket, nonce, timestamp, url))


def sign(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """By WeChat's rule: without what follows `#`."""
    page = url.partition("#")[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
