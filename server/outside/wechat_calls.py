"""Calls of WeChat under an access token; one that is refused before its time is replaced, once."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.outside.wechat import WechatClient
from server.outside.wechat_access import ACCESS_REFUSED, AccessKeeper


class WechatCalls:
    """Of one account."""

    def __init__(self, wechat: WechatClient, access: AccessKeeper):
        self._wechat = wechat
        self._access = access

    @property
    def app_id(self) -> str:
        return self._wechat.app_id

    async def ask(
        self, path: str, content: Mapping[str, Any] | None = None, question: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What WeChat answers. Raises Unavailable."""
        token = await self.get_token()
        answer = await self._wechat.ask(path, {**(question or {}), "access_token": token}, content)
        if answer.get("errcode") not in ACCESS_REFUSED:
            return answer
        fresh = await self._access.replace_token(token)
        return await self._wechat.ask(path, {**(question or {}), "access_token": fresh}, content)

    async def get_token(self) -> str:
        """Raises Unavailable."""
        return await self._access.get_token()
