"""Codes of the mini-program, which WeChat draws."""
from __future__ import annotations

import logging
from typing import Any

from server.domain.errors import InvalidInput, TooMany, Unavailable
from server.domain.mall.qr_codes import MiniProgramCode, PageNotPublished
from server.outside.wechat import BUSY, MINUTE_SECONDS, RETRY_AFTER_SECONDS, TOO_FREQUENT, WechatClient
from server.outside.wechat_access import ACCESS_REFUSED, AccessKeeper

log = logging.getLogger(__name__)

NOT_PUBLISHED = 41030
SCENE_REFUSED = 40129
DAY_S_SHARE_SPENT = 45009


class WechatMiniProgramCodes:
    """Implements MiniProgramPainter by getwxacodeunlimit."""

    def __init__(self, wechat: WechatClient, access: AccessKeeper):
        self._wechat = wechat
        self._access = access

    async def draw(self, wanted: MiniProgramCode) -> bytes:
        token = await self._access.get_token()
        answer = await self._ask(wanted, token)
        if isinstance(answer, dict) and answer.get("errcode") in ACCESS_REFUSED:
            answer = await self._ask(wanted, await self._access.replace_token(token))
        if isinstance(answer, bytes):
            return answer
        errcode = answer.get("errcode")
        if errcode == NOT_PUBLISHED:
            raise PageNotPublished()
        if errcode == SCENE_REFUSED:
            raise InvalidInput({"scene": ["wrong_form"]})
        if errcode in (TOO_FREQUENT, DAY_S_SHARE_SPENT):
            raise TooMany(MINUTE_SECONDS)
        if errcode != BUSY:
            log.error("WeChat refuses to draw a mini-program's code with errcode %s", errcode)
        raise Unavailable("wechat", RETRY_AFTER_SECONDS)

    async def _ask(self, wanted: MiniProgramCode, token: str) -> bytes | dict[str, Any]:
        return await self._wechat.ask_picture("/wxa/getwxacodeunlimit", {"access_token": token}, _content(wanted))


def _content(wanted: MiniProgramCode) -> dict[str, Any]:
    """Without what is not told: WeChat refuses empty texts."""
    told: dict[str, Any] = {
        "scene": wanted.scene,
        "width": wanted.width,
        "is_hyaline": wanted.is_transparent,
        "auto_color": wanted.is_colored,
        "page": wanted.page or None,
        "env_version": wanted.version or None,
        "check_path": wanted.is_page_checked,
        "line_color": dict(zip("rgb", wanted.line_color)) if wanted.line_color is not None else None,
    }
    return {name: value for name, value in told.items() if value is not None}
