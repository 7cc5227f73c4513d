"""WeChat in apps, QQ and Alipay, asked whom a code or a token stands for."""
from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from server.domain.accounts.names import MAX_NAME_CHARACTERS, one_line
from server.domain.accounts.profiles import told_picture
from server.domain.accounts.wechat_login import Visitor
from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.domain.mall.community.outside_logins import Credential, OutsideRefused
from server.domain.moments import SHANGHAI
from server.outside.asked_json import RETRY_AFTER_SECONDS, AskedServer, text_in
from server.outside.whole_characters import cut_whole

log = logging.getLogger(__name__)

OPEN_ID = re.compile(r"[!-~]{1,128}")
WECHAT_CODE_REFUSED = (40029, 40163, 41008)
QQ_TOKEN_REFUSED = range(100000, 200000)  # of what the client has given
ALIPAY_METHOD = "alipay.system.oauth.token"
ALIPAY_ANSWER = "alipay_system_oauth_token_response"
ALIPAY_REFUSAL = "error_response"
ALIPAY_CODE_REFUSED = ("isv.code-invalid", "isv.code-is-old", "isv.grant-type-invalid", "isv.refreshed-token-invalid")


class WechatInApps:
    """Implements OutsideAccounts by WeChat's open platform. `server` is WeChat's."""

    def __init__(self, app_id: str, secret: str, server: AskedServer):
        self._app_id = app_id
        self._secret = secret
        self._server = server

    async def identify(self, given: Credential) -> Visitor:
        question = {"appid": self._app_id, "secret": self._secret, "code": given.code, "grant_type": "authorization_code"}
        answer = await self._server.ask("/sns/oauth2/access_token", question)
        if answer.get("errcode", 0) in WECHAT_CODE_REFUSED:
            raise OutsideRefused()
        open_id, token = text_in(answer, "openid"), text_in(answer, "access_token")
        if not OPEN_ID.fullmatch(open_id) or not token:
            log.error("WeChat's open platform refuses the exchange of codes with errcode %s", answer.get("errcode"))
            raise Unavailable(self._server.name, RETRY_AFTER_SECONDS)
        told = await _told(self._server, "/sns/userinfo", {"access_token": token, "openid": open_id, "lang": "zh_CN"})
        return _visitor("wechat-app", open_id, text_in(told, "nickname"), text_in(told, "headimgurl"))


class QqAccounts:
    """Implements OutsideAccounts by QQ's: who has a token, and that it was given to our app."""

    def __init__(self, app_id: str, server: AskedServer):
        self._app_id = app_id
        self._server = server

    async def identify(self, given: Credential) -> Visitor:
        if given.app_id not in ("", self._app_id):
            raise OutsideRefused()
        answer = await self._server.ask("/oauth2.0/me", {"access_token": given.code, "fmt": "json"})
        if answer.get("error") in QQ_TOKEN_REFUSED:
            raise OutsideRefused()
        open_id = text_in(answer, "openid")
        # A token that another app was given says as little as one of somebody else.
        if not OPEN_ID.fullmatch(open_id) or (text_in(answer, "client_id"), open_id) != (self._app_id, given.open_id):
            raise OutsideRefused()
        question = {"access_token": given.code, "oauth_consumer_key": self._app_id, "openid": open_id}
        told = await _told(self._server, "/user/get_user_info", question)
        return _visitor("qq", open_id, text_in(told, "nickname"), text_in(told, "figureurl_qq_2") or text_in(told, "figureurl_qq"))


class AlipayAccounts:
    """Implements OutsideAccounts by Alipay's gateway: questions are signed by us, answers by Alipay."""

    def __init__(self, app_id: str, private_key: RSAPrivateKey, public_key: RSAPublicKey, server: AskedServer, clock: Clock):
        self._app_id = app_id
        self._private_key = private_key
        self._public_key = public_key
        self._server = server
        self._clock = clock

    @classmethod
    def of(cls, app_id: str, private_key: str, public_key: str, server: AskedServer, clock: Clock) -> AlipayAccounts:
        """With keys as PEM, or the base64 within it, as Alipay's own pages give them. Raises ValueError for what is none."""
        private, public = _pem(private_key, "PRIVATE KEY"), _pem(public_key, "PUBLIC KEY")
        loaded = load_pem_private_key(private, None), load_pem_public_key(public)
        if not isinstance(loaded[0], RSAPrivateKey) or not isinstance(loaded[1], RSAPublicKey):
            raise ValueError("Alipay's keys are RSA keys")
        return cls(app_id, loaded[0], loaded[1], server, clock)

    async def identify(self, given: Credential) -> Visitor:
        body = await self._server.fetch("/gateway.do", {}, self._signed(given.code))
        answer = self._server.read(body)
        refusal = answer.get(ALIPAY_REFUSAL)
        if isinstance(refusal, dict) and text_in(refusal, "sub_code") in ALIPAY_CODE_REFUSED:
            raise OutsideRefused()
        found = answer.get(ALIPAY_ANSWER)
        if not isinstance(found, dict) or not self._is_signed(body, text_in(answer, "sign")):
            log.error("Alipay refuses the exchange of codes with %s", refusal.get("sub_code") if isinstance(refusal, dict) else None)
            raise Unavailable(self._server.name, RETRY_AFTER_SECONDS)
        open_id = text_in(found, "open_id") or text_in(found, "user_id")
        if not OPEN_ID.fullmatch(open_id):
            raise Unavailable(self._server.name, RETRY_AFTER_SECONDS)
        return _visitor("alipay", open_id, "", "")

    def _signed(self, code: str) -> dict[str, str]:
        now: datetime = self._clock.now()
        form = {
            "app_id": self._app_id,
            "method": ALIPAY_METHOD,
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "grant_type": "authorization_code",
            "code": code,
        }
        text = "&".join(f"{name}={form[name]}" for name in sorted(form))
        return {**form, "sign": base64.b64encode(self._private_key.sign(text.encode(), PKCS1v15(), SHA256())).decode()}

    def _is_signed(self, body: bytes, sign: str) -> bool:
        """Over the answer's own bytes, as they came."""
        content = _object_of(body.decode("utf-8", "replace"), ALIPAY_ANSWER)
        try:
            self._public_key.verify(base64.b64decode(sign, validate=True), content.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


def _object_of(text: str, name: str) -> str:
    """The text of the object under that name; empty if it cannot be found."""
    start = text.find(f'"{name}"')
    start = text.find("{", start + len(name)) if start >= 0 else -1
    if start < 0:
        return ""
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return ""
    return text[start:end]


def _pem(text: str, kind: str) -> bytes:
    text = text.strip()
    return (text if text.startswith("-----") else f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n").encode()


async def _told(server: AskedServer, path: str, question: Mapping[str, str]) -> dict[str, Any]:
    """What somebody tells of themselves. Who cannot be asked for it has no name yet: the code is spent, and they are who they are."""
    try:
        return await server.ask(path, question)
    except Unavailable:
        return {}


def _visitor(kind: str, open_id: str, nickname: str, picture: str) -> Visitor:
    name = one_line(cut_whole(one_line(nickname), MAX_NAME_CHARACTERS))
    return Visitor(identity=f"{kind}:{open_id}", nickname=name, avatar=told_picture(picture))
