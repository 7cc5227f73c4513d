"""The staff's desk for orders: sending them, changing what they cost, closing them, giving money back."""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.mall.orders.order import Order, OrderStatus, Parcel, Trace, WrongOrderState
from server.domain.mall.orders.promotions import Promotions
from server.domain.mall.orders.refunds import RefundBook, Way, all_pieces
from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.price_rules import Effect
from server.domain.mall.pricing import Delivery
from server.domain.mall.wares import Stock
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
MOST_NOTE_CHARACTERS = 1000

STATUS_LABELS = {
    OrderStatus.CLOSED: ("已关闭", "Closed"),
    OrderStatus.UNPAID: ("待支付", "Unpaid"),
    OrderStatus.PAID: ("待发货", "To be sent"),
    OrderStatus.SHIPPED: ("已发货", "Sent"),
    OrderStatus.RECEIVED: ("已收货", "Received"),
    OrderStatus.REVIEWED: ("已评价", "Reviewed"),
}
DELIVERY_LABELS = {
    Delivery.EXPRESS: ("快递", "Express"),
    Delivery.PICK_UP: ("自提", "Pick-up"),
    Delivery.COURIER: ("同城配送", "Courier"),
}

KIND_LABELS = {
    PriceKind.NUMBER: ("阶梯价", "By number"),
    PriceKind.LEVEL: ("会员折扣", "Member level"),
    PriceKind.FLASH_SALE: ("秒杀", "Flash sale"),
    PriceKind.BARGAIN: ("砍价", "Bargain"),
    PriceKind.GROUP: ("拼团", "Group buying"),
    PriceKind.ADDITIONAL: ("其他费用", "Additional price"),
    PriceKind.FREIGHT: ("运费", "Freight"),
    PriceKind.COUPON: ("优惠券", "Coupon"),
    PriceKind.POINTS: ("积分抵扣", "Points"),
    PriceKind.CARD: ("储值卡", "Stored-value card"),
    PriceKind.STAFF: ("商家改价", "Changed by the staff"),
}

Text = Annotated[str, Meta(min_length=1, max_length=64)]


class LineView(Struct, frozen=True, kw_only=True):
    """A line as the staff reads it; of `number` pieces so many were `returned`, or are not sent any more."""

    id: int
    goods_id: int
    name: str
    specs: str
    number: int
    returned: int
    unit_price: int
    amount: int


class EffectView(Struct, frozen=True, kw_only=True):
    """How much a rule took off, or has added; `rows` of it for each of the goods, the rest for the freight."""

    kind: Annotated[PriceKind, about("规则", "Rule", labels=KIND_LABELS)]
    name: str
    source_id: int | None
    amount: Annotated[int, about("金额", "Amount", "money")]
    rows: list[int]
    freight: Annotated[int, about("运费", "Freight", "money")]
    points: Annotated[int, about("所用积分", "Points spent")]

    @classmethod
    def of(cls, effect: Effect) -> EffectView:
        return cls(
            kind=effect.kind,
            name=effect.name,
            source_id=effect.source_id,
            amount=effect.amount,
            rows=list(effect.rows),
            freight=effect.freight,
            points=effect.points,
        )


class OrderView(Struct, frozen=True, kw_only=True):
    """An order as the staff sees it; money in fen."""

    id: NumberId
    revision: Revision
    number: Annotated[str, about("订单号", "Number")]
    user_id: Annotated[int, about("用户编号", "User")]
    shop_id: Annotated[int, about("店铺编号", "Shop")]
    status: Annotated[OrderStatus, about("状态", "State", labels=STATUS_LABELS)]
    lines: Annotated[list[LineView], about("商品", "Goods", "list")]
    goods: Annotated[int, about("商品金额", "Goods", "money")]
    freight: Annotated[int, about("运费", "Freight", "money")]
    additional: Annotated[int, about("其他费用", "Additional prices", "money")]
    discount: Annotated[int, about("优惠", "Discount", "money")]
    real: Annotated[int, about("应付", "To pay", "money")]
    points: Annotated[int, about("积分", "Points")]
    effects: Annotated[list[EffectView], about("价格说明", "How the price came", "list")]
    refunded: Annotated[int, about("已退款", "Refunded", "money")]
    delivery: Annotated[Delivery, about("配送方式", "Delivery", labels=DELIVERY_LABELS)]
    receiver: Annotated[str, about("收货人", "Receiver")]
    mobile: Annotated[str, about("手机号", "Mobile")]
    place: Annotated[str, about("收货地址", "Address", "long_text")]
    pick_up_shop_name: Annotated[str, about("自提门店", "Pick-up shop")]
    parcels: Annotated[list[str], about("包裹", "Parcels", "list")]
    remark: Annotated[str, about("买家备注", "Buyer's remark")]
    note: Annotated[str, about("商家备注", "Note", "long_text")]
    placed_at: Annotated[datetime, about("下单时间", "Placed at")]
    paid_at: Annotated[datetime | None, about("支付时间", "Paid at")]
    closed_at: Annotated[datetime | None, about("关闭时间", "Closed at")]

    @classmethod
    def of(cls, order: Order) -> OrderView:
        contact = order.contact
        parts = (contact.province, contact.city, contact.district, contact.street, contact.address) if contact else ()
        return cls(
            id=order.id,
            revision=order.revision,
            number=order.number,
            user_id=order.user_id,
            shop_id=order.shop_id,
            status=order.status,
            lines=[
                LineView(
                    id=line.id,
                    goods_id=line.choice.goods_id,
                    name=line.name,
                    specs=",".join([*(value for _, value in line.spec_names), *(option.name for option in line.options)]),
                    number=line.number,
                    returned=line.returned,
                    unit_price=line.unit_price,
                    amount=line.amount,
                )
                for line in order.lines
            ],
            goods=order.goods,
            freight=order.freight,
            additional=order.additional,
            discount=order.discount,
            real=order.real,
            points=order.points,
            effects=[EffectView.of(effect) for effect in order.effects],
            refunded=order.refunded,
            delivery=order.delivery,
            receiver=contact.name if contact else "",
            mobile=contact.mobile if contact else "",
            place=" ".join(filter(None, parts)),
            pick_up_shop_name=order.pick_up_shop_name,
            parcels=[f"{parcel.carrier} {parcel.number}" for parcel in order.parcels],
            remark=order.remark,
            note=order.note,
            placed_at=order.placed_at,
            paid_at=order.paid_at,
            closed_at=order.closed_at,
        )


class TraceTerms(Struct, frozen=True, kw_only=True):
    """`at` as the carrier writes it."""

    at: Annotated[str, Meta(max_length=32)]
    text: Annotated[str, Meta(max_length=200)]


class Shipment(Struct, frozen=True, kw_only=True):
    """A parcel that was handed to its carrier. `traces`: where it was seen, a line each, the time first and then a space."""

    carrier: Annotated[Text, about("快递公司", "Carrier")]
    carrier_code: Annotated[str, Meta(max_length=32), about("快递公司编码", "Carrier's code")] = ""
    tracking: Annotated[Text, about("快递单号", "Tracking number")]
    traces: Annotated[list[TraceTerms], Meta(max_length=100), about("物流轨迹", "Traces", "list")] = []


class NewPrice(Struct, frozen=True, kw_only=True):
    real: Annotated[int, Meta(ge=0, le=MOST), about("应付", "To pay", "money")]


class NewNote(Struct, frozen=True, kw_only=True):
    note: Annotated[str, Meta(max_length=MOST_NOTE_CHARACTERS), about("商家备注", "Note", "long_text")]


class OrderRules(Rules[Order]):
    """Orders are shown in one piece."""

    def show(self, made: Order) -> OrderView:
        return OrderView.of(made)


class OrderDesk(NounService[Order]):
    """The staff's work on orders. Each change, its entry in the log and all that belongs to it are written together."""

    def __init__(
        self,
        orders: NounStore[Order],
        stock: Stock,
        refunds: RefundBook,
        promotions: Promotions,
        transactions: Transactions,
        clock: Clock,
    ):
        super().__init__(ORDERS, orders, clock, OrderRules())
        self._orders = orders
        self._promotions = promotions
        self._stock = stock
        self._refunds = refunds
        self._transactions = transactions

    async def ship_order(self, order_id: Id, cause: Reason, shipment: Shipment) -> Order:
        """Raises NotFound, WrongOrderState and ChangedMeanwhile."""
        now = self._clock.now()
        parcel = Parcel(
            carrier=shipment.carrier,
            carrier_code=shipment.carrier_code,
            number=shipment.tracking,
            sent_at=now,
            traces=tuple(Trace(one.at, one.text) for one in shipment.traces),
        )
        return await self._turn(order_id, "ship", cause, lambda before: before.shipped(parcel, now))

    async def change_price(self, order_id: Id, cause: Reason, price: NewPrice) -> Order:
        """Raises NotFound, WrongOrderState and ChangedMeanwhile."""
        return await self._turn(order_id, "change-price", cause, lambda before: before.priced(price.real, self._clock.now()))

    async def note_order(self, order_id: Id, cause: Reason, note: NewNote) -> Order:
        """What only the staff reads. Raises NotFound and ChangedMeanwhile."""
        return await self._turn(order_id, "note", cause, lambda before: before.become(self._clock.now(), note=note.note))

    async def close_order(self, order_id: Id, cause: Reason) -> Order:
        """Before it is paid. Raises NotFound, WrongOrderState and ChangedMeanwhile."""

        async def give_back(before: Order, within: Transaction) -> None:
            await self._stock.give_back(before.pieces, within)
            await self._promotions.give_back(before, within)

        return await self._turn(order_id, "close", cause, lambda before: before.closed(self._clock.now()), give_back)

    async def refund_order(self, order_id: Id, cause: Reason) -> Order:
        """All that was paid goes back to the buyer's wallet; what was not sent is free again. Raises NotFound, WrongOrderState and
        ChangedMeanwhile."""

        return await self._refund(order_id, "refund", cause, Way.WALLET)

    async def refund_order_as_paid(self, order_id: Id, cause: Reason) -> Order:
        """As `refund_order`; but what came by a payment goes back by it."""
        return await self._refund(order_id, "refund-as-paid", cause, Way.AS_PAID)

    async def _refund(self, order_id: Id, verb: str, cause: Reason, way: Way) -> Order:
        before = await self.get(order_id)
        numbers = await self._refunds.take_numbers(before)

        async def work(within: Transaction) -> Order:
            after, _ = await self._refunds.give_back_within(
                numbers,
                before,
                all_pieces(before),
                within,
                way=way,
                remark=cause.reason,
                entry=lambda old, new: self.entry(verb, old, new, cause),
            )
            return after

        try:
            return await self._transactions.run(work)
        except Contended:
            raise ChangedMeanwhile() from None

    async def _turn(
        self,
        order_id: Id,
        verb: str,
        cause: Reason,
        turn: Callable[[Order], Order],
        also: Callable[[Order, Transaction], Awaitable[Any]] | None = None,
    ) -> Order:
        before = await self.get(order_id)
        after = turn(before)
        entry = self.entry(verb, before, after, cause)

        async def work(within: Transaction) -> None:
            if not await self._orders.save(before, after, entry, within):
                raise ChangedMeanwhile()
            if also is not None:
                await also(before, within)

        await self._transactions.run(work)
        return after


ORDERS = Noun(
    area="mall",
    name="orders",
    zh="订单",
    en="Orders",
    made=Order,
    shown=OrderView,
    label="number",
    searched=("number", "remark", "note"),
    sorted=("id", "real", "placed_at"),
    filtered=("status", "user_id", "number", "delivery", "placed_at", "real"),
    order=("-id",),
    is_kept=True,
    raises=(WrongOrderState,),
    actions=(
        Action("ship", "发货", "Ship", OrderDesk.ship_order, input=Shipment),
        Action("change-price", "改价", "Change the price", OrderDesk.change_price, needs_reason=True, input=NewPrice),
        Action("note", "备注", "Note", OrderDesk.note_order, input=NewNote),
        Action("close", "关闭", "Close", OrderDesk.close_order, needs_reason=True),
        Action("refund", "全额退款", "Refund in full", OrderDesk.refund_order, needs_reason=True),
        Action("refund-as-paid", "全额原路退款", "Refund in full, as it was paid", OrderDesk.refund_order_as_paid, needs_reason=True),
    ),
)
