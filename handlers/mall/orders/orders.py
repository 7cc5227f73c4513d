"""订单: looking at orders, and what their buyers do with them."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.failures.general import NothingThere
from handlers.mall.orders.shapes import OrderDetailShape, OrderGoodsShape, OrderInfoShape, OrderLogisticsShape
from handlers.mall.shapes import PAGED, PagingBetweenDays, absolute
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput, NotAllowed
from server.domain.mall.ledger import NotEnoughBalance, NotEnoughPoints
from server.domain.mall.orders.life import (
    MOST_AT_ONCE,
    AlreadyRedeemed,
    OrderQuery,
    RedeemedUnpaid,
    RedeemedWhileClosed,
)
from server.domain.mall.orders.order import NothingToPay, Order, OrderMissing, OrderStatus, WrongOrderState
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID, description="订单id")]
Code = Annotated[str, Meta(max_length=64, description="核销码")]


class OwnOrder(Struct):
    orderId: Id


@routes.post("/order/close", access=SIGNED_IN, raises=(OrderMissing, WrongOrderState))
async def close_order(call: Call, body: OwnOrder) -> None:
    """关闭订单

    Before it is paid."""
    await call.services.mall.ordering.orders.close(call.caller.id, body.orderId)


@routes.post("/order/delete", access=SIGNED_IN, raises=(OrderMissing,))
async def hide_order(call: Call, body: OwnOrder) -> None:
    """删除订单

    It is gone from the buyer's lists alone."""
    await call.services.mall.ordering.orders.hide(call.caller.id, body.orderId)


@routes.post("/order/delivery", access=SIGNED_IN, raises=(OrderMissing, WrongOrderState))
async def receive_order(call: Call, body: OwnOrder) -> None:
    """确认收货"""
    await call.services.mall.ordering.orders.receive(call.caller.id, body.orderId)


class OrderSought(Struct):
    """By one of the two."""

    id: Id | None = None
    hxNumber: Code | None = None


@routes.get("/order/detail", access=SIGNED_IN, raises=(OrderMissing,))
async def get_order(call: Call, query: OrderSought) -> OrderDetailShape:
    """订单详情

    By its id for its buyer; by its code also for who hands it over. With what carriers tell of its parcels."""
    orders = call.services.mall.ordering.orders
    if query.hxNumber is not None:
        order = await orders.get_order_by_code(call.caller, query.hxNumber)
    elif query.id is not None:
        order = await orders.get_order(call.caller.id, query.id)
    else:
        raise InvalidInput({"id": ["required"]})
    order = await call.services.mall.ordering.tracking.follow(order)
    return OrderDetailShape.of(order, call.services.clock.now(), call.origin)


class Redemption(Struct):
    hxNumber: Code


@routes.post("/order/hx", access=ANYONE, raises=(NotAllowed, OrderMissing, RedeemedWhileClosed, RedeemedUnpaid, AlreadyRedeemed))
async def redeem_order(call: Call, body: Redemption) -> None:
    """订单核销

    By whom the parameter `order_hx_uids` names, and by operators."""
    await call.services.mall.ordering.orders.redeem(call.user, body.hxNumber)


class OrderListQuery(PagingBetweenDays):
    """`hasRefund=true` asks for those that were given back, whatever their status."""

    status: Annotated[str, Meta(max_length=64, description="订单状态，多个用英文逗号隔开")] | None = None
    orderNumber: Annotated[str, Meta(max_length=64)] | None = None
    hasRefund: bool | None = None

    def to_order_query(self, user_id: int) -> OrderQuery:
        """Raises InvalidInput."""
        return OrderQuery(
            user_id=user_id,
            statuses=None if self.status is None or self.hasRefund else _statuses(self.status),
            number=self.orderNumber,
            is_refunded=True if self.hasRefund else None,
            first_at=self.first_at,
            last_at=self.last_at,
        )


def _statuses(text: str) -> tuple[OrderStatus, ...]:
    try:
        return tuple(OrderStatus(int(one)) for one in text.split(",") if one.strip())
    except ValueError:
        raise InvalidInput({"status": ["not_a_choice"]}) from None


class BuyerShape(Struct, omit_defaults=True):
    id: int
    nick: str | None = None
    avatarUrl: str | None = None
    mobile: str | None = None

    @classmethod
    def of(cls, user: User, origin: str) -> BuyerShape:
        return cls(user.id, user.nickname, absolute(user.avatar, origin) or None, user.phone or None)


class OrderListShape(Struct):
    """Goods and parcels by the orders' ids."""

    orderList: list[OrderInfoShape]
    goodsMap: dict[str, list[OrderGoodsShape]]
    logisticsMap: dict[str, OrderLogisticsShape]
    userMap: dict[str, BuyerShape]
    totalRow: int
    totalPage: int


@routes.post("/order/list", access=SIGNED_IN, raises=())
async def list_orders(call: Call, body: OrderListQuery) -> OrderListShape:
    """订单列表

    The newest first."""
    page = body.to_page_query(PAGED)
    found = await call.services.mall.ordering.orders.page_orders(body.to_order_query(call.caller.id), page)
    if not found.items:
        raise NothingThere()
    return OrderListShape(
        orderList=[OrderInfoShape.of(order, call.services.clock.now()) for order in found.items],
        goodsMap={str(order.id): _goods_of(order, call.origin) for order in found.items},
        logisticsMap={str(order.id): OrderLogisticsShape.of(order, order.contact) for order in found.items if order.contact},
        userMap={str(call.caller.id): BuyerShape.of(call.caller, call.origin)},
        totalRow=found.total,
        totalPage=-(-found.total // page.size),
    )


def _goods_of(order: Order, origin: str) -> list[OrderGoodsShape]:
    return [OrderGoodsShape.of(order, line, origin) for line in order.lines]


class Payment(Struct):
    orderId: Annotated[str, Meta(max_length=400, description="订单id，多个用英文逗号隔开")]

    def order_ids(self) -> Sequence[int]:
        """Raises InvalidInput."""
        words = [word for word in self.orderId.split(",") if word]
        if not 1 <= len(words) <= MOST_AT_ONCE or not all(word.isascii() and word.isdigit() and len(word) <= 15 for word in words):
            raise InvalidInput({"orderId": ["wrong_form"]})
        return [int(word) for word in words]


@routes.post("/order/pay", access=SIGNED_IN, raises=(OrderMissing, NothingToPay, NotEnoughBalance, NotEnoughPoints))
async def pay_orders(call: Call, body: Payment) -> None:
    """钱包支付订单

    With money and points together; several orders all or none."""
    await call.services.mall.ordering.orders.pay(call.caller.id, body.order_ids())


class StatisticsShape(Struct):
    count_id_no_pay: int
    count_id_no_transfer: int
    count_id_no_confirm: int
    count_id_no_reputation: int
    count_id_success: int
    count_id_close: int


@routes.get("/order/statistics", access=SIGNED_IN, raises=())
async def count_orders(call: Call) -> StatisticsShape:
    """订单统计"""
    counts = await call.services.mall.ordering.orders.count_by_status(call.caller.id)
    return StatisticsShape(
        count_id_no_pay=counts[OrderStatus.UNPAID],
        count_id_no_transfer=counts[OrderStatus.PAID],
        count_id_no_confirm=counts[OrderStatus.SHIPPED],
        count_id_no_reputation=counts[OrderStatus.RECEIVED],
        count_id_success=counts[OrderStatus.REVIEWED],
        count_id_close=counts[OrderStatus.CLOSED],
    )
