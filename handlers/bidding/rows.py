"""Goods encoded once a change, and put together to pages: the bytes that the shapes would be encoded to."""
from __future__ import annotations

from collections.abc import Sequence

import msgspec

from handlers.bidding.shapes import GoodsWithBidShape
from server.domain.auctions.goods import Lot
from server.domain.auctions.participations import Joined
from server.domain.paging import Page
from server.domain.recent import RecentlyUsed

ROWS_KEPT = 20_000  # about 1 KB each with its lot


class Rows:
    """The newest row of each lot."""

    def __init__(self) -> None:
        self._rows: RecentlyUsed[int, tuple[Lot, bytes]] = RecentlyUsed(ROWS_KEPT)

    def of(self, lot: Lot) -> bytes:
        """As GoodsWithBidShape."""
        kept = self._rows.get(lot.id)
        if kept is not None and kept[0] is lot:
            return kept[1]
        row = msgspec.json.encode(GoodsWithBidShape.of(lot))
        self._rows.put(lot.id, (lot, row))
        return row

    def page_head(self, page: Page[Lot]) -> bytes:
        """As CurrentGroupShape in its envelope, up to what the caller joined."""
        rows = b",".join(map(self.of, page.items))
        return b'{"code":1,"message":"","data":{"current_page":%d,"list":[%b],"total":%d,"joined":[' % (page.number, rows, page.total)

    def joined(self, joined: Sequence[Joined]) -> bytes:
        """As JoinedShape each, without the brackets of the list."""
        return b",".join(map(self._joined, joined))

    def _joined(self, joined: Joined) -> bytes:
        one, lot = joined.participation, joined.lot
        max_price = one.max_price_on(lot)
        return b'{"id":%d,"user_id":%d,"group_id":%d,"goods_id":%d,"price":%d,"status":%d,"goods":%b,"max_price":%b}' % (
            *(one.id, one.user_id, one.group_id, one.goods_id, one.price, one.status_on(lot)),
            self.of(lot),
            b"null" if max_price is None else b"%d" % max_price,
        )
