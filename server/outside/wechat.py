"""WeChat's server: exchanges the mini-program's code for a session, opens what it sealed, gives access tokens."""
from __future__ import annotations

import base64
import json
import logging
import re
import secrets
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from msgspec import Struct
from tornado.httpclient import AsyncHTTPClient, HTTPError
from tornado.iostream import UnsatisfiableReadError

from server.domain.accounts.names import MAX_NAME_CHARACTERS, one_line
from server.domain.accounts.wechat_login import (
    BLOCK_BYTES,
    CodeRefused,
    CodesTooFrequent,
    DataNotReadable,
    RiskyUser,
    SealedData,
    Watermark,
    WechatProfile,
    WechatSession,
)
from server.domain.errors import Unavailable
from server.outside.whole_characters import cut_whole

log = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 5.0  # from the call to the whole answer, connecting included
RETRY_AFTER_SECONDS = 5
EXCHANGES_AT_ONCE = 100
MAX_ANSWER_BYTES = 64 * 1024
MAX_DRAWN_BYTES = 4 * 1024 * 1024  # of a picture that WeChat draws

# WeChat's error codes of jscode2session
BUSY = -1
CODE_INVALID, CODE_USED = 40029, 40163
TOO_FREQUENT = 45011  # 100 a minute for one user
BLOCKED = 40226
MINUTE_SECONDS = 60
OPEN_ID = re.compile(r"[!-~]{1,128}")
LAST_SECOND = 253_402_300_799  # of the year 9999


class NotReached(Unavailable):
    """Nothing was asked: there was no connection to ask on."""


class Answer(Struct):
    """WeChat answers every question with status 200; `errcode` tells whether it is one."""

    errcode: int = 0
    openid: str | None = None
    session_key: str | None = None
    access_token: str | None = None
    expires_in: int = 0


class WechatClient:
    """Implements WechatSessions. Neither the app's secret nor a session's key reaches the log."""

    def __init__(self, app_id: str, secret: str, api_base: str, *, time_limit_seconds: float = TIME_LIMIT_SECONDS):
        self.app_id = app_id
        self._secret = secret
        self._base = api_base
        self._time_limit_seconds = time_limit_seconds
        self._http = AsyncHTTPClient(force_instance=True, max_clients=EXCHANGES_AT_ONCE, max_body_size=MAX_ANSWER_BYTES)
        self._drawn = AsyncHTTPClient(force_instance=True, max_clients=EXCHANGES_AT_ONCE, max_body_size=MAX_DRAWN_BYTES)

    def close(self) -> None:
        self._http.close()
        self._drawn.close()

    async def exchange_code(self, code: str) -> WechatSession:
        question = {"appid": self.app_id, "secret": self._secret, "js_code": code, "grant_type": "authorization_code"}
        return read_session(await self.ask("/sns/jscode2session", question))

    async def fetch_access(self, *, force: bool = False) -> tuple[str, timedelta]:
        """An access token and how long it lives; the one of before, while that is good, unless forced. Raises Unavailable."""
        content = {"grant_type": "client_credential", "appid": self.app_id, "secret": self._secret, "force_refresh": force}
        answer = _answer(await self.ask("/cgi-bin/stable_token", {}, content))
        if answer.errcode or not answer.access_token or answer.expires_in <= 0:
            if answer.errcode != BUSY:
                log.error("WeChat gives no access token, with errcode %s", answer.errcode)
            raise Unavailable("wechat", RETRY_AFTER_SECONDS)
        return answer.access_token, timedelta(seconds=answer.expires_in)

    async def ask(self, path: str, question: Mapping[str, str], content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object that WeChat answers. Raises Unavailable whatever else comes, or nothing within the time limit; NotReached where
        nothing was asked.
        """
        return self._read(await self._fetch(self._http, path, question, content))

    async def upload(self, path: str, question: Mapping[str, str], name: str, content: bytes, media_type: str) -> dict[str, Any]:
        """As `ask`, with a file."""
        boundary = f"----{secrets.token_hex(16)}"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="{name}"\r\nContent-Type: {media_type}\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        return self._read(await self._send(self._http, path, question, body, f"multipart/form-data; boundary={boundary}"))

    async def ask_picture(self, path: str, question: Mapping[str, str], content: Mapping[str, Any]) -> bytes | dict[str, Any]:
        """The picture, or the JSON object that WeChat answers in its place. Raises Unavailable as `ask`."""
        found = await self._fetch(self._drawn, path, question, content)
        return self._read(found) if found.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else found

    async def _fetch(
        self, http: AsyncHTTPClient, path: str, question: Mapping[str, str], content: Mapping[str, Any] | None
    ) -> bytes:
        # As people read it: WeChat shows them what is written in a reply by its numbers.
        body = None if content is None else json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        return await self._send(http, path, question, body, "application/json")

    async def _send(
        self, http: AsyncHTTPClient, path: str, question: Mapping[str, str], body: bytes | None, content_type: str
    ) -> bytes:
        try:
            response = await http.fetch(
                f"{self._base}{path}?{urlencode(question)}",
                method="GET" if body is None else "POST",
                body=body,
                headers=None if body is None else {"Content-Type": content_type},
                connect_timeout=self._time_limit_seconds,
                request_timeout=self._time_limit_seconds,
                follow_redirects=False,
                decompress_response=False,  # so that an answer is not larger than it looks
            )
            return response.body
        except (ConnectionRefusedError, socket.gaierror) as error:
            log.warning("WeChat cannot be reached: %s", error)
            raise NotReached("wechat", RETRY_AFTER_SECONDS) from None
        # The headers are longer than a client reads, for tornado, if a read is unsatisfiable.
        except (HTTPError, OSError, UnsatisfiableReadError) as error:
            log.warning("WeChat does not answer: %s", error)
        # Outside of the except: the cause carries the URL with the secret.
        raise Unavailable("wechat", RETRY_AFTER_SECONDS)

    @staticmethod
    def _read(body: bytes) -> dict[str, Any]:
        try:
            return _read_json(body)
        except (ValueError, RecursionError):
            log.warning("WeChat's answer is not the JSON expected")
        # Outside of the except: the cause carries the answer with the key.
        raise Unavailable("wechat", RETRY_AFTER_SECONDS)

    def open_data(self, sealed: SealedData, session: WechatSession) -> WechatProfile:
        info, watermark = self.open_content(sealed, session)
        return WechatProfile(
            open_id=None if info.get("openId") is None else _text(info["openId"]),
            nickname=one_line(cut_whole(one_line(_text(info.get("nickName"))), MAX_NAME_CHARACTERS)),
            avatar=_text(info.get("avatarUrl")),
            app_id=watermark.app_id,
            sealed_at=watermark.sealed_at,
        )

    def open_content(self, sealed: SealedData, session: WechatSession) -> tuple[dict[str, Any], Watermark]:
        decryptor = Cipher(AES(session.key), CBC(sealed.iv)).decryptor()
        unpadder = PKCS7(BLOCK_BYTES * 8).unpadder()
        try:
            padded = decryptor.update(sealed.content) + decryptor.finalize()
            info = _read_json(unpadder.update(padded) + unpadder.finalize())
        except (ValueError, RecursionError):  # a wrong padding is a ValueError too
            # Nobody is told which of them: that would help to guess the content.
            raise DataNotReadable() from None
        watermark = info.get("watermark")
        if not isinstance(watermark, dict):
            watermark = {}
        return info, Watermark(_text(watermark.get("appid")), _moment(watermark.get("timestamp")))


def read_session(found: dict[str, Any]) -> WechatSession:
    """What a code was exchanged for. Raises CodeRefused, CodesTooFrequent, RiskyUser and Unavailable."""
    answer = _answer(found)
    if answer.errcode:
        _refuse(answer.errcode)
    open_id = answer.openid or ""
    try:
        key = base64.b64decode(answer.session_key or "", validate=True)
    except ValueError:
        key = b""
    if not OPEN_ID.fullmatch(open_id) or len(key) != BLOCK_BYTES:
        log.error("WeChat gave a session without openid or with a key of the wrong length")
        raise Unavailable("wechat", RETRY_AFTER_SECONDS)
    return WechatSession(open_id, key)


def _read_json(content: bytes) -> dict[str, Any]:
    """An object as WeChat sends it: after a byte order mark or without, and with what cutting has left of a character in its texts.

    Raises ValueError or RecursionError.
    """
    found = json.loads(content.decode("utf-8-sig", "ignore"))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _answer(found: dict[str, Any]) -> Answer:
    try:
        return msgspec.convert(found, Answer)
    except msgspec.ValidationError:
        log.warning("WeChat's answer is not the one expected")
    raise Unavailable("wechat", RETRY_AFTER_SECONDS)


def _text(found: object) -> str:
    """A text without halves of surrogate pairs; empty if it is none."""
    return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore") if isinstance(found, str) else ""


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or not 0 <= seconds <= LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc)


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
