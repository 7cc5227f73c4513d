"""A stand-in for WeChat's server as the accounts of a mall see it: tickets of the JS-SDK, and messages by templates."""
from __future__ import annotations

import json
import secrets
from typing import Any

from tornado.web import Application

from tests.outside.wechat import StandInHandler, WechatStandIn, _error

TEMPLATE = "tpl-known"


class MessagingStandIn(WechatStandIn):
    """Knows one template; who has allowed no message gets none."""

    def __init__(self, app_id: str, secret: str):
        super().__init__(app_id, secret)
        self.tickets: list[str] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []  # path and content
        self.refusing: set[str] = set()  # openids

    def _application(self) -> Application:
        known = super()._application()
        about = {"wechat": self}
        known.add_handlers(
            r".*", [(r"/cgi-bin/ticket/getticket", GetTicket, about), (r"/cgi-bin/message/(subscribe|template)/send", Send, about)]
        )
        return known

    async def answer_ticket(self, token: str) -> tuple[int, str]:
        return await self._answer_in_this_weather(lambda: self._give_ticket(token))

    async def answer_message(self, kind: str, token: str, content: dict[str, Any]) -> tuple[int, str]:
        return await self._answer_in_this_weather(lambda: self._take(kind, token, content))

    def _give_ticket(self, token: str) -> dict[str, object]:
        if not self.access_given or token != self.access_given[-1]:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        self.tickets.append(f"ticket-{secrets.token_hex(16)}")
        return {"errcode": 0, "errmsg": "ok", "ticket": self.tickets[-1], "expires_in": 7200}

    def _take(self, kind: str, token: str, content: dict[str, Any]) -> dict[str, object]:
        if not self.access_given or token != self.access_given[-1]:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        if content["template_id"] != TEMPLATE:
            return _error(40037, "invalid template_id")
        if content["touser"] in self.refusing:
            return _error(43101, "user refuse to accept the msg")
        self.sent.append((kind, content))
        return {"errcode": 0, "errmsg": "ok"}


class GetTicket(StandInHandler):
    """A ticket of the JS-SDK."""

    wechat: MessagingStandIn

    async def get(self) -> None:
        status, body = await self.wechat.answer_ticket(self.get_query_argument("access_token", ""))
        self.set_status(status)
        self.write(body)


class Send(StandInHandler):
    """A message."""

    wechat: MessagingStandIn

    async def post(self, kind: str) -> None:
        status, body = await self.wechat.answer_message(kind, self.get_query_argument("access_token", ""), json.loads(self.request.body))
        self.set_status(status)
        self.write(body)
