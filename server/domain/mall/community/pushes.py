"""What WeChat pushes to the shop: messages of people, tickets of a service provider. Genuine by its signature, each kept once."""
from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from server.domain.errors import NotAllowed, Unavailable
from server.domain.mall.community.support import Heard, LineKind

ANSWERED_WITHIN_SECONDS = 4  # WeChat waits for five, and tells the person that nobody is there
MESSAGES = {"text": LineKind.TEXT, "image": LineKind.IMAGE}


class PushRefused(NotAllowed):
    """It is not signed by WeChat, or not sealed for us, or cannot be read."""


class Signature(Struct, frozen=True, kw_only=True):
    """What comes with a push, in its address. `of_message` is there where the message is sealed."""

    timestamp: str
    nonce: str
    plain: str
    of_message: str = ""


class PushSeal(Protocol):
    """Knows WeChat's signature, and opens what it has sealed."""

    def check(self, signature: Signature) -> None:
        """Raises PushRefused."""

    def open(self, signature: Signature, body: bytes) -> Mapping[str, str]:
        """What it says, by name. Raises PushRefused."""


class ClosedSeal:
    """Takes nothing. Implements PushSeal."""

    def check(self, signature: Signature) -> None:
        raise PushRefused()

    def open(self, signature: Signature, body: bytes) -> Mapping[str, str]:
        raise PushRefused()


class Hearing(Protocol):
    """Takes what people say."""

    async def hear(self, heard: Heard) -> bool:
        """Whether it is new."""


class Tickets(Protocol):
    """Keeps what a service provider is given."""

    async def keep_ticket(self, component_id: str, ticket: str) -> None: ...


class PushService:
    """Takes pushes. What is neither a message nor a ticket is taken, and nothing comes of it."""

    def __init__(self, seal: PushSeal, hearing: Hearing, tickets: Tickets, component_id: str | None):
        self._seal = seal
        self._hearing = hearing
        self._tickets = tickets
        self._component_id = component_id

    def check(self, signature: Signature) -> None:
        """Whether WeChat asks if we are there. Raises PushRefused."""
        self._seal.check(signature)

    async def take(self, signature: Signature, body: bytes) -> None:
        """Raises PushRefused, Contended and Unavailable: then WeChat pushes it again."""
        said = self._seal.open(signature, body)
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
                await self._take(said)
        except TimeoutError:
            raise Unavailable("database") from None

    async def _take(self, said: Mapping[str, str]) -> None:
        if said.get("InfoType") == "component_verify_ticket":
            if said.get("AppId") == self._component_id and said.get("ComponentVerifyTicket"):
                await self._tickets.keep_ticket(said["AppId"], said["ComponentVerifyTicket"])
        elif (heard := heard_in(said)) is not None:
            await self._hearing.hear(heard)


def heard_in(said: Mapping[str, str]) -> Heard | None:
    """What a message says; None for what is none."""
    kind, open_id = MESSAGES.get(said.get("MsgType", "")), said.get("FromUserName", "")
    if kind is None or not open_id:
        return None
    # WeChat numbers messages; what is without a number is told by who sent it when.
    key = said.get("MsgId") or f"{open_id}:{said.get('CreateTime', '')}"
    return Heard(key=f"wechat:{key}", open_id=open_id, kind=kind, text=said.get("Content", ""), picture=said.get("PicUrl", ""))


def same(told: str, known: str) -> bool:
    """In the same time, wherever they differ."""
    return hmac.compare_digest(told.encode("utf-8", "replace"), known.encode())
