"""The ticket of WeChat's JS-SDK, kept for all processes as its access token is."""
from __future__ import annotations

import logging
from datetime import timedelta

from server.domain.accounts.wechat_access import WechatAccessStore
from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.outside.wechat import BUSY, RETRY_AFTER_SECONDS
from server.outside.wechat_access import SharedAccess
from server.outside.wechat_calls import WechatCalls

log = logging.getLogger(__name__)


class TicketSource:
    """Implements AccessSource: what it gives is a ticket, kept under a name of its own."""

    def __init__(self, calls: WechatCalls):
        self._calls = calls
        self.app_id = f"{calls.app_id}:jsapi"

    async def fetch_access(self, *, force: bool = False) -> tuple[str, timedelta]:
        answer = await self._calls.ask("/cgi-bin/ticket/getticket", question={"type": "jsapi"})
        ticket, lifetime = answer.get("ticket"), answer.get("expires_in")
        if answer.get("errcode") or not isinstance(ticket, str) or not ticket or not isinstance(lifetime, int) or lifetime <= 0:
            if answer.get("errcode") != BUSY:
                log.error("WeChat gives no ticket, with errcode %s", answer.get("errcode"))
            raise Unavailable("wechat", RETRY_AFTER_SECONDS)
        return ticket, timedelta(seconds=lifetime)


class WechatJsTickets:
    """Implements JsTickets."""

    def __init__(self, calls: WechatCalls, store: WechatAccessStore, clock: Clock):
        self.app_id = calls.app_id
        self._kept = SharedAccess(TicketSource(calls), store, clock)

    async def get_ticket(self) -> str:
        return await self._kept.get_token()
