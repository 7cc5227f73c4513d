"""第三方配送: where an order is that others bring."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.failures.general import NothingThere
from handlers.mall.shapes import DocumentTime, document_time, listed
from server.domain.mall.orders.order import OrderMissing
from server.domain.mall.sidelines.couriers import CourierStep
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)


class OrderNamed(Struct):
    orderId: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="订单id")]


class CourierShape(Struct):
    lat: float
    lng: float
    name: str
    mobile: str


@routes.get("/order/keloop/courierTag", access=SIGNED_IN, raises=(OrderMissing,))
async def find_courier(call: Call, query: OrderNamed) -> CourierShape:
    """读取快跑者配送员定位"""
    found = await call.services.mall.sidelines.couriers.find_for_buyer(call.caller.id, query.orderId)
    if found is None or found.latitude is None or found.longitude is None:
        raise NothingThere()
    return CourierShape(found.latitude, found.longitude, found.courier, found.mobile)


class CourierStepShape(Struct, omit_defaults=True):
    dateAdd: DocumentTime
    typeStr: str
    remark: str | None = None

    @classmethod
    def of(cls, step: CourierStep) -> CourierStepShape:
        return cls(document_time(step.at), step.event, step.remark or None)


@routes.get("/order/keloop/orderLogs", access=SIGNED_IN, raises=(OrderMissing,))
async def list_courier_steps(call: Call, query: OrderNamed) -> list[CourierStepShape]:
    """读取快跑者订单进程

    The newest first."""
    found = await call.services.mall.sidelines.couriers.find_for_buyer(call.caller.id, query.orderId)
    return listed(reversed(found.steps) if found is not None else (), CourierStepShape.of)
