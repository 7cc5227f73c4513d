"""Alipay's open platform: payments by a QR code, notices of them, and what became of one. Everything is signed by RSA2, both ways."""
from __future__ import annotations

import base64
import binascii
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from server.domain.clock import Clock
from server.domain.errors import InvalidInput, Unavailable
from server.domain.mall.payments.payment import (
    Channel,
    NoPayments,
    Notice,
    NoticeRefused,
    Paid,
    Payer,
    Payment,
    PaymentStatus,
    Prepared,
)
from server.domain.mall.wallet.owned import fen_in
from server.domain.moments import SHANGHAI

log = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 5
ASKED_AT_ONCE = 20
MAX_ANSWER_BYTES = 256 * 1024
LIFE = "2h"  # as PaymentService gives a payment
USUAL_SUBJECT = "订单支付"
MOST_SUBJECT_CHARACTERS = 128
GOOD, REFUSED, NOT_THERE = "10000", "40004", "ACQ.TRADE_NOT_EXIST"
PAID, OVER = ("TRADE_SUCCESS", "TRADE_FINISHED"), "TRADE_CLOSED"


@dataclass(frozen=True)
class AlipayApp:
    """Who takes the money. Keys are PEM texts: our private one, and Alipay's public one."""

    app_id: str
    private_key: str = field(repr=False)
    public_key: str = field(repr=False)
    notify_url: str
    gateway: str = "https://openapi.alipay.com/gateway.do"


class Alipay:
    """Implements Provider for QR codes."""

    def __init__(self, app: AlipayApp, clock: Clock, *, time_limit_seconds: float = TIME_LIMIT_SECONDS):
        self._app = app
        self._clock = clock
        self._time_limit_seconds = time_limit_seconds
        ours, theirs = load_pem_private_key(app.private_key.encode(), None), load_pem_public_key(app.public_key.encode())
        assert isinstance(ours, RSAPrivateKey) and isinstance(theirs, RSAPublicKey)
        self._ours, self._theirs = ours, theirs
        self._http = AsyncHTTPClient(force_instance=True, max_clients=ASKED_AT_ONCE, max_body_size=MAX_ANSWER_BYTES)

    def close(self) -> None:
        self._http.close()

    async def prepare(self, payment: Payment, payer: Payer) -> Prepared:
        if payment.channel is not Channel.ALIPAY_CODE:
            raise NoPayments()
        subject = (payment.name or USUAL_SUBJECT)[:MOST_SUBJECT_CHARACTERS]
        amount = f"{payment.amount / 100:.2f}"
        wanted = {"out_trade_no": payment.number, "total_amount": amount, "subject": subject, "timeout_express": LIFE}
        answer = await self._ask("alipay.trade.precreate", wanted)
        code = answer.get("qr_code")
        if answer.get("code") != GOOD or not isinstance(code, str):
            log.error("Alipay refuses with code %s: %s", answer.get("sub_code") or answer.get("code"), answer.get("sub_msg"))
            raise Unavailable("alipay", RETRY_AFTER_SECONDS)
        return Prepared(address=code)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        try:
            told = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        except (UnicodeDecodeError, ValueError):
            raise NoticeRefused() from None
        signed = sign_text({name: value for name, value in told.items() if name != "sign_type"})
        if not self._is_theirs(signed, told.get("sign", "")) or told.get("app_id") != self._app.app_id:
            raise NoticeRefused()
        word = self._read_trade(told, told.get("gmt_payment"))
        return Notice(
            id=f"alipay:{told.get('notify_id', '')}",
            # The same notice may come again, to the letter: a payment is taken once whatever is told.
            nonce=secrets.token_hex(16),
            received_at=self._clock.now(),
            body=body.decode(),
            paid=word if isinstance(word, Paid) else None,
        )

    async def find_word(self, payment: Payment) -> Paid | PaymentStatus:
        answer = await self._ask("alipay.trade.query", {"out_trade_no": payment.number})
        if answer.get("code") == REFUSED and answer.get("sub_code") == NOT_THERE:
            return PaymentStatus.ASKED
        if answer.get("code") != GOOD:
            raise Unavailable("alipay", RETRY_AFTER_SECONDS)
        try:
            return self._read_trade(answer, answer.get("send_pay_date"))
        except NoticeRefused:
            raise Unavailable("alipay", RETRY_AFTER_SECONDS) from None

    def _read_trade(self, told: Mapping[str, Any], at: Any) -> Paid | PaymentStatus:
        """Raises NoticeRefused if it is none."""
        if told.get("trade_status") == OVER:
            return PaymentStatus.REFUSED
        if told.get("trade_status") not in PAID:
            return PaymentStatus.ASKED
        try:
            paid_at = datetime.fromisoformat(str(at)).replace(tzinfo=SHANGHAI).astimezone(timezone.utc)
            return Paid(
                number=str(told["out_trade_no"]), amount=fen_in(told, "total_amount"), receipt=str(told["trade_no"]), paid_at=paid_at
            )
        except (KeyError, ValueError, InvalidInput):
            raise NoticeRefused() from None

    # ---- asking and signing

    async def _ask(self, method: str, content: Mapping[str, str]) -> dict[str, Any]:
        """What is answered to it, of which it is sure that it comes from Alipay. Raises Unavailable."""
        asked = {
            "app_id": self._app.app_id,
            "method": method,
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": self._clock.now().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "notify_url": self._app.notify_url,
            "biz_content": json.dumps(content, ensure_ascii=False),
        }
        signature = self._ours.sign(sign_text(asked).encode(), PKCS1v15(), hashes.SHA256())
        asked["sign"] = base64.b64encode(signature).decode()
        try:
            response = await self._http.fetch(
                self._app.gateway,
                method="POST",
                body=urlencode(asked),
                headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
                connect_timeout=self._time_limit_seconds,
                request_timeout=self._time_limit_seconds,
                follow_redirects=False,
            )
            text = response.body.decode()
            name = f"{method.replace('.', '_')}_response"
            start = text.index("{", text.index(f'"{name}"'))
            answer, end = json.JSONDecoder().raw_decode(text, start)
            signature_text = json.loads(text).get("sign", "")
        except (HTTPClientError, OSError, ValueError, AttributeError, RecursionError) as error:
            log.warning("Alipay does not answer as agreed: %s", error)
            raise Unavailable("alipay", RETRY_AFTER_SECONDS) from None
        # What is signed is the text of the answer, not what it means.
        if not self._is_theirs(text[start:end], signature_text) or not isinstance(answer, dict):
            log.error("an answer of Alipay is not signed by it")
            raise Unavailable("alipay", RETRY_AFTER_SECONDS)
        return answer

    def _is_theirs(self, text: str, signature: str) -> bool:
        try:
            self._theirs.verify(base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, TypeError, ValueError):
            return False
        return True


def sign_text(parameters: Mapping[str, str]) -> str:
    """What is signed of them: all that are not empty but the signature, by their names."""
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if name != "sign" and parameters[name] != "")
