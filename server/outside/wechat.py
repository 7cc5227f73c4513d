"""WeChat's server: exchanges the mini-program's code for a session, and opens what it sealed."""
from __future__ import annotations

import base64
import logging
from datetime import datetime, timezone
from typing import Annotated, NoReturn
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from msgspec import Meta, Struct
from tornado.httpclient import AsyncHTTPClient, HTTPError

from server.domain.accounts.wechat_login import (
    BLOCK_BYTES,
    CodeRefused,
    CodesTooFrequent,
    DataNotReadable,
    RiskyUser,
    SealedData,
    WechatProfile,
    WechatSession,
)
from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 5.0  # from the call to the whole answer, connecting included
RETRY_AFTER_SECONDS = 5
EXCHANGES_AT_ONCE = 100
MAX_ANSWER_BYTES = 64 * 1024

# WeChat's error codes of jscode2session
BUSY = -1
CODE_INVALID, CODE_USED = 40029, 40163
TOO_FREQUENT = 45011  # 100 a minute for one user
BLOCKED = 40226
MINUTE_SECONDS = 60


class Answer(Struct):
    """WeChat answers every question with status 200; `errcode` tells whether it is one."""

    errcode: int = 0
    openid: str = ""
    session_key: str = ""


class Watermark(Struct):
    appid: str
    timestamp: Annotated[int, Meta(ge=0, le=253_402_300_799)]


class UserInfo(Struct, rename="camel"):
    open_id: str
    watermark: Watermark
    nick_name: str = ""
    avatar_url: str = ""


_decode_answer = msgspec.json.Decoder(Answer).decode
_decode_user_info = msgspec.json.Decoder(UserInfo).decode


class WechatClient:
    """Implements WechatSessions. Neither the app's secret nor a session's key reaches the log."""

    def __init__(self, app_id: str, secret: str, api_base: str, *, time_limit_seconds: float = TIME_LIMIT_SECONDS):
        self.app_id = app_id
        self._secret = secret
        self._url = f"{api_base}/sns/jscode2session"
        self._time_limit_seconds = time_limit_seconds
        self._http = AsyncHTTPClient(force_instance=True, max_clients=EXCHANGES_AT_ONCE, max_body_size=MAX_ANSWER_BYTES)

    def close(self) -> None:
        self._http.close()

    async def exchange_code(self, code: str) -> WechatSession:
        answer = await self._ask(code)
        if answer.errcode:
            _refuse(answer.errcode)
        try:
            key = base64.b64decode(answer.session_key, validate=True)
        except ValueError:
            key = b""
        if not answer.openid or len(key) != BLOCK_BYTES:
            log.error("WeChat gave a session without openid or with a key of the wrong length")
            raise Unavailable("wechat", RETRY_AFTER_SECONDS)
        return WechatSession(answer.openid, key)

    def open_data(self, sealed: SealedData, session: WechatSession) -> WechatProfile:
        decryptor = Cipher(AES(session.key), CBC(sealed.iv)).decryptor()
        unpadder = PKCS7(BLOCK_BYTES * 8).unpadder()
        try:
            padded = decryptor.update(sealed.content) + decryptor.finalize()
            info = _decode_user_info(unpadder.update(padded) + unpadder.finalize())
        except (ValueError, RecursionError):  # msgspec's errors and a wrong padding are ValueErrors
            # Nobody is told which of them: that would help to guess the content.
            raise DataNotReadable() from None
        return WechatProfile(
            open_id=info.open_id,
            nickname=info.nick_name,
            avatar=info.avatar_url,
            app_id=info.watermark.appid,
            sealed_at=datetime.fromtimestamp(info.watermark.timestamp, timezone.utc),
        )

    async def _ask(self, code: str) -> Answer:
        question = {"appid": self.app_id, "secret": self._secret, "js_code": code, "grant_type": "authorization_code"}
        try:
            response = await self._http.fetch(
                f"{self._url}?{urlencode(question)}",
                connect_timeout=self._time_limit_seconds,
                request_timeout=self._time_limit_seconds,
                follow_redirects=False,
            )
            return _decode_answer(response.body)
        except (HTTPError, OSError) as error:
            log.warning("WeChat does not answer: %s", error)
        except ValueError:
            log.warning("WeChat's answer is not the JSON expected")
        # Outside of the except: the causes carry the URL with the secret, or the answer with the key.
        raise Unavailable("wechat", RETRY_AFTER_SECONDS)


def _refuse(errcode: int) -> NoReturn:
    if errcode in (CODE_INVALID, CODE_USED):
        raise CodeRefused()
    if errcode == TOO_FREQUENT:
        raise CodesTooFrequent(MINUTE_SECONDS)
    if errcode == BLOCKED:
        raise RiskyUser()
    if errcode != BUSY:
        # A wrong appid or secret, or an error not in the document: for the operator to mend.
        log.error("WeChat refuses the exchange of codes with errcode %s", errcode)
    raise Unavailable("wechat", RETRY_AFTER_SECONDS)
