"""Money that is sent to the shop's own Alipay account: a program on the shop's telephone pushes each transfer. One that names a payment
pays it; any other waits until whoever sent it claims it by its number."""
from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.payments.payment import (
    Channel,
    Notice,
    NoticeRefused,
    Paid,
    Payer,
    Payment,
    PaymentStatus,
    Prepared,
)
from server.domain.mall.payments.service import GIFT_REMARK, Gifts, PaymentService, PaymentStore
from server.domain.mall.settings import Settings
from server.domain.mall.wallet.owned import OwnedStore, fen_in, save_owned
from server.domain.nouns import Action, Id, Noun, NounService, Revision, about
from server.domain.transactions import Transaction, Transactions

ACCOUNT = "APILAY_USER_ID"  # the setting, as the document spells it
PICTURE = "ALIPAY_TRANSFER_QRCODE"  # the setting
NAMED = re.compile(r"PA[0-9]{12}[0-9]{6,}[0-9a-f]{4}")  # a payment's number in what the sender wrote
NUMBER = re.compile(r"[0-9A-Za-z_-]{6,64}")


class AlipayNotSet(Conflict):
    """Nobody has set which account takes the money."""


class TransfersOff(DomainError):
    """No transfers are taken here: nobody has set the secret by which they are pushed."""


class PushRefused(NotAllowed):
    """It is not signed with the shop's secret."""


class TransferMissing(NotFound):
    """No such transfer was pushed."""


class TransferVoid(Conflict):
    """The staff has made it void."""


class TransferTaken(Conflict):
    """Somebody has it already."""


class TransferState(int, Enum):
    """What became of it."""

    WAITING = 0
    CLAIMED = 1
    PAID = 2  # it paid what it names
    VOID = 3


STATE_LABELS = {
    TransferState.WAITING: ("待认领", "Waits to be claimed"),
    TransferState.CLAIMED: ("已认领", "Claimed"),
    TransferState.PAID: ("已付款", "Has paid a payment"),
    TransferState.VOID: ("已作废", "Void"),
}


class Pushed(Struct, frozen=True, kw_only=True):
    """What the program tells, word for word as it signs it."""

    number: str
    amount: str  # yuan
    title: str
    name: str = ""
    account: str = ""
    time: str = ""
    signature: str

    def is_signed(self, secret: str) -> bool:
        signed = f"{self.time}{self.title}{self.number}{self.name}{self.amount}{secret}"
        made = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest().upper()
        return secrets.compare_digest(made.encode(), self.signature.upper().encode())


class Transfer(Struct, frozen=True, kw_only=True):
    """One that came in. `id`: Alipay's number for it; `payment`: of what it paid; `gift`: what was given on top of a claimed one."""

    id: Annotated[str, about("支付宝订单号", "Number")]
    revision: Revision = 1
    amount: Annotated[int, about("金额", "Amount", "money")]
    title: Annotated[str, about("转账备注", "Title")] = ""
    name: Annotated[str, about("支付宝姓名", "Sender")] = ""
    account: Annotated[str, about("支付宝账号", "Account")] = ""
    time: Annotated[str, about("转账时间", "Time of the transfer")] = ""
    state: Annotated[TransferState, about("状态", "State", labels=STATE_LABELS)] = TransferState.WAITING
    user_id: Annotated[int | None, about("认领用户", "User")] = None
    payment: Annotated[str, about("支付单号", "Payment")] = ""
    gift: Annotated[int, about("赠送", "Gift", "money")] = 0
    reason: Annotated[str, about("作废原因", "Why it is void")] = ""
    pushed_at: Annotated[datetime, about("推送时间", "Pushed at")]

    def become(self, **changes: Any) -> Transfer:
        return replace(self, **changes, revision=self.revision + 1)


class TransferAccount:
    """Implements Provider for what is sent to the shop's account: the client opens Alipay with amount and number filled in."""

    def __init__(self, settings: Settings):
        self._settings = settings

    async def prepare(self, payment: Payment, payer: Payer) -> Prepared:
        """Raises AlipayNotSet."""
        account = (await self._settings.get_value(ACCOUNT)).strip()
        if not account:
            raise AlipayNotSet()
        told = {"s": "money", "u": account, "a": f"{payment.amount / 100:.2f}", "m": payment.number}
        filled = quote(json.dumps(told, separators=(",", ":")), safe="")
        return Prepared(address=f"alipays://platformapi/startapp?appId=20000123&actionType=scan&biz_data={filled}")

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        raise NoticeRefused()

    async def find_word(self, payment: Payment) -> Paid | PaymentStatus:
        return PaymentStatus.ASKED  # a transfer is told of, or not


class TransferService:
    """Takes pushed transfers. Each is credited once: to who asked for the payment that it names, or to who claims it."""

    def __init__(
        self,
        transfers: OwnedStore[Transfer],
        kept_payments: PaymentStore,
        payments: PaymentService,
        gifts: Gifts,
        ledger: Ledger,
        settings: Settings,
        transactions: Transactions,
        clock: Clock,
        *,
        secret: str | None,
    ):
        self._transfers = transfers
        self._kept_payments = kept_payments
        self._payments = payments
        self._gifts = gifts
        self._ledger = ledger
        self._settings = settings
        self._transactions = transactions
        self._clock = clock
        self._secret = secret

    async def find_picture(self) -> str | None:
        """The address of the account's QR code, if one is set."""
        return (await self._settings.get_value(PICTURE)).strip() or None

    async def push(self, pushed: Pushed) -> None:
        """Again is the same transfer. Raises TransfersOff, PushRefused and InvalidInput."""
        if self._secret is None:
            raise TransfersOff()
        if not pushed.is_signed(self._secret):
            raise PushRefused()
        await self._take(pushed)

    async def push_with_secret(self, pushed: Pushed) -> None:
        """Where the program sends the secret itself for a signature. Raises as `push`."""
        if self._secret is None:
            raise TransfersOff()
        if not secrets.compare_digest(pushed.signature.encode(), self._secret.encode()):
            raise PushRefused()
        await self._take(pushed)

    async def _take(self, pushed: Pushed) -> None:
        if not NUMBER.fullmatch(pushed.number):
            raise InvalidInput({"trade": ["wrong_form"]})
        made = Transfer(
            id=pushed.number,
            amount=fen_in({"amount": pushed.amount}, "amount"),
            title=pushed.title,
            name=pushed.name,
            account=pushed.account,
            time=pushed.time,
            pushed_at=self._clock.now(),
        )
        gift = await self._gifts.gift_of(made.amount)

        async def work(within: Transaction) -> Payment | None:
            if await self._transfers.find(made.id, within) is not None:
                return None
            payment = await self._find_named(made, within)
            if payment is None:
                await self._transfers.add(made, None, within)
                return None
            word = Paid(number=payment.number, amount=made.amount, receipt=made.id, paid_at=made.pushed_at)
            paid = await self._payments.take_within(word, gift, within)
            taken = made.become(state=TransferState.PAID, user_id=payment.user_id, payment=payment.number)
            await self._transfers.add(taken, None, within)
            return paid

        paid = await self._transactions.run(work, about=[f"transfer:{made.id}"])
        if paid is not None:
            await self._payments.serve_purpose(paid)

    async def _find_named(self, transfer: Transfer, within: Transaction) -> Payment | None:
        """The payment that it pays: one that was asked for by such a transfer, and is not paid."""
        named = NAMED.search(transfer.title)
        found = None if named is None else await self._kept_payments.find_payment(named.group(), within)
        if found is None or found.channel is not Channel.ALIPAY_TRANSFER or found.status is PaymentStatus.PAID:
            return None
        return found

    async def claim(self, user_id: int, number: str) -> None:
        """The money is in the wallet when this returns; again is nothing new. Raises TransferMissing, TransferVoid and TransferTaken."""

        async def work(within: Transaction) -> None:
            before = await self._transfers.find(number, within)
            if before is None:
                raise TransferMissing("transfer")
            if before.state is TransferState.VOID:
                raise TransferVoid()
            if before.state is not TransferState.WAITING:
                if before.user_id == user_id:
                    return
                raise TransferTaken()
            gift = await self._gifts.gift_of(before.amount)
            after = before.become(state=TransferState.CLAIMED, user_id=user_id, gift=gift)
            await save_owned(self._transfers, before, after, within)
            await self._credit(after, Cause.RECHARGE, "claimed", after.amount, after.title, within)
            if gift:
                await self._credit(after, Cause.RECHARGE_GIFT, "gift", gift, GIFT_REMARK, within)

        await self._transactions.run(work, about=[wallet_of(user_id), f"transfer:{number}"])

    async def _credit(self, transfer: Transfer, cause: Cause, what: str, amount: int, remark: str, within: Transaction) -> None:
        assert transfer.user_id is not None
        key = f"transfer:{transfer.id}:{what}"
        posting = Posting(user_id=transfer.user_id, cause=cause, key=key, change=Sums(balance=amount), remark=remark)
        await self._ledger.post_within(posting, within)


class TransferDesk(NounService[Transfer]):
    """The staff's work on transfers."""

    async def make_void(self, transfer_id: Id, cause: Reason) -> Transfer:
        """Nobody can claim it any more. Raises NotFound, TransferTaken and ChangedMeanwhile."""

        async def apply(before: Transfer) -> Transfer:
            if before.state is not TransferState.WAITING:
                raise TransferTaken()
            return before.become(state=TransferState.VOID, reason=cause.reason)

        return await self.act(transfer_id, "void", cause, apply)


TRANSFERS = Noun(
    area="mall",
    name="alipay-transfers",
    zh="支付宝转账",
    en="Alipay transfers",
    made=Transfer,
    id=str,
    label="id",
    searched=("id", "title", "name", "account"),
    sorted=("id", "amount", "pushed_at"),
    filtered=("state", "user_id", "pushed_at", "amount"),
    order=("-pushed_at",),
    is_kept=True,
    raises=(TransferTaken,),
    actions=(Action("void", "作废", "Make void", TransferDesk.make_void, needs_reason=True),),
)
