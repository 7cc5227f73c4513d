"""A stand-in for WeChat Pay (API v3): a real HTTP server that signs, seals and checks as the real one does."""
from __future__ import annotations

import base64
import json
import os
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum, auto
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from wechatpayv3.utils import rsa_decrypt

from server.outside.wechat_pay import Merchant
from tests.outside.wechat import APP_ID

MERCHANT = "1900000001"
MERCHANT_SERIAL = "3775B6A45ACD588826D15E583A95F5DD4DA0C1D2"
API_KEY = "0123456789abcdef0123456789ABCDEF"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000000012026"
AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(\d+)",nonce_str="(\w+)",signature="([^"]+)",timestamp="(\d+)",serial_no="(\w+)"'
)


class Weather(Enum):
    """How it is at WeChat's today."""

    FAIR = auto()
    BROKEN = auto()  # answers with a page of an error
    FORGED = auto()  # somebody else signs its answers


@dataclass
class Transaction:
    """What was prepared, and what became of it."""

    wanted: dict[str, Any]
    prepay_id: str
    state: str = "NOTPAY"
    paid: int = 0
    receipt: str = ""
    paid_at: str = ""


@dataclass
class Refund:
    """What is paid back, and what became of that."""

    wanted: dict[str, Any]
    receipt: str
    state: str = "PROCESSING"
    asked: int = 1  # how often


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


MERCHANT_KEY, WECHAT_KEY, STRANGER_KEY = make_key(), make_key(), make_key()


class WechatPayStandIn:
    """WeChat Pay on a port of its own."""

    def __init__(self) -> None:
        self.transactions: dict[str, Transaction] = {}
        self.payouts: dict[str, dict[str, Any]] = {}  # by the merchant's number for it
        self.has_money = True
        self.refunds: dict[str, Refund] = {}
        self.weather = Weather.FAIR
        self.certificates_asked = 0
        self._certificate = _make_certificate(WECHAT_KEY)
        self._server: HTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def serial(self) -> str:
        """Of its certificate."""
        return f"{self._certificate.serial_number:X}"

    def merchant(self, *, by_certificate: bool = False, notify_url: str = "https://mall.example/api/payments/wechat") -> Merchant:
        """Who takes the money here, and knows WeChat by its public key, or by certificates that it asks for."""
        key = {} if by_certificate else {"public_key_id": PUBLIC_KEY_ID, "public_key": public_pem(WECHAT_KEY)}
        return Merchant(
            app_id=APP_ID,
            number=MERCHANT,
            serial=MERCHANT_SERIAL,
            private_key=private_pem(MERCHANT_KEY),
            api_key=API_KEY,
            notify_url=notify_url,
            api_base=self.url,
            **key,
        )

    def start(self) -> None:
        sockets = bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self._server = HTTPServer(self._application())
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.stop()
        await self._server.close_all_connections()

    # ---- what payers do

    def pay(self, number: str, amount: int | None = None) -> Transaction:
        """Somebody pays what was prepared; another amount than was asked for if one is given."""
        transaction = self.transactions[number]
        transaction.state = "SUCCESS"
        transaction.paid = transaction.wanted["amount"]["total"] if amount is None else amount
        transaction.receipt = f"42000{secrets.randbelow(10**20):020}"
        transaction.paid_at = datetime.now(timezone(timedelta(hours=8))).isoformat(timespec="seconds")
        return transaction

    def close(self, number: str) -> None:
        """Nobody will pay it any more."""
        self.transactions[number].state = "CLOSED"

    def tell(self, number: str) -> dict[str, Any]:
        """What it says of a payment."""
        transaction = self.transactions[number]
        told: dict[str, Any] = {"appid": APP_ID, "mchid": MERCHANT, "out_trade_no": number, "trade_state": transaction.state}
        if transaction.state == "SUCCESS":
            amount = {"total": transaction.paid, "payer_total": transaction.paid, "currency": "CNY", "payer_currency": "CNY"}
            told |= {"transaction_id": transaction.receipt, "success_time": transaction.paid_at, "amount": amount}
        return told

    def take(self, number: str, state: str = "SUCCESS") -> None:
        """What becomes of a transfer that its payee was to take."""
        self.payouts[number]["state"] = state

    def tell_refund(self, number: str) -> dict[str, Any]:
        """What it says of money that goes back."""
        refund = self.refunds[number]
        told = {name: refund.wanted[name] for name in ("out_refund_no", "out_trade_no", "amount")}
        return {**told, "refund_id": refund.receipt, "status": refund.state, "channel": "ORIGINAL"}

    # ---- notices

    def transfer_notice(self, number: str, state: str = "SUCCESS", **changes: Any) -> bytes:
        """The body of a notice that a transfer is finished: taken by its payee, or not."""
        made = self.payouts[number]
        made["state"] = state
        now = datetime.now(timezone(timedelta(hours=8))).isoformat(timespec="seconds")
        content = {
            "out_bill_no": number,
            "transfer_bill_no": made["bill"],
            "state": state,
            "mch_id": MERCHANT,
            "transfer_amount": made["transfer_amount"],
            "openid": made["openid"],
            "create_time": now,
            "update_time": now,
            **({} if state == "SUCCESS" else {"fail_reason": "PAYEE_ACCOUNT_ABNORMAL"}),
            **changes,
        }
        notice = {
            "id": secrets.token_hex(16),
            "create_time": now,
            "event_type": "MCHTRANSFER.BILL.FINISHED",
            "resource_type": "encrypt-resource",
            "summary": "商家转账单据终态通知",
            "resource": {"original_type": "mch_payment", **seal(json.dumps(content), "mch_payment")},
        }
        return json.dumps(notice, ensure_ascii=False).encode()

    def refund_notice(self, number: str, state: str = "SUCCESS", **changes: Any) -> bytes:
        """The body of a notice that money went back, or did not."""
        refund = self.refunds[number]
        refund.state = state
        told = {name: refund.wanted[name] for name in ("out_refund_no", "out_trade_no", "amount")}
        content = {**told, "mchid": MERCHANT, "refund_id": refund.receipt, "refund_status": state, **changes}
        notice = {
            "id": secrets.token_hex(16),
            "create_time": datetime.now(timezone(timedelta(hours=8))).isoformat(timespec="seconds"),
            "event_type": f"REFUND.{state}",
            "resource_type": "encrypt-resource",
            "summary": "退款",
            "resource": {"original_type": "refund", **seal(json.dumps(content), "refund")},
        }
        return json.dumps(notice, ensure_ascii=False).encode()

    def notice(self, number: str, *, event: str = "TRANSACTION.SUCCESS", id: str | None = None, **changes: Any) -> bytes:
        """The body of a notice of a payment; `changes` are what is told otherwise than it is."""
        content = json.dumps({**self.tell(number), **changes}, ensure_ascii=False)
        told = {
            "id": id or secrets.token_hex(16),
            "create_time": datetime.now(timezone(timedelta(hours=8))).isoformat(timespec="seconds"),
            "event_type": event,
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": {"original_type": "transaction", **seal(content, "transaction")},
        }
        return json.dumps(told, ensure_ascii=False).encode()

    def sign(
        self, body: bytes, *, at: float | None = None, key: rsa.RSAPrivateKey = WECHAT_KEY, serial: str = PUBLIC_KEY_ID
    ) -> dict[str, str]:
        """Headers for these bytes."""
        seconds, nonce = str(int(time.time() if at is None else at)), secrets.token_hex(16)
        signature = key.sign(f"{seconds}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), hashes.SHA256())
        return {
            "Content-Type": "application/json",
            "Wechatpay-Timestamp": seconds,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    # ---- the server

    def certificates(self) -> dict[str, Any]:
        self.certificates_asked += 1
        pem = self._certificate.public_bytes(Encoding.PEM).decode()
        return {"data": [{"serial_no": self.serial, "encrypt_certificate": seal(pem, "certificate")}]}

    def _application(self) -> Application:
        return Application(
            [
                (r"/v3/pay/transactions/(jsapi|h5|native)", Prepare, {"pay": self}),
                (r"/v3/pay/transactions/out-trade-no/(\w+)", Query, {"pay": self}),
                (r"/v3/fund-app/mch-transfer/transfer-bills", Transfer, {"pay": self}),
                (r"/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/(\w+)", TransferQuery, {"pay": self}),
                (r"/v3/refund/domestic/refunds", PayBack, {"pay": self}),
                (r"/v3/certificates", Certificates, {"pay": self}),
            ],
            log_function=lambda handler: None,
        )


def seal(content: str, associated: str) -> dict[str, str]:
    """As only who has the merchant's APIv3 key can open it."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(API_KEY.encode()).encrypt(nonce.encode(), content.encode(), associated.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": associated,
        "nonce": nonce,
    }


class SignedHandler(RequestHandler):
    """Answers who signs as the merchant, and signs its answers."""

    def initialize(self, pay: WechatPayStandIn) -> None:
        self.pay = pay

    def prepare(self) -> None:
        if self.pay.weather is Weather.BROKEN:
            self.set_status(502)
            self.finish("<html>502 Bad Gateway</html>")
            return
        found = AUTHORIZATION.fullmatch(self.request.headers.get("Authorization", ""))
        if found is None or found[1] != MERCHANT or found[5] != MERCHANT_SERIAL or abs(int(found[4]) - time.time()) > 300:
            return self.answer(401, {"code": "SIGN_ERROR", "message": "签名错误"})
        signed = f"{self.request.method}\n{self.request.uri}\n{found[4]}\n{found[2]}\n".encode() + self.request.body + b"\n"
        try:
            MERCHANT_KEY.public_key().verify(base64.b64decode(found[3]), signed, PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            self.answer(401, {"code": "SIGN_ERROR", "message": "签名错误"})

    def answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        is_forged = self.pay.weather is Weather.FORGED
        serial = self.request.headers.get("Wechatpay-Serial") or self.pay.serial
        for name, value in self.pay.sign(body, key=STRANGER_KEY if is_forged else WECHAT_KEY, serial=serial).items():
            self.set_header(name, value)
        self.set_status(status)
        self.finish(body)


class Prepare(SignedHandler):
    """A payment to be made."""

    def post(self, kind: str) -> None:
        wanted = json.loads(self.request.body)
        needed = {"appid": APP_ID, "mchid": MERCHANT}
        total = wanted.get("amount", {}).get("total")
        if any(wanted.get(name) != value for name, value in needed.items()) or type(total) is not int or total < 1:
            return self.answer(400, {"code": "PARAM_ERROR", "message": "参数错误"})
        if kind == "jsapi" and not wanted.get("payer", {}).get("openid"):
            return self.answer(400, {"code": "PARAM_ERROR", "message": "缺少 payer"})
        if wanted["out_trade_no"] in self.pay.transactions:
            return self.answer(403, {"code": "OUT_TRADE_NO_USED", "message": "商户订单号重复"})
        prepay_id = f"wx{secrets.token_hex(17)}"
        self.pay.transactions[wanted["out_trade_no"]] = Transaction(wanted, prepay_id)
        answers = {
            "jsapi": {"prepay_id": prepay_id},
            "h5": {"h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={prepay_id}"},
            "native": {"code_url": f"weixin://wxpay/bizpayurl?pr={prepay_id[:8]}"},
        }
        self.answer(200, answers[kind])


class Query(SignedHandler):
    """What became of a payment."""

    def get(self, number: str) -> None:
        if self.get_query_argument("mchid", "") != MERCHANT:
            return self.answer(400, {"code": "PARAM_ERROR", "message": "参数错误"})
        if number not in self.pay.transactions:
            return self.answer(404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})
        self.answer(200, self.pay.tell(number))


class Transfer(SignedHandler):
    """A transfer to a payee, who is to take it. Asked for again it is the same."""

    def post(self) -> None:
        wanted, pay = json.loads(self.request.body), self.pay
        amount = wanted.get("transfer_amount")
        if not str(wanted.get("notify_url", "")).startswith("https://"):
            return self.answer(400, {"code": "PARAM_ERROR", "message": "通知地址错误"})
        if wanted.get("appid") != APP_ID or type(amount) is not int or amount < 10 or not wanted.get("openid"):
            return self.answer(400, {"code": "PARAM_ERROR", "message": "参数错误"})
        if amount >= 2000_00 and not wanted.get("user_name"):
            return self.answer(400, {"code": "PARAM_ERROR", "message": "缺少收款用户姓名"})
        if not pay.has_money:
            return self.answer(403, {"code": "NOT_ENOUGH", "message": "资金不足"})
        number = wanted["out_bill_no"]
        if number not in pay.payouts:
            name = rsa_decrypt(wanted["user_name"], WECHAT_KEY) if "user_name" in wanted else ""
            bill = f"13300{secrets.randbelow(10**20):020}"
            pay.payouts[number] = {**wanted, "name": name, "bill": bill, "state": "WAIT_USER_CONFIRM", "package": secrets.token_urlsafe()}
        made = pay.payouts[number]
        told = {"out_bill_no": number, "transfer_bill_no": made["bill"], "state": made["state"], "package_info": made["package"]}
        self.answer(200, told)


class TransferQuery(SignedHandler):
    """What became of a transfer."""

    def get(self, number: str) -> None:
        made = self.pay.payouts.get(number)
        if made is None:
            return self.answer(404, {"code": "NOT_FOUND", "message": "记录不存在"})
        told = {"mch_id": MERCHANT, "out_bill_no": number, "transfer_bill_no": made["bill"], "appid": APP_ID}
        failed = {"fail_reason": "PAYEE_ACCOUNT_ABNORMAL"} if made["state"] == "FAIL" else {}
        self.answer(200, {**told, "state": made["state"], "transfer_amount": made["transfer_amount"], **failed})


class PayBack(SignedHandler):
    """Money that goes back: asked for again by the same number, it tells what became of it."""

    def post(self) -> None:
        wanted = json.loads(self.request.body)
        number, payment = wanted["out_refund_no"], self.pay.transactions.get(wanted["out_trade_no"])
        if number in self.pay.refunds:
            self.pay.refunds[number].asked += 1
            return self.answer(200, self.pay.tell_refund(number))
        if payment is None or payment.state != "SUCCESS":
            return self.answer(404, {"code": "RESOURCE_NOT_EXISTS", "message": "订单号不存在"})
        others = [one.wanted for one in self.pay.refunds.values() if one.wanted["out_trade_no"] == wanted["out_trade_no"]]
        amount, asked = wanted["amount"], sum(one["amount"]["refund"] for one in others)
        if amount["total"] != payment.paid or not 1 <= amount["refund"] <= payment.paid - asked:
            return self.answer(400, {"code": "INVALID_REQUEST", "message": "退款金额大于订单余额"})
        self.pay.refunds[number] = Refund(wanted, f"50300{secrets.randbelow(10**20):020}")
        self.answer(200, self.pay.tell_refund(number))


class Certificates(SignedHandler):
    """WeChat's own."""

    def get(self) -> None:
        self.answer(200, self.pay.certificates())


def _make_certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    serial = int.from_bytes(b"\x57" + os.urandom(18), "big")
    return (
        builder.serial_number(serial)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * 20))
        .sign(key, hashes.SHA256())
    )
