"""The staff's desk for payments: looking at them, asking about them, and saying what became of them where nobody takes money."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict
from server.domain.mall.payments.payment import Channel, Paid, Payment, PaymentStatus, PurposeState
from server.domain.mall.payments.service import PaymentService
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, Rules, about

CHANNEL_LABELS = {
    Channel.MINI_PROGRAM: ("小程序", "Mini-program"),
    Channel.WEB_IN_WECHAT: ("公众号", "Web page in WeChat"),
    Channel.MOBILE_WEB: ("手机网页", "Mobile web page"),
    Channel.QR_CODE: ("扫码", "QR code"),
    Channel.VIDEO_CHANNEL: ("视频号", "WeChat channels"),
    Channel.ALIPAY_CODE: ("支付宝扫码", "Alipay QR code"),
    Channel.ALIPAY_TRANSFER: ("支付宝转账", "Alipay transfer"),
}
STATUS_LABELS = {
    PaymentStatus.ASKED: ("待支付", "Asked for"),
    PaymentStatus.PAID: ("已支付", "Paid"),
    PaymentStatus.REFUSED: ("未支付", "Not paid"),
}
PURPOSE_LABELS = {
    PurposeState.NONE: ("充值", "Wallet"),
    PurposeState.WAITING: ("处理中", "Under way"),
    PurposeState.DONE: ("已完成", "Done"),
    PurposeState.FAILED: ("未完成，款项在余额中", "Not possible; it is in the wallet"),
}


class NoSandbox(Conflict):
    """Real money is taken: nobody says by hand what was paid."""


class PaymentView(Struct, frozen=True, kw_only=True):
    """A payment as the staff sees it; money in fen."""

    id: NumberId
    revision: Revision
    number: Annotated[str, about("支付单号", "Number")]
    user_id: Annotated[int, about("用户编号", "User")]
    channel: Annotated[Channel, about("渠道", "Channel", labels=CHANNEL_LABELS)]
    amount: Annotated[int, about("金额", "Amount", "money")]
    paid: Annotated[int, about("实付", "Paid", "money")]
    gift: Annotated[int, about("赠送", "Gift", "money")]
    status: Annotated[PaymentStatus, about("状态", "State", labels=STATUS_LABELS)]
    purpose: Annotated[str, about("用途", "Purpose")]
    purpose_state: Annotated[PurposeState, about("用途状态", "State of the purpose", labels=PURPOSE_LABELS)]
    purpose_problem: Annotated[str, about("未完成原因", "What was in the way")]
    receipt: Annotated[str, about("渠道单号", "Receipt")]
    remark: Annotated[str, about("备注", "Remark")]
    asked_at: Annotated[datetime, about("创建时间", "Asked at")]
    paid_at: Annotated[datetime | None, about("支付时间", "Paid at")]

    @classmethod
    def of(cls, payment: Payment) -> PaymentView:
        return cls(**{name: getattr(payment, name) for name in cls.__struct_fields__})


class PaymentRules(Rules[Payment]):
    """Payments are shown without what clients were given."""

    def show(self, made: Payment) -> PaymentView:
        return PaymentView.of(made)


class PaymentDesk(NounService[Payment]):
    """The staff's work on payments. What is said in the sandbox is taken as a provider's word."""

    def __init__(self, payments: NounStore[Payment], service: PaymentService, clock: Clock, *, is_sandbox: bool):
        super().__init__(PAYMENTS, payments, clock, PaymentRules())
        self._service = service
        self._is_sandbox = is_sandbox

    async def say_paid(self, payment_id: Id, cause: Reason) -> Payment:
        """Raises NotFound and NoSandbox."""
        payment = await self._get_in_sandbox(payment_id)
        word = Paid(number=payment.number, amount=payment.amount, receipt=f"sandbox-{payment.id}", paid_at=self._clock.now())
        return await self._service.settle(word)

    async def say_refused(self, payment_id: Id, cause: Reason) -> Payment:
        """Raises NotFound and NoSandbox."""
        return await self._service.refuse((await self._get_in_sandbox(payment_id)).number)

    async def ask_about(self, payment_id: Id, cause: Reason) -> Payment:
        """Asks the provider now. Raises NotFound."""
        payment = await self.get(payment_id)
        await self._service.look_at(payment)
        return await self.get(payment_id)

    async def _get_in_sandbox(self, payment_id: Id) -> Payment:
        if not self._is_sandbox:
            raise NoSandbox()
        return await self.get(payment_id)


PAYMENTS = Noun(
    area="mall",
    name="payments",
    zh="支付",
    en="Payments",
    made=Payment,
    shown=PaymentView,
    label="number",
    searched=("number", "receipt", "remark"),
    sorted=("id", "amount", "asked_at"),
    filtered=("status", "user_id", "number", "purpose_state", "asked_at", "amount"),
    order=("-id",),
    is_kept=True,
    raises=(NoSandbox,),
    actions=(
        Action("pay", "设为已支付（沙箱）", "Say it is paid (sandbox)", PaymentDesk.say_paid),
        Action("refuse", "设为未支付（沙箱）", "Say it is not paid (sandbox)", PaymentDesk.say_refused),
        Action("ask", "查询", "Ask the provider", PaymentDesk.ask_about),
    ),
)
