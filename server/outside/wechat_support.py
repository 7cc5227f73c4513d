"""Replies of customer service, which WeChat brings to people."""
from __future__ import annotations

import logging
from typing import Any, Mapping

from server.domain.errors import Unavailable
from server.domain.mall.community.support import PictureUnusable, RepliesSpent
from server.outside.wechat import BUSY, RETRY_AFTER_SECONDS, WechatClient
from server.outside.wechat_access import ACCESS_REFUSED, AccessKeeper

log = logging.getLogger(__name__)

SPENT = (45015, 45047)  # the person has been silent for too long, or was sent as many as may be
NO_PICTURE = (40004, 40005, 40006, 40007, 40009, 45001)


class SandboxMessenger:
    """Brings nothing: replies are kept, and read where talks are. Implements Messenger."""

    def __init__(self) -> None:
        log.warning("support sandbox: without WECHAT_APPID replies of customer service reach nobody")

    async def send_text(self, open_id: str, text: str) -> None:
        """Nobody reads it."""

    async def send_picture(self, open_id: str, picture: bytes, media_type: str) -> None:
        """Nobody sees it."""


class WechatMessenger:
    """Implements Messenger by message/custom/send."""

    def __init__(self, wechat: WechatClient, access: AccessKeeper):
        self._wechat = wechat
        self._access = access

    async def send_text(self, open_id: str, text: str) -> None:
        await self._send({"touser": open_id, "msgtype": "text", "text": {"content": text}})

    async def send_picture(self, open_id: str, picture: bytes, media_type: str) -> None:
        name = f"picture.{media_type.rpartition('/')[2]}"

        async def upload(token: str) -> dict[str, Any]:
            question = {"access_token": token, "type": "image"}
            return await self._wechat.upload("/cgi-bin/media/upload", question, name, picture, media_type)

        token = await self._access.get_token()
        answer = await upload(token)
        if answer.get("errcode") in ACCESS_REFUSED:
            answer = await upload(await self._access.replace_token(token))
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            self._refuse(answer)
        await self._send({"touser": open_id, "msgtype": "image", "image": {"media_id": media_id}})

    async def _send(self, message: Mapping[str, Any]) -> None:
        token = await self._access.get_token()
        answer = await self._ask(token, message)
        if answer.get("errcode") in ACCESS_REFUSED:
            answer = await self._ask(await self._access.replace_token(token), message)
        if answer.get("errcode", 0) != 0:
            self._refuse(answer)

    async def _ask(self, token: str, message: Mapping[str, Any]) -> dict[str, Any]:
        return await self._wechat.ask("/cgi-bin/message/custom/send", {"access_token": token}, message)

    @staticmethod
    def _refuse(answer: Mapping[str, Any]) -> None:
        errcode = answer.get("errcode")
        if errcode in SPENT:
            raise RepliesSpent()
        if errcode in NO_PICTURE:
            raise PictureUnusable()
        if errcode != BUSY:
            log.error("WeChat brings no reply, with errcode %s", errcode)
        raise Unavailable("wechat", RETRY_AFTER_SECONDS)
