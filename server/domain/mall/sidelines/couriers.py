"""Deliveries by others (跑腿): who brings an order, where they are, and each step on the way."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.mall.orders.order import Order, OrderMissing
from server.domain.mall.wallet.owned import OwnedStore
from server.domain.nouns import Action, Id, Noun, NounService, NumberId, Revision, Rules, about

MOST_STEPS = 200

Text = Annotated[str, Meta(max_length=100)]


class CourierStep(Struct, frozen=True, kw_only=True):
    """What happened when."""

    at: Annotated[datetime, about("时间", "Time")]
    event: Annotated[str, about("进程", "Event")]
    remark: Annotated[str, about("备注", "Remark")] = ""


class DeliveryTerms(Struct, frozen=True, kw_only=True):
    """Who brings which order. `number` is the carrier's for it."""

    order_id: Annotated[Annotated[int, Meta(ge=1, le=2**53 - 1)], about("订单", "Order", refers_to="mall.orders")]
    courier: Annotated[Text, about("配送员", "Courier")] = ""
    mobile: Annotated[Annotated[str, Meta(max_length=32)], about("配送员电话", "Courier's telephone")] = ""
    number: Annotated[Text, about("配送单号", "Number")] = ""


class CourierDelivery(DeliveryTerms, frozen=True, kw_only=True):
    """`latitude` and `longitude`: where the courier was last."""

    id: NumberId
    revision: Revision = 0
    latitude: Annotated[float | None, about("纬度", "Latitude")] = None
    longitude: Annotated[float | None, about("经度", "Longitude")] = None
    steps: Annotated[tuple[CourierStep, ...], about("进程", "Steps")] = ()


class KnownOrders(Protocol):
    """Knows orders."""

    async def find_order(self, order_id: int) -> Order | None: ...


class DeliveryRules(Rules[CourierDelivery]):
    """Of orders that there are."""

    def __init__(self, orders: KnownOrders):
        self._orders = orders

    async def check(self, after: CourierDelivery, before: CourierDelivery | None) -> None:
        if await self._orders.find_order(after.order_id) is None:
            raise InvalidInput({"order_id": ["unknown"]})


class Step(Struct, frozen=True, kw_only=True):
    """What the carrier tells."""

    event: Annotated[Annotated[str, Meta(min_length=1, max_length=100)], about("进程", "Event")]
    remark: Annotated[Annotated[str, Meta(max_length=200)], about("备注", "Remark")] = ""


class Place(Struct, frozen=True, kw_only=True):
    """Where the courier is."""

    latitude: Annotated[Annotated[float, Meta(ge=-90, le=90)], about("纬度", "Latitude")]
    longitude: Annotated[Annotated[float, Meta(ge=-180, le=180)], about("经度", "Longitude")]


class CourierDesk(NounService[CourierDelivery]):
    """The staff's work on deliveries, and what buyers see of theirs."""

    def __init__(self, deliveries: OwnedStore[CourierDelivery], orders: KnownOrders, clock: Clock):
        super().__init__(COURIER_DELIVERIES, deliveries, clock, DeliveryRules(orders))
        self._deliveries = deliveries
        self._orders = orders

    async def add_step(self, delivery_id: Id, cause: Reason, step: Step) -> CourierDelivery:
        """The newest are kept. Raises NotFound and ChangedMeanwhile."""
        told = CourierStep(at=self._clock.now(), event=step.event, remark=step.remark)

        async def apply(before: CourierDelivery) -> CourierDelivery:
            return replace(before, steps=(*before.steps, told)[-MOST_STEPS:], revision=before.revision + 1)

        return await self.act(delivery_id, "step", cause, apply)

    async def locate(self, delivery_id: Id, cause: Reason, place: Place) -> CourierDelivery:
        """Raises NotFound and ChangedMeanwhile."""
        return await self.become(delivery_id, "locate", cause, latitude=place.latitude, longitude=place.longitude)

    async def find_for_buyer(self, user_id: int, order_id: int) -> CourierDelivery | None:
        """The last one of the buyer's order. Raises OrderMissing, also for another's."""
        order = await self._orders.find_order(order_id)
        if order is None or order.user_id != user_id:
            raise OrderMissing("order")
        return await self._deliveries.find_first(order_id=order_id)


COURIER_DELIVERIES = Noun(
    area="mall",
    name="courier-deliveries",
    zh="第三方配送",
    en="Deliveries by others",
    made=CourierDelivery,
    terms=DeliveryTerms,
    label="number",
    searched=("number", "courier", "mobile"),
    sorted=("id", "order_id"),
    filtered=("order_id",),
    order=("-id",),
    actions=(
        Action("step", "记录进程", "Note a step", CourierDesk.add_step, input=Step),
        Action("locate", "更新位置", "Tell where", CourierDesk.locate, input=Place),
    ),
)
