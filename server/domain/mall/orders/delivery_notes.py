"""Delivery notes: orders on paper, for who packs and who receives."""
from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from server.domain.mall.furniture import Furniture
from server.domain.mall.orders.desk import DELIVERY_LABELS, LineView, OrderDesk, OrderView
from server.domain.mall.orders.order import GroupIncomplete, GroupMark, OrderStatus, WrongOrderState
from server.domain.mall.settings import Settings
from server.domain.mall.shops import Shop
from server.domain.moments import SHANGHAI

NAME_SETTING = "mallName"
TO_PACK = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.REVIEWED)


class DeliveryNote(Struct, frozen=True):
    """What stands on one. `about` and `sums`: with their titles in Chinese and English; money in fen."""

    seller: str
    number: str
    about: list[tuple[str, str, str]]
    lines: list[LineView]
    goods: int
    sums: list[tuple[str, str, int]]

    @classmethod
    def of(cls, order: OrderView, seller: str) -> DeliveryNote:
        zh, en = DELIVERY_LABELS[order.delivery]
        about = [
            ("下单时间", "Placed at", f"{order.placed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
            ("配送方式", "Delivery", f"{zh} {en}"),
            ("收货人", "To", f"{order.receiver} {order.mobile}".strip()),
            ("收货地址", "Address", order.place),
            ("自提门店", "Pick-up shop", order.pick_up_shop_name),
            ("包裹", "Parcels", "; ".join(order.parcels)),
            ("买家备注", "Remark", order.remark),
        ]
        sums = [
            ("运费", "Freight", order.freight),
            ("其他费用", "Additional", order.additional),
            ("优惠", "Discount", -order.discount),
            ("实付", "Paid", order.real),
        ]
        return cls(seller, order.number, [one for one in about if one[2]], order.lines, order.goods, [one for one in sums if one[2]])


class DeliveryNoteService:
    """Writes delivery notes."""

    def __init__(self, desk: OrderDesk, settings: Settings, shops: Furniture[Shop]):
        self._desk = desk
        self._settings = settings
        self._shops = shops

    async def list_notes(self, order_ids: Sequence[int]) -> list[DeliveryNote]:
        """In the order of the ids, each once. Raises NotFound, and WrongOrderState where one is not paid, is closed, or waits for its
        group."""
        mall = await self._settings.get_value(NAME_SETTING)
        shops = {shop.id: shop.name for shop in await self._shops.list_all()}
        orders = [await self._desk.get(order_id) for order_id in dict.fromkeys(order_ids)]
        for order in orders:
            if order.status not in TO_PACK:
                raise WrongOrderState(order.status)
            if order.group is GroupMark.WAITING:
                raise GroupIncomplete(order.status)
        return [DeliveryNote.of(OrderView.of(order), shops.get(order.shop_id, mall)) for order in orders]
