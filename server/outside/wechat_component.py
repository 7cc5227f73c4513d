"""WeChat's open platform for service providers: signs in users of a mini-program that has entrusted itself to one."""
from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from server.domain.accounts.wechat_login import SealedData, Watermark, WechatProfile, WechatSession
from server.domain.errors import Unavailable
from server.outside.wechat import RETRY_AFTER_SECONDS, WechatClient, read_session
from server.outside.wechat_access import ACCESS_REFUSED, AccessKeeper

log = logging.getLogger(__name__)


class WechatComponent:
    """The provider's own access token, for its keeper. It is given for the ticket that WeChat pushes every ten minutes."""

    def __init__(self, app_id: str, secret: str, wechat: WechatClient, find_ticket: Callable[[], Awaitable[str | None]]):
        self.app_id = app_id
        self._secret = secret
        self._wechat = wechat
        self._find_ticket = find_ticket

    async def fetch_access(self, *, force: bool = False) -> tuple[str, timedelta]:
        """Raises Unavailable, also while no ticket has come."""
        ticket = await self._find_ticket()
        if ticket is None:
            log.warning("WeChat has not pushed a ticket for the service provider yet")
            raise Unavailable("wechat", RETRY_AFTER_SECONDS)
        content = {
            "component_appid": self.app_id,
            "component_appsecret": self._secret,
            "component_verify_ticket": ticket,
        }
        answer = await self._wechat.ask("/cgi-bin/component/api_component_token", {}, content)
        token, seconds = answer.get("component_access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int) or seconds <= 0:
            log.error("WeChat gives the service provider no access token, with errcode %s", answer.get("errcode"))
            raise Unavailable("wechat", RETRY_AFTER_SECONDS)
        return token, timedelta(seconds=seconds)


class ServedMiniProgram:
    """Implements WechatSessions by the service provider's token in place of the app's secret."""

    def __init__(self, app_id: str, component_id: str, wechat: WechatClient, access: AccessKeeper):
        self.app_id = app_id
        self._component_id = component_id
        self._wechat = wechat
        self._access = access

    async def exchange_code(self, code: str) -> WechatSession:
        token = await self._access.get_token()
        answer = await self._ask(code, token)
        if answer.get("errcode") in ACCESS_REFUSED:
            answer = await self._ask(code, await self._access.replace_token(token))
        return read_session(answer)

    async def _ask(self, code: str, token: str) -> dict[str, Any]:
        question = {
            "appid": self.app_id,
            "js_code": code,
            "grant_type": "authorization_code",
            "component_appid": self._component_id,
            "component_access_token": token,
        }
        return await self._wechat.ask("/sns/component/jscode2session", question)

    def open_data(self, sealed: SealedData, session: WechatSession) -> WechatProfile:
        return self._wechat.open_data(sealed, session)

    def open_content(self, sealed: SealedData, session: WechatSession) -> tuple[dict[str, Any], Watermark]:
        return self._wechat.open_content(sealed, session)
