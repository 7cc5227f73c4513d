"""WeChat's word on a user's telephone number."""
from __future__ import annotations

import logging

import msgspec
from msgspec import Struct

from server.domain.accounts.wechat_login import AT_HOME, CodesTooFrequent, PhoneCodeRefused
from server.domain.errors import Unavailable
from server.outside.wechat import (
    BUSY,
    CODE_INVALID,
    CODE_USED,
    MINUTE_SECONDS,
    RETRY_AFTER_SECONDS,
    TOO_FREQUENT,
    WechatClient,
)
from server.outside.wechat_access import ACCESS_REFUSED, AccessKeeper

log = logging.getLogger(__name__)

NOT_OF_THIS_APP = 40013  # the code is of another mini-program


class PhoneInfo(Struct, rename="camel"):
    pure_phone_number: str = ""
    country_code: str | int = AT_HOME


class PhoneAnswer(Struct):
    errcode: int = 0
    phone_info: PhoneInfo | None = None


class WechatPhones:
    """Implements PhoneCodes."""

    def __init__(self, wechat: WechatClient, access: AccessKeeper):
        self._wechat = wechat
        self._access = access

    async def find_phone(self, code: str) -> str:
        token = await self._access.get_token()
        answer = await self._ask(code, token)
        if answer.errcode in ACCESS_REFUSED:
            answer = await self._ask(code, await self._access.replace_token(token))
        if answer.errcode in (CODE_INVALID, CODE_USED, NOT_OF_THIS_APP):
            raise PhoneCodeRefused()
        if answer.errcode == TOO_FREQUENT:
            raise CodesTooFrequent(MINUTE_SECONDS)
        if answer.errcode or answer.phone_info is None or not answer.phone_info.pure_phone_number:
            if answer.errcode != BUSY:
                log.error("WeChat refuses to tell a telephone number with errcode %s", answer.errcode)
            raise Unavailable("wechat", RETRY_AFTER_SECONDS)
        number, country = answer.phone_info.pure_phone_number, str(answer.phone_info.country_code).lstrip("+")
        return number if country == AT_HOME else f"+{country} {number}"

    async def _ask(self, code: str, token: str) -> PhoneAnswer:
        content = {"code": code}
        answer = await self._wechat.ask("/wxa/business/getuserphonenumber", {"access_token": token}, content)
        try:
            return msgspec.convert(answer, PhoneAnswer)
        except msgspec.ValidationError:
            log.warning("WeChat's answer on a telephone number is not the one expected")
        raise Unavailable("wechat", RETRY_AFTER_SECONDS)
