"""The staff's desk for claims: giving money back, asking for goods, refusing; and what was refunded."""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.mall.claims.claims import (
    Claim,
    ClaimedOrders,
    ClaimKind,
    ClaimState,
    ReturnAddress,
    Step,
    WrongClaimState,
    amount_of,
)
from server.domain.mall.orders.order import Order, OrderMissing, Parcel
from server.domain.mall.orders.refunds import WAY_LABELS, Numbers, Refund, RefundBook, Way
from server.domain.nouns import (
    Action,
    ChangedMeanwhile,
    Id,
    Noun,
    NounService,
    NounStore,
    NumberId,
    Revision,
    Rules,
    about,
)
from server.domain.transactions import Contended, Transaction, Transactions

MOST = 10**11  # fen

KIND_LABELS = {
    ClaimKind.MONEY: ("仅退款", "Money back"),
    ClaimKind.RETURN: ("退货退款", "Goods and money back"),
    ClaimKind.EXCHANGE: ("换货", "Exchange"),
}
STATE_LABELS = {
    ClaimState.WAITING: ("待处理", "Waiting"),
    ClaimState.CANCELLED: ("已撤销", "Cancelled"),
    ClaimState.REFUSED: ("已拒绝", "Refused"),
    ClaimState.UNDER_WAY: ("处理中", "Under way"),
    ClaimState.DONE: ("已完成", "Done"),
}
STEP_LABELS = {Step.NONE: ("无需退货", "No goods"), Step.TO_SEND: ("待寄回", "To be sent back"), Step.SENT: ("已寄回", "Sent back")}

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Money = Annotated[int, Meta(ge=0, le=MOST)]
ShortText = Annotated[str, Meta(max_length=64)]


class ClaimView(Struct, frozen=True, kw_only=True):
    """A claim as the staff sees it; money in fen."""

    id: NumberId
    revision: Revision
    order_id: Annotated[int, about("订单", "Order", refers_to="mall.orders")]
    order_number: Annotated[str, about("订单号", "Order number")]
    line_id: Annotated[int, about("商品行", "Line")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    goods_id: Annotated[int, about("商品编号", "Goods", refers_to="mall.goods")]
    goods_name: Annotated[str, about("商品", "Goods")]
    number: Annotated[int, about("件数", "Pieces")]
    amount: Annotated[int, about("申请金额", "Asked for", "money")]
    kind: Annotated[ClaimKind, about("类型", "Kind", labels=KIND_LABELS)]
    is_received: Annotated[bool, about("已收到货", "Received")]
    reason: Annotated[str, about("原因", "Why")]
    remark: Annotated[str, about("描述", "Remark", "long_text")]
    pictures: Annotated[list[str], about("凭证", "Pictures", "list")]
    state: Annotated[ClaimState, about("状态", "State", labels=STATE_LABELS)]
    step: Annotated[Step, about("寄回", "Goods", labels=STEP_LABELS)]
    carrier: Annotated[str, about("寄回快递", "Carrier")]
    tracking: Annotated[str, about("寄回单号", "Tracking number")]
    answer: Annotated[str, about("商家回复", "Answer")]
    refunded: Annotated[int, about("已退金额", "Refunded", "money")]
    asked_at: Annotated[datetime, about("申请时间", "Asked at")]
    changed_at: Annotated[datetime, about("修改时间", "Changed at")]

    @classmethod
    def of(cls, claim: Claim) -> ClaimView:
        about = {name: getattr(claim, name) for name in cls.__struct_fields__ if name != "pictures"}
        return cls(**about, pictures=list(claim.pictures))


class ClaimRules(Rules[Claim]):
    """Claims are shown in one piece."""

    def show(self, made: Claim) -> ClaimView:
        return ClaimView.of(made)


class Approval(Struct, frozen=True, kw_only=True):
    """`amount` in place of what was asked for, no more than was paid, the freight included with the last pieces.

    `carrier` and `tracking` are of what is sent in exchange.
    """

    amount: Annotated[Money | None, about("退款金额", "Amount", "money")] = None
    way: Annotated[Way, about("退款方式", "Goes back", labels=WAY_LABELS)] = Way.WALLET
    carrier: Annotated[ShortText, about("换货快递", "Carrier of the exchange")] = ""
    tracking: Annotated[ShortText, about("换货单号", "Tracking number of the exchange")] = ""


class Refusal(Struct, frozen=True, kw_only=True):
    answer: Annotated[Text, about("拒绝原因", "What the buyer reads")]


class AddressTerms(Struct, frozen=True, kw_only=True):
    """Where the goods are to go."""

    name: Annotated[Text, about("收货人", "Name")]
    mobile: Annotated[Annotated[str, Meta(min_length=1, max_length=32)], about("手机号", "Mobile")]
    address: Annotated[Text, about("退货地址", "Address")]


Decision = Callable[[Order, Transaction], Awaitable[tuple[Order, Claim]]]


class ClaimDesk(NounService[Claim]):
    """The staff's work on claims. What is decided, the order and the money are written together."""

    def __init__(self, claims: NounStore[Claim], orders: ClaimedOrders, book: RefundBook, transactions: Transactions, clock: Clock):
        super().__init__(CLAIMS, claims, clock, ClaimRules())
        self._claims = claims
        self._orders = orders
        self._book = book
        self._transactions = transactions

    async def approve_claim(self, claim_id: Id, cause: Cause, approval: Approval) -> Claim:
        """Gives the money back, or ends an exchange. Raises NotFound, WrongClaimState and ChangedMeanwhile."""
        before = await self.get(claim_id)
        before.check_open()
        numbers = await self._book.take_numbers(await self._get_order(before))

        async def decide(order: Order, within: Transaction) -> tuple[Order, Claim]:
            now, line = self._clock.now(), order.get_line(before.line_id)
            number = min(before.number, line.number - line.returned)
            if before.kind is ClaimKind.EXCHANGE:
                return await self._exchange(order, approval, within), before.done(now, refunded=0, refund_id=None)
            if number == 0 or order.is_refunded:  # the staff gave it all back meanwhile
                return order, before.done(now, refunded=0, refund_id=None)
            return await self._give_back(numbers, order, before, number, approval, within)

        return await self._decide("approve", before, cause, decide)

    async def refuse_claim(self, claim_id: Id, cause: Cause, refusal: Refusal) -> Claim:
        """Raises NotFound, WrongClaimState and ChangedMeanwhile."""
        before = await self.get(claim_id)

        async def decide(order: Order, within: Transaction) -> tuple[Order, Claim]:
            return order, before.refused(refusal.answer, self._clock.now())

        return await self._decide("refuse", before, cause, decide)

    async def ask_goods_back(self, claim_id: Id, cause: Cause, terms: AddressTerms) -> Claim:
        """Raises NotFound, WrongClaimState and ChangedMeanwhile."""
        address = ReturnAddress(name=terms.name, mobile=terms.mobile, address=terms.address)

        async def apply(before: Claim) -> Claim:
            return before.asked_back(address, self._clock.now())

        return await self.act(claim_id, "ask-return", cause, apply)

    async def _give_back(
        self, numbers: Numbers, order: Order, claim: Claim, number: int, approval: Approval, within: Transaction
    ) -> tuple[Order, Claim]:
        after, refund = await self._book.give_back_within(
            numbers,
            order,
            {claim.line_id: number},
            within,
            way=approval.way,
            most=amount_of(order, claim, number) if approval.amount is None else approval.amount,
            claim_id=claim.id,
            remark=claim.reason,
        )
        return after, claim.done(self._clock.now(), refunded=refund.money, refund_id=refund.id)

    async def _exchange(self, order: Order, approval: Approval, within: Transaction) -> Order:
        if not approval.tracking:
            return order
        now = self._clock.now()
        parcel = Parcel(carrier=approval.carrier or "-", number=approval.tracking, sent_at=now)
        after = order.become(now, parcels=(*order.parcels, parcel))
        await self._save_order(order, after, within)
        return after

    async def _decide(self, verb: str, before: Claim, cause: Cause, decide: Decision) -> Claim:
        """It is open no more, and the order knows it."""

        async def work(within: Transaction) -> Claim:
            order, after = await decide(await self._get_order(before, within), within)
            if not await self._claims.save(before, after, self.entry(verb, before, after, cause), within):
                raise ChangedMeanwhile()
            await self._save_order(order, order.claimed(before.line_id, None, self._clock.now()), within)
            return after

        try:
            return await self._transactions.run(work)
        except Contended:
            raise ChangedMeanwhile() from None

    async def _get_order(self, claim: Claim, within: Transaction | None = None) -> Order:
        found = await self._orders.find_order(claim.order_id, within)
        if found is None:
            raise OrderMissing("order")
        return found

    async def _save_order(self, before: Order, after: Order, within: Transaction) -> None:
        if not await self._orders.save_order(before, after, within):
            raise Contended()  # it was read in the same transaction: nobody can have changed it


CLAIMS = Noun(
    area="mall",
    name="claims",
    zh="售后",
    en="Claims",
    made=Claim,
    shown=ClaimView,
    label="order_number",
    searched=("order_number", "goods_name", "reason", "remark", "tracking"),
    sorted=("id", "amount", "asked_at"),
    filtered=("state", "kind", "step", "order_id", "user_id", "goods_id", "asked_at", "amount"),
    order=("-id",),
    is_kept=True,
    raises=(WrongClaimState,),
    actions=(
        Action("approve", "同意并退款", "Approve", ClaimDesk.approve_claim, input=Approval),
        Action("ask-return", "要求寄回", "Ask for the goods", ClaimDesk.ask_goods_back, input=AddressTerms),
        Action("refuse", "拒绝", "Refuse", ClaimDesk.refuse_claim, input=Refusal),
    ),
)

REFUNDS = Noun(
    area="mall",
    name="refunds",
    zh="退款记录",
    en="Refunds",
    made=Refund,
    label="id",
    searched=("remark",),
    sorted=("id", "money", "at"),
    filtered=("order_id", "user_id", "claim_id", "way", "money", "at"),
    order=("-id",),
    is_kept=True,
)
