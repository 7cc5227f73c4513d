"""The staff's desk for repayments: looking at them, asking about them, and saying what became of them where nobody takes money."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.mall.payments.desk import NoSandbox
from server.domain.mall.payments.payment import Repaid, RepaymentState
from server.domain.mall.payments.repayments import Repayment, RepaymentService
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, Rules, about

STATE_LABELS = {
    RepaymentState.WAITING: ("退款中", "Under way"),
    RepaymentState.DONE: ("已退款", "Paid back"),
    RepaymentState.FAILED: ("退款失败，款项在余额中", "Not possible; it is in the wallet"),
}


class RepaymentView(Struct, frozen=True, kw_only=True):
    """A repayment as the staff sees it; money in fen."""

    id: NumberId
    revision: Revision
    number: Annotated[str, about("退款单号", "Number")]
    order_id: Annotated[int, about("订单", "Order", refers_to="mall.orders")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    payment_id: Annotated[int, about("支付", "Payment", refers_to="mall.payments")]
    payment_number: Annotated[str, about("支付单号", "Payment's number")]
    total: Annotated[int, about("原支付金额", "Was paid", "money")]
    amount: Annotated[int, about("退款金额", "Amount", "money")]
    state: Annotated[RepaymentState, about("状态", "State", labels=STATE_LABELS)]
    receipt: Annotated[str, about("渠道单号", "Receipt")]
    looks: Annotated[int, about("查询次数", "Times asked")]
    asked_at: Annotated[datetime, about("创建时间", "Asked at")]
    done_at: Annotated[datetime | None, about("完成时间", "Decided at")]

    @classmethod
    def of(cls, repayment: Repayment) -> RepaymentView:
        return cls(**{name: getattr(repayment, name) for name in cls.__struct_fields__})


class RepaymentRules(Rules[Repayment]):
    """Repayments are read alone."""

    def show(self, made: Repayment) -> RepaymentView:
        return RepaymentView.of(made)


class RepaymentDesk(NounService[Repayment]):
    """The staff's work on repayments. What is said in the sandbox is taken as a provider's word."""

    def __init__(self, repayments: NounStore[Repayment], service: RepaymentService, clock: Clock, *, is_sandbox: bool):
        super().__init__(REPAYMENTS, repayments, clock, RepaymentRules())
        self._service = service
        self._is_sandbox = is_sandbox

    async def say_done(self, repayment_id: Id, cause: Reason) -> Repayment:
        """Raises NotFound and NoSandbox."""
        return await self._say(repayment_id, RepaymentState.DONE)

    async def say_failed(self, repayment_id: Id, cause: Reason) -> Repayment:
        """Raises NotFound and NoSandbox."""
        return await self._say(repayment_id, RepaymentState.FAILED)

    async def ask_about(self, repayment_id: Id, cause: Reason) -> Repayment:
        """Asks the provider now. Raises NotFound."""
        await self._service.look_at(await self.get(repayment_id))
        return await self.get(repayment_id)

    async def _say(self, repayment_id: Id, state: RepaymentState) -> Repayment:
        if not self._is_sandbox:
            raise NoSandbox()
        repayment = await self.get(repayment_id)
        return await self._service.take_word(Repaid(number=repayment.number, state=state, receipt=f"sandbox-{repayment.id}"))


REPAYMENTS = Noun(
    area="mall",
    name="repayments",
    zh="原路退款",
    en="Repayments",
    made=Repayment,
    shown=RepaymentView,
    label="number",
    searched=("number", "payment_number", "receipt"),
    sorted=("id", "amount", "asked_at"),
    filtered=("state", "user_id", "order_id", "asked_at", "amount"),
    order=("-id",),
    is_kept=True,
    raises=(NoSandbox,),
    actions=(
        Action("done", "设为已退款（沙箱）", "Say it is paid back (sandbox)", RepaymentDesk.say_done),
        Action("failed", "设为退款失败（沙箱）", "Say it failed (sandbox)", RepaymentDesk.say_failed),
        Action("ask", "查询", "Ask the provider", RepaymentDesk.ask_about),
    ),
)
