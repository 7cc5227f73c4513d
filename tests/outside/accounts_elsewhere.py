"""A stand-in for those who are asked about accounts elsewhere: WeChat's open platform (apps and service providers), QQ and Alipay."""
from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from enum import Enum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tornado.web import Application, RequestHandler

from tests.outside.stand_in import StandIn

WECHAT_APP, QQ_APP, ALIPAY_APP, COMPONENT = "wxapp00000000000", "101000001", "2021000000000001", "wxcomponent00000"
SECRET = "0123456789abcdef0123456789abcdef"


class Weather(str, Enum):
    """How they are today."""

    FAIR = "fair"
    BROKEN = "broken"  # status 502, a page of HTML
    FORGED = "forged"  # Alipay's answers are signed by somebody else


def new_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class AccountsElsewhere(StandIn[Weather]):
    """All of them on one port. A code is good once, for who it was given to; a token of QQ's as long as the test likes."""

    def __init__(self, ours: RSAPrivateKey, alipays: RSAPrivateKey):
        super().__init__(Weather.FAIR)
        self.ticket = "ticket@@@first"
        self.component_tokens: list[str] = []
        self._ours = ours.public_key()
        self._alipays = alipays
        self._codes: dict[str, str] = {}
        self._tokens: dict[str, tuple[str, str]] = {}

    def new_code(self, open_id: str) -> str:
        code = secrets.token_hex(16)
        self._codes[code] = open_id
        return code

    def new_token(self, open_id: str, app_id: str = QQ_APP) -> str:
        """Of QQ's, as a client is given it for that app."""
        token = secrets.token_hex(16)
        self._tokens[token] = (app_id, open_id)
        return token

    # ---- what they answer

    def exchange(self, asked: dict[str, str]) -> dict[str, Any]:
        open_id = self._codes.pop(asked["code"], None)
        if (asked["appid"], asked["secret"]) != (WECHAT_APP, SECRET):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        if open_id is None:
            return {"errcode": 40029, "errmsg": "invalid code"}
        return {"access_token": f"access-{open_id}", "expires_in": 7200, "openid": open_id, "scope": "snsapi_userinfo"}

    def tell_wechat(self, asked: dict[str, str]) -> dict[str, Any]:
        return {"openid": asked["openid"], "nickname": f"微{asked['openid']}", "headimgurl": "https://thirdwx.qlogo.cn/1/132"}

    def tell_token(self, asked: dict[str, str]) -> dict[str, Any]:
        app_id, open_id = self._tokens.get(asked["access_token"], ("", ""))
        if not open_id:
            return {"error": 100016, "error_description": "access token check failed"}
        return {"client_id": app_id, "openid": open_id}

    def tell_qq(self, asked: dict[str, str]) -> dict[str, Any]:
        return {"ret": 0, "nickname": f"Q{asked['openid']}", "figureurl_qq_2": "https://q.qlogo.cn/1/100"}

    def exchange_signed(self, form: dict[str, str]) -> str:
        """As Alipay's gateway: both sides sign."""
        sign = base64.b64decode(form.pop("sign"))
        text = "&".join(f"{name}={form[name]}" for name in sorted(form))
        try:
            self._ours.verify(sign, text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return '{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"}}'
        open_id = self._codes.pop(form["code"], None)
        if open_id is None:
            return '{"error_response":{"code":"40002","sub_code":"isv.code-invalid"},"sign":"x"}'
        content = json.dumps({"open_id": open_id, "access_token": "t", "expires_in": 1})
        signer = new_key() if self._weather is Weather.FORGED else self._alipays
        signed = base64.b64encode(signer.sign(content.encode(), PKCS1v15(), SHA256())).decode()
        return f'{{"alipay_system_oauth_token_response":{content},"sign":"{signed}"}}'

    def give_component_token(self, content: dict[str, str]) -> dict[str, Any]:
        if content != {"component_appid": COMPONENT, "component_appsecret": SECRET, "component_verify_ticket": self.ticket}:
            return {"errcode": 61004, "errmsg": "access clientip is not registered"}
        self.component_tokens.append(secrets.token_hex(8))
        return {"component_access_token": self.component_tokens[-1], "expires_in": 7200}

    def exchange_served(self, asked: dict[str, str]) -> dict[str, Any]:
        if asked["component_access_token"] != self.component_tokens[-1] or asked["component_appid"] != COMPONENT:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        open_id = self._codes.pop(asked["js_code"], None)
        if open_id is None:
            return {"errcode": 40029, "errmsg": "invalid code"}
        return {"openid": open_id, "session_key": base64.b64encode(b"k" * 16).decode()}

    @property
    def is_broken(self) -> bool:
        return self._weather is Weather.BROKEN

    def _application(self) -> Application:
        asked: dict[str, Callable[[Any], Any]] = {
            r"/sns/oauth2/access_token": self.exchange,
            r"/sns/userinfo": self.tell_wechat,
            r"/oauth2.0/me": self.tell_token,
            r"/user/get_user_info": self.tell_qq,
            r"/gateway.do": self.exchange_signed,
            r"/cgi-bin/component/api_component_token": self.give_component_token,
            r"/sns/component/jscode2session": self.exchange_served,
        }
        handlers = [(path, Asked, {"place": self, "answer": answer}) for path, answer in asked.items()]
        return Application(handlers, log_function=lambda handler: None)


class Asked(RequestHandler):
    """One question."""

    def initialize(self, place: AccountsElsewhere, answer: Callable[[Any], Any]) -> None:
        self._place = place
        self._answer = answer

    def get(self) -> None:
        self._say({name: self.get_query_argument(name) for name in self.request.query_arguments})

    def post(self) -> None:
        is_json = self.request.headers.get("Content-Type") == "application/json"
        form = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        self._say(json.loads(self.request.body) if is_json else form)

    def _say(self, asked: Any) -> None:
        if self._place.is_broken:
            self.set_status(502)
            self.write("<html><body>Bad Gateway</body></html>")
        else:
            self.write(self._answer(asked))
