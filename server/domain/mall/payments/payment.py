"""A payment, and what those who take the money say of it."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.errors import Conflict, DomainError, NotFound
from server.domain.mall.payments.payouts import Transferred

LIFE = timedelta(hours=2)  # of a payment that nobody makes; what is paid later is taken all the same
# When it is asked about if nothing is heard of it: soon after, and ever more rarely until it is surely decided.
FIRST_LOOK, LOOKS_GROW, LAST_LOOK = timedelta(seconds=10), 3, timedelta(days=3)


class PaymentMissing(NotFound):
    """There is no such payment."""


class NotPayable(Conflict):
    """No money is asked for, or less or more than can be paid."""


class BelowRecharge(Conflict):
    """A wallet is filled with so much at least: `least` fen."""

    def __init__(self, least: int):
        super().__init__(least)
        self.least = least


class NoticeRefused(DomainError):
    """What was told of a payment does not come from those who take the money, or not now."""


class NoPayments(Conflict):
    """No payments are taken on line here."""


class PayerUnknown(Conflict):
    """The provider asks who pays, and the user has never signed in by it."""


class Channel(str, Enum):
    """Where a payment is made."""

    MINI_PROGRAM = "wxapp"
    WEB_IN_WECHAT = "jsapi"
    MOBILE_WEB = "h5"
    QR_CODE = "qrcode"
    VIDEO_CHANNEL = "wxsph"  # a shop of WeChat's channels (视频号)
    ALIPAY_CODE = "alipay_qrcode"
    ALIPAY_TRANSFER = "alipay_transfer"


class PaymentStatus(int, Enum):
    """What is known of it."""

    ASKED = 0
    PAID = 1
    REFUSED = 2  # or its time is over


class PurposeState(int, Enum):
    """What became of what it was made for."""

    NONE = 0  # it fills the wallet, and that is all
    WAITING = 1
    DONE = 2
    FAILED = 3  # the money stays in the wallet


class RepaymentState(int, Enum):
    """What became of money that goes back by a payment."""

    WAITING = 0
    DONE = 1
    FAILED = 2  # it is in the wallet again


class Payment(Struct, frozen=True, kw_only=True):
    """One that was asked for. Money in fen; `number` is ours, `receipt` the provider's for it. `repaid`: what of it went back by it.

    `purpose` is the text that the client sent: what is to be done with the money. `gift`: what the shop gave on top of a recharge.
    `look_at`: when the provider is asked about it next.
    """

    id: int
    revision: int
    number: str
    user_id: int
    channel: Channel
    amount: int
    name: str = ""
    remark: str = ""
    purpose: str = ""
    purpose_state: PurposeState = PurposeState.NONE
    purpose_problem: str = ""
    status: PaymentStatus = PaymentStatus.ASKED
    paid: int = 0
    repaid: int = 0
    gift: int = 0
    receipt: str = ""
    prepay_id: str = ""
    asked_at: datetime
    paid_at: datetime | None = None
    look_at: datetime | None = None
    looks: int = 0
    changed_at: datetime

    def become(self, now: datetime, **changes: Any) -> Payment:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)

    def looked_at(self, now: datetime) -> Payment:
        """After the provider was asked and knew nothing new; refused when it was asked for the last time."""
        pause = FIRST_LOOK * LOOKS_GROW ** (self.looks + 1)
        if now - self.asked_at > LAST_LOOK:
            return self.become(now, status=PaymentStatus.REFUSED, look_at=None, looks=self.looks + 1)
        return self.become(now, look_at=now + pause, looks=self.looks + 1)

    def refused(self, now: datetime) -> Payment:
        return self.become(now, status=PaymentStatus.REFUSED, look_at=None)

    def settled(self, word: Paid, gift: int, now: datetime) -> Payment:
        """The money is there. What was not paid as it was asked for serves no purpose but the wallet's; who only fills it gets the gift."""
        is_purposeful = bool(self.purpose) and word.amount == self.amount
        state = PurposeState.WAITING if is_purposeful else PurposeState.FAILED if self.purpose else PurposeState.NONE
        problem = "" if is_purposeful or not self.purpose else "OtherAmount"
        return self.become(
            now,
            status=PaymentStatus.PAID,
            paid=word.amount,
            gift=0 if self.purpose else gift,
            receipt=word.receipt,
            paid_at=word.paid_at,
            purpose_state=state,
            purpose_problem=problem,
            look_at=None,
        )


class Paid(Struct, frozen=True, kw_only=True):
    """A provider's word that a payment was made: so many fen, by its own number for it."""

    number: str
    amount: int
    receipt: str
    paid_at: datetime


class Repaid(Struct, frozen=True, kw_only=True):
    """A provider's word that money was paid back, or that it cannot be; `number` is ours for it."""

    number: str
    state: RepaymentState
    receipt: str


class Notice(Struct, frozen=True, kw_only=True):
    """What a provider told, written down as it came before anything is done about it. `id` is the provider's for this notice, `nonce`
    is another each time that it is sent."""

    id: str
    nonce: str
    received_at: datetime
    body: str
    paid: Paid | None  # None: it tells of something else
    repaid: Repaid | None = None
    transferred: Transferred | None = None


class Prepared(Struct, frozen=True, kw_only=True):
    """What a client needs to have a payment made; which of it depends on the channel."""

    prepay_id: str = ""
    parameters: dict[str, str] = {}
    address: str = ""  # of the page on which it is made, or of what a QR code tells


class Payer(Struct, frozen=True, kw_only=True):
    """Who pays, as far as a provider wants to know."""

    open_id: str | None
    address: str


class Provider(Protocol):
    """Those who take the money."""

    async def prepare(self, payment: Payment, payer: Payer) -> Prepared:
        """Raises PayerUnknown or Unavailable."""

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Raises NoticeRefused, and Unavailable if it cannot be told whose it is."""

    async def find_word(self, payment: Payment) -> Paid | PaymentStatus:
        """What is known of it now. Raises Unavailable."""
