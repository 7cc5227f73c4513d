"""A stand-in for Alipay's open platform: a real HTTP server that signs and checks as the real one does."""
from __future__ import annotations

import base64
import json
import secrets
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from tornado.web import Application, RequestHandler

from tests.outside.stand_in import StandIn
from tests.outside.wechat_pay import make_key

APP = "2021000000000001"
OURS, ALIPAYS, STRANGERS = make_key(), make_key(), make_key()


class Weather(Enum):
    """How it is at Alipay's today."""

    FAIR = "fair"
    BROKEN = "broken"
    FORGED = "forged"  # somebody else signs its answers


class AlipayStandIn(StandIn[Weather]):
    """Alipay on a port of its own, with the trades that it knows."""

    def __init__(self) -> None:
        super().__init__(Weather.FAIR)
        self.trades: dict[str, dict[str, Any]] = {}

    @property
    def gateway(self) -> str:
        return f"{self.url}/gateway.do"

    def pay(self, number: str) -> None:
        """Somebody reads the code and pays."""
        self.trades[number] |= {"trade_status": "TRADE_SUCCESS", "trade_no": f"2036{secrets.randbelow(10**24):024}"}

    def notice(self, number: str, *, key: Any = ALIPAYS, **changes: str) -> bytes:
        """The body of a notice of it; `changes` are what is told otherwise than it is, before it is signed."""
        told = {"app_id": APP, "notify_id": secrets.token_hex(16), "gmt_payment": "2036-06-01 12:00:00", "charset": "utf-8"}
        told |= {name: str(value) for name, value in self.trades[number].items()} | changes
        return urlencode({**told, "sign_type": "RSA2", "sign": sign(key, told)}).encode()

    def answer(self, method: str, content: dict[str, Any]) -> dict[str, Any]:
        number = content["out_trade_no"]
        if method == "alipay.trade.precreate":
            self.trades.setdefault(number, {**content, "trade_status": "WAIT_BUYER_PAY"})
            return {"code": "10000", "msg": "Success", "out_trade_no": number, "qr_code": f"https://qr.alipay.com/{number}"}
        if number not in self.trades:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"}
        return {"code": "10000", "msg": "Success", "send_pay_date": "2036-06-01 12:00:00", **self.trades[number]}

    def weather_is(self, weather: Weather) -> bool:
        return self._weather is weather

    def _application(self) -> Application:
        return Application([(r"/gateway\.do", Gateway, {"alipay": self})], log_function=lambda handler: None)


def sign(key: Any, parameters: dict[str, str]) -> str:
    text = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if parameters[name])
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), hashes.SHA256())).decode()


class Gateway(RequestHandler):
    """Answers what is signed by us."""

    def initialize(self, alipay: AlipayStandIn) -> None:
        self.alipay = alipay

    def post(self) -> None:
        if self.alipay.weather_is(Weather.BROKEN):
            self.set_status(502)
            self.write("<html>502 Bad Gateway</html>")
            return
        asked = {name: self.get_body_argument(name, strip=False) for name in self.request.body_arguments}
        given = asked.pop("sign", "")
        text = "&".join(f"{name}={asked[name]}" for name in sorted(asked) if asked[name])
        try:
            OURS.public_key().verify(base64.b64decode(given), text.encode(), PKCS1v15(), hashes.SHA256())
            answer = self.alipay.answer(asked["method"], json.loads(asked["biz_content"]))
        except InvalidSignature:
            answer = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature"}
        told = json.dumps(answer, ensure_ascii=False)
        key = STRANGERS if self.alipay.weather_is(Weather.FORGED) else ALIPAYS
        signature = base64.b64encode(key.sign(told.encode(), PKCS1v15(), hashes.SHA256())).decode()
        name = asked["method"].replace(".", "_")
        self.set_header("Content-Type", "application/json")
        self.write(f'{{"{name}_response":{told},"sign":"{signature}"}}')
