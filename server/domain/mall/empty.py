"""A mall that offers nothing: no goods, no shops, nothing set."""
from __future__ import annotations

from collections.abc import Sequence

from server.domain.errors import NotFound
from server.domain.mall.orders.order import Order, OrderLine
from server.domain.mall.orders.reviewing import LineReview
from server.domain.mall.wares import Pieces, Wanted, Ware
from server.domain.transactions import Transaction


class EmptyWindow:
    """Implements Window, Stock, Reviews and Settings, as far as there is anything to do."""

    async def find_wares(self, wanted: Sequence[Wanted], buyer_id: int) -> list[Ware | None]:
        return [None for _ in wanted]

    async def has_goods(self, goods_id: int) -> bool:
        return False

    async def find_shop_names(self, shop_ids: Sequence[int]) -> dict[int, str]:
        return {}

    async def check_limits(self, wanted: Sequence[Wanted], buyer_id: int, within: Transaction) -> None:
        """There are none."""

    async def reckon_freight(self, parcel: Sequence[tuple[Ware, int]], region_ids: Sequence[str]) -> int:
        return 0

    async def hold(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        raise NotFound("goods")

    give_back = sell = take_back = hold

    async def add_review(self, order: Order, line: OrderLine, review: LineReview, within: Transaction) -> None:
        raise NotFound("goods")

    async def get_value(self, key: str) -> str:
        return ""
