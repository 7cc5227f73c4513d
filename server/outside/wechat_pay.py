"""WeChat Pay, API v3: prepares payments, reads notices, asks what became of a payment. Everything is signed, both ways."""
from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse
from tornado.iostream import UnsatisfiableReadError
from wechatpayv3.utils import (
    aes_decrypt,
    build_authorization,
    load_certificate,
    load_private_key,
    load_public_key,
    rsa_encrypt,
    rsa_sign,
    rsa_verify,
)

from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.domain.mall.payments.payment import (
    LIFE,
    Channel,
    NoPayments,
    Notice,
    NoticeRefused,
    Paid,
    Payer,
    PayerUnknown,
    Payment,
    PaymentStatus,
    Prepared,
    Repaid,
    RepaymentState,
)
from server.domain.mall.payments.payouts import PayoutState, PayoutWord, Transferred
from server.domain.mall.payments.repayments import Repayment
from server.domain.moments import SHANGHAI

log = logging.getLogger(__name__)

TIME_LIMIT_SECONDS = 5.0  # from the question to the whole answer, connecting included
RETRY_AFTER_SECONDS = 5
ASKED_AT_ONCE = 50
MAX_ANSWER_BYTES = 256 * 1024
TOLERANCE = timedelta(minutes=5)  # between the time that a signature tells and ours, as WeChat advises
CERTIFICATES_AGAIN_SECONDS = 60  # how often they are asked for, at most, when an unknown one is named
SIGNED_BY = "WECHATPAY2-SHA256-RSA2048"
HEADERS = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial")
USUAL_DESCRIPTION = "订单支付"
MAX_DESCRIPTION_CHARACTERS = 127
PAID_EVENT = "TRANSACTION.SUCCESS"
REPAID_EVENTS = ("REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED")
TRANSFER_EVENT = "MCHTRANSFER.BILL.FINISHED"
REPAY_PATH = "/v3/refund/domestic/refunds"
REPAID_STATES = {
    "SUCCESS": RepaymentState.DONE,
    "CLOSED": RepaymentState.FAILED,
    "ABNORMAL": RepaymentState.FAILED,  # the payer's card or account is gone
}
PAYOUT_STATES = {
    "ACCEPTED": PayoutState.UNDER_WAY,
    "PROCESSING": PayoutState.UNDER_WAY,
    "WAIT_USER_CONFIRM": PayoutState.AWAITS_USER,
    "TRANSFERING": PayoutState.UNDER_WAY,  # as WeChat spells it
    "SUCCESS": PayoutState.PAID,
    "FAIL": PayoutState.FAILED,
    "CANCELING": PayoutState.UNDER_WAY,
    "CANCELLED": PayoutState.FAILED,
}
MOST_REASON_CHARACTERS = 200
SERIAL = re.compile(r"[0-9A-Za-z_]{1,128}")

PATHS = {
    Channel.MINI_PROGRAM: "/v3/pay/transactions/jsapi",
    Channel.WEB_IN_WECHAT: "/v3/pay/transactions/jsapi",
    Channel.MOBILE_WEB: "/v3/pay/transactions/h5",
    Channel.QR_CODE: "/v3/pay/transactions/native",
    Channel.VIDEO_CHANNEL: "/v3/pay/transactions/jsapi",
}
BY_OPEN_ID = (Channel.MINI_PROGRAM, Channel.WEB_IN_WECHAT, Channel.VIDEO_CHANNEL)
OVER = frozenset(("CLOSED", "REVOKED", "PAYERROR"))  # states in which nobody will pay any more
REFUSED = (400, 403, 404)  # statuses of answers that say why
NOT_THERE = "ORDER_NOT_EXIST"


@dataclass(frozen=True)
class Merchant:
    """Who takes the money. Keys are PEM texts; those of WeChat's own are its public key, or certificates that it is asked for."""

    app_id: str
    number: str
    serial: str  # of the merchant's certificate
    private_key: str = field(repr=False)
    api_key: str = field(repr=False)  # APIv3, 32 bytes
    public_key_id: str = ""
    public_key: str = ""
    notify_url: str = ""
    api_base: str = "https://api.mch.weixin.qq.com"


class WechatPay:
    """Implements Provider. Neither keys nor what is decrypted by them reach the log."""

    def __init__(self, merchant: Merchant, clock: Clock, *, time_limit_seconds: float = TIME_LIMIT_SECONDS):
        self._merchant = merchant
        self._clock = clock
        self._time_limit_seconds = time_limit_seconds
        self._private_key: RSAPrivateKey = load_private_key(merchant.private_key)
        self._theirs: dict[str, RSAPublicKey] = {}  # by serial number or id
        if merchant.public_key:
            self._theirs[merchant.public_key_id] = load_public_key(merchant.public_key)
        self._certificates_asked_at: float | None = None
        self._http = AsyncHTTPClient(force_instance=True, max_clients=ASKED_AT_ONCE, max_body_size=MAX_ANSWER_BYTES)

    def close(self) -> None:
        self._http.close()

    @property
    def merchant(self) -> Merchant:
        return self._merchant

    # ---- Provider

    async def prepare(self, payment: Payment, payer: Payer) -> Prepared:
        wanted: dict[str, Any] = {
            "appid": self._merchant.app_id,
            "mchid": self._merchant.number,
            "description": (payment.name or USUAL_DESCRIPTION)[:MAX_DESCRIPTION_CHARACTERS],
            "out_trade_no": payment.number,
            "time_expire": (payment.asked_at + LIFE).astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": self._merchant.notify_url,
            "amount": {"total": payment.amount, "currency": "CNY"},
        }
        if payment.channel not in PATHS:
            raise NoPayments()
        if payment.channel in BY_OPEN_ID:
            if payer.open_id is None:
                raise PayerUnknown()
            wanted["payer"] = {"openid": payer.open_id}
        if payment.channel is Channel.MOBILE_WEB:
            wanted["scene_info"] = {"payer_client_ip": payer.address, "h5_info": {"type": "Wap"}}
        answer = await self._ask("POST", PATHS[payment.channel], wanted)
        if payment.channel is Channel.QR_CODE:
            return Prepared(address=_text(answer, "code_url"))
        if payment.channel is Channel.MOBILE_WEB:
            return Prepared(address=_text(answer, "h5_url"))
        return self._for_wechat(_text(answer, "prepay_id"))

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        await self._check_signature(headers, body)
        try:
            told = json.loads(body)
            content = self._decrypt(told["resource"])
            paid = self._read_transaction(content) if told["event_type"] == PAID_EVENT else None
            repaid = self._read_repaid(content, content["refund_status"]) if told["event_type"] in REPAID_EVENTS else None
            transferred = self._read_transferred(content) if told["event_type"] == TRANSFER_EVENT else None
            notice_id = told["id"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise NoticeRefused() from None
        if not isinstance(notice_id, str) or not notice_id:
            raise NoticeRefused()
        return Notice(
            id=notice_id,
            nonce=headers["Wechatpay-Nonce"],
            received_at=self._clock.now(),
            body=body.decode(),
            paid=paid if isinstance(paid, Paid) else None,
            repaid=repaid,
            transferred=transferred,
        )

    async def find_word(self, payment: Payment) -> Paid | PaymentStatus:
        path = f"/v3/pay/transactions/out-trade-no/{quote(payment.number)}?mchid={self._merchant.number}"
        answer = await self._ask("GET", path, None)
        if answer.get("code") == NOT_THERE:
            return PaymentStatus.ASKED
        try:
            return self._read_transaction(answer)
        except (KeyError, TypeError, ValueError, NoticeRefused):
            log.warning("WeChat Pay's answer about a payment is not the one expected")
            raise Unavailable("wechat pay", RETRY_AFTER_SECONDS) from None

    # ---- Repayer

    async def repay(self, repayment: Repayment) -> Repaid | None:
        """Asked again with the same number WeChat tells what became of it, and pays nothing twice."""
        wanted: dict[str, Any] = {
            "out_trade_no": repayment.payment_number,
            "out_refund_no": repayment.number,
            "notify_url": self._merchant.notify_url,
            "amount": {"refund": repayment.amount, "total": repayment.total, "currency": "CNY"},
        }
        answer = await self._ask("POST", REPAY_PATH, wanted)
        try:
            if (answer["out_refund_no"], answer["amount"]["refund"]) != (repayment.number, repayment.amount):
                raise ValueError("another repayment")
            return self._read_repaid(answer, answer["status"])
        except (KeyError, TypeError, ValueError):
            log.warning("WeChat Pay's answer about a repayment is not the one expected")
            raise Unavailable("wechat pay", RETRY_AFTER_SECONDS) from None

    def _read_repaid(self, told: Mapping[str, Any], state: str) -> Repaid | None:
        """None while it is under way. Raises NoticeRefused if it is another merchant's; KeyError and TypeError if it is none."""
        if told.get("mchid", self._merchant.number) != self._merchant.number:
            raise NoticeRefused()
        if state not in REPAID_STATES:
            return None
        return Repaid(number=str(told["out_refund_no"]), state=REPAID_STATES[state], receipt=str(told["refund_id"]))

    # ---- what is told of a payout

    def _read_transferred(self, told: Mapping[str, Any]) -> Transferred:
        """Raises NoticeRefused if it is another merchant's; KeyError, TypeError and ValueError if it is none."""
        if told["mch_id"] != self._merchant.number:
            raise NoticeRefused()
        amount = told["transfer_amount"]
        if type(amount) is not int or amount < 0:
            raise ValueError(amount)
        word = PayoutWord(
            state=PAYOUT_STATES[told["state"]],
            receipt=str(told["transfer_bill_no"]),
            reason=str(told.get("fail_reason") or "")[:MOST_REASON_CHARACTERS],
        )
        return Transferred(number=str(told["out_bill_no"]), amount=amount, word=word)

    # ---- what is told of a payment

    def _read_transaction(self, told: Mapping[str, Any]) -> Paid | PaymentStatus:
        """Raises NoticeRefused if it is another merchant's or app's; KeyError, TypeError and ValueError if it is none."""
        if (told["mchid"], told["appid"]) != (self._merchant.number, self._merchant.app_id):
            raise NoticeRefused()
        if told["trade_state"] in OVER:
            return PaymentStatus.REFUSED
        if told["trade_state"] != "SUCCESS":
            return PaymentStatus.ASKED
        amount = told["amount"]["total"]
        if type(amount) is not int or amount < 0 or told["amount"].get("currency", "CNY") != "CNY":
            raise ValueError(amount)
        paid_at = datetime.fromisoformat(told["success_time"]).astimezone(timezone.utc)
        return Paid(number=str(told["out_trade_no"]), amount=amount, receipt=str(told["transaction_id"]), paid_at=paid_at)

    def _decrypt(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Raises ValueError, KeyError or TypeError."""
        text = aes_decrypt(resource["nonce"], resource["ciphertext"], resource.get("associated_data") or "", self._merchant.api_key)
        if text is None:
            raise ValueError("not sealed with our key")
        found = json.loads(text)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found

    def _for_wechat(self, prepay_id: str) -> Prepared:
        """What a client hands to WeChat, signed."""
        seconds, nonce, package = str(int(self._clock.now().timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signed = "".join(f"{part}\n" for part in (self._merchant.app_id, seconds, nonce, package))
        parameters = {
            "timeStamp": seconds,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": rsa_sign(self._private_key, signed),
        }
        return Prepared(prepay_id=prepay_id, parameters=parameters)

    # ---- asking and signing

    async def ask(
        self, method: str, path: str, content: Mapping[str, Any] | None, *, sealed_for: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """The status, and the object that WeChat answers, of which it is sure that it comes from there; refusals too.

        `sealed_for`: whose key the content was sealed by. Raises Unavailable.
        """
        response = await self._fetch(method, path, content, sealed_for)
        if response.code not in (200, *REFUSED):
            self._tell(response)
            raise Unavailable("wechat pay", RETRY_AFTER_SECONDS)
        try:
            await self._check_signature(response.headers, response.body)
        except NoticeRefused:
            log.error("an answer of WeChat Pay is not signed by it")
            raise Unavailable("wechat pay", RETRY_AFTER_SECONDS) from None
        if response.code != 200:
            self._tell(response)
        return response.code, _read(response.body)

    async def seal(self, text: str) -> tuple[str, str]:
        """As only WeChat can open it, and whose key that is by. Raises Unavailable."""
        if not self._theirs:
            await self._fetch_key("")
        if not self._theirs:
            raise Unavailable("wechat pay", RETRY_AFTER_SECONDS)
        serial, key = next(iter(self._theirs.items()))
        return serial, rsa_encrypt(text, key)

    async def _ask(self, method: str, path: str, content: Mapping[str, Any] | None) -> dict[str, Any]:
        """As `ask`, where nothing but what is not there may be refused."""
        status, answer = await self.ask(method, path, content)
        if status not in (200, 404):
            raise Unavailable("wechat pay", RETRY_AFTER_SECONDS)
        return answer

    async def _fetch(
        self, method: str, path: str, content: Mapping[str, Any] | None, sealed_for: str = ""
    ) -> HTTPResponse:
        """Whatever it answers, unless nothing comes. Raises Unavailable."""
        merchant = self._merchant
        body = None if content is None else json.dumps(content, ensure_ascii=False)
        signature = build_authorization(path, method, merchant.number, merchant.serial, self._private_key, body)
        headers = {"Accept": "application/json", "Content-Type": "application/json", "Authorization": signature}
        if sealed_for or merchant.public_key_id:
            headers["Wechatpay-Serial"] = sealed_for or merchant.public_key_id
        try:
            return await self._http.fetch(
                f"{merchant.api_base}{path}",
                method=method,
                body=body,
                headers=headers,
                connect_timeout=self._time_limit_seconds,
                request_timeout=self._time_limit_seconds,
                follow_redirects=False,
                decompress_response=False,
                raise_error=False,
            )
        except (HTTPClientError, OSError, UnsatisfiableReadError) as error:
            log.warning("WeChat Pay does not answer: %s", error)
        raise Unavailable("wechat pay", RETRY_AFTER_SECONDS)

    def _tell(self, response: HTTPResponse) -> None:
        if response.code == 599:
            log.warning("WeChat Pay does not answer: %s", response.error)
            return
        found = _read(response.body)
        log.error("WeChat Pay refuses with status %s, code %s: %s", response.code, found.get("code"), found.get("message"))

    async def _check_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises NoticeRefused unless WeChat signed these very bytes, about now; and Unavailable if its certificates cannot be had."""
        seconds, nonce, signature, serial = (headers.get(name, "") for name in HEADERS)
        if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12 and nonce and signature and SERIAL.fullmatch(serial)):
            raise NoticeRefused()
        if abs(self._clock.now() - datetime.fromtimestamp(int(seconds), timezone.utc)) > TOLERANCE:
            raise NoticeRefused()
        key = self._theirs.get(serial) or await self._fetch_key(serial)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise NoticeRefused() from None
        if key is None or not rsa_verify(seconds, nonce, text, signature, key):
            raise NoticeRefused()

    async def _fetch_key(self, serial: str) -> RSAPublicKey | None:
        """Of a certificate that is new here. Raises Unavailable."""
        asked_at, now = self._certificates_asked_at, time.monotonic()
        if asked_at is not None and now - asked_at < CERTIFICATES_AGAIN_SECONDS:
            return None
        self._certificates_asked_at = now
        response = await self._fetch("GET", "/v3/certificates", None)
        if response.code != 200:
            self._tell(response)
            raise Unavailable("wechat pay", RETRY_AFTER_SECONDS)
        # They vouch for themselves: only WeChat can seal them with the merchant's key.
        for one in _read(response.body).get("data", ()):
            self._take_certificate(one)
        return self._theirs.get(serial)

    def _take_certificate(self, told: Mapping[str, Any]) -> None:
        try:
            sealed = told["encrypt_certificate"]
            text = aes_decrypt(sealed["nonce"], sealed["ciphertext"], sealed["associated_data"], self._merchant.api_key)
            certificate = load_certificate(text) if text is not None else None
            serial = told["serial_no"]
        except (KeyError, TypeError, ValueError):
            certificate = None
        if certificate is None:
            log.error("a certificate of WeChat Pay cannot be read")
            return
        key = certificate.public_key()
        if isinstance(key, RSAPublicKey) and certificate.not_valid_before_utc <= self._clock.now() <= certificate.not_valid_after_utc:
            self._theirs[serial] = key


def _read(body: bytes) -> dict[str, Any]:
    """An object; an empty one of what is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(answer: Mapping[str, Any], name: str) -> str:
    found = answer.get(name)
    if not isinstance(found, str) or not found:
        log.error("WeChat Pay's answer has no %s", name)
        raise Unavailable("wechat pay", RETRY_AFTER_SECONDS)
    return found
