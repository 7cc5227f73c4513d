"""The record of a lot as everybody may read it: in pages, as a line of prices, as a sheet."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import BinaryIO

from msgspec import Struct

from server.domain.auctions.goods import Lot, LotStore
from server.domain.auctions.record import Act, Bid, RecordStore, has_extended
from server.domain.exports import Cell, SheetFormat, SheetWriter, Yuan
from server.domain.moments import SHANGHAI
from server.domain.paging import Page, PageQuery

MOST_POINTS = 500  # of a line; a screen shows no more
AT_ONCE = 200

HEADINGS = {
    "zh": ("序号", "时间", "出价人", "价格（元）", "方式", "说明"),
    "en": ("Number", "Time", "Bidder", "Price (yuan)", "Kind", "Remarks"),
}
WORDS = {
    "zh": {"bid": "出价", "automatic": "自动出价", "extended": "延时", "void": "已撤销"},
    "en": {"bid": "bid", "automatic": "automatic bid", "extended": "extended the lot", "void": "taken back"},
}
ACTS = {
    "zh": {
        **{Act.START: "提前开始", Act.PAUSE: "暂停", Act.RESUME: "恢复", Act.EXTEND: "延长", Act.END: "提前结束"},
        **{Act.WITHDRAW: "撤拍", Act.VOID: "撤销出价"},
    },
    "en": {
        **{Act.START: "started early", Act.PAUSE: "paused", Act.RESUME: "resumed", Act.EXTEND: "extended", Act.END: "ended early"},
        **{Act.WITHDRAW: "taken off the sale", Act.VOID: "bids taken back"},
    },
}


class Entry(Struct, frozen=True):
    """One entry of a lot's record: whether it moved the lot's end, and whether it was taken back."""

    bid: Bid
    is_extended: bool
    is_void: bool


class Point(Struct, frozen=True):
    """From that moment on the price."""

    at: datetime
    price: int


class BidHistoryService:
    """Reads records, the last accepted bid included. Others than the bidders themselves are told names as `shorten` leaves them."""

    def __init__(
        self, lots: LotStore, record: RecordStore, open_sheet: Callable[[SheetFormat], SheetWriter], shorten: Callable[[str], str]
    ):
        self._lots = lots
        self._record = record
        self._open_sheet = open_sheet
        self._shorten = shorten

    async def page_entries(self, goods_id: int, page: PageQuery) -> Page[Entry]:
        """Newest first. Raises NotFound."""
        lot = await self._lots.get_lot(goods_id)
        last = lot.seq - page.offset
        return Page(page.number, (await self._read(lot, max(1, last - page.size + 1), last))[::-1], lot.seq)

    async def draw_line(self, goods_id: int) -> list[Point]:
        """The price over time, oldest first; of a long record as many entries as can be told apart, those around a void among them.

        Raises NotFound.
        """
        lot = await self._lots.get_lot(goods_id)
        steps = max(1, min(lot.seq, MOST_POINTS) - 1)
        chosen = {1 + (lot.seq - 1) * step // steps for step in range(steps + 1)} if lot.seq else set()
        chosen |= {seq for void in lot.voids for seq in (void.back_to, void.up_to, void.up_to + 1) if seq}
        return [Point(bid.arrived_at, bid.price) for bid in await self._find(lot, sorted(chosen)) if bid.price]

    async def write_sheet(self, goods_id: int, language: str) -> tuple[Lot, BinaryIO]:
        """The whole record as CSV, oldest first, with the lot. Raises NotFound."""
        lot = await self._lots.get_lot(goods_id)
        sheet = self._open_sheet(SheetFormat.CSV)
        try:
            await sheet.write([HEADINGS[language]])
            for first in range(1, lot.seq + 1, AT_ONCE):
                entries = await self._read(lot, first, min(lot.seq, first + AT_ONCE - 1))
                await sheet.write([self._to_row(entry, language) for entry in entries])
            return lot, await sheet.finish()
        except BaseException:
            await sheet.give_up()
            raise

    async def _read(self, lot: Lot, first: int, last: int) -> list[Entry]:
        """Those from number to number, in order."""
        bids = await self._find(lot, range(max(1, first - 1), last + 1))
        earlier: list[Bid | None] = [None] if first == 1 else []
        return [
            Entry(bid, has_extended(bid, before, lot.extend_window_seconds), not lot.stands(bid.seq))
            for before, bid in pairwise([*earlier, *bids])
            if bid is not None
        ]

    async def _find(self, lot: Lot, seqs: Sequence[int]) -> list[Bid]:
        """What was on its way when the lot was read is in the lot; the rest has arrived."""
        found = {bid.seq: bid for bid in await self._record.list_numbered(lot.id, seqs)}
        on_the_way = {bid.seq: bid for bid in lot.outbox if bid.seq in seqs}
        return [bid for _, bid in sorted((on_the_way | found).items())]

    def _to_row(self, entry: Entry, language: str) -> list[Cell]:
        bid, words = entry.bid, WORDS[language]
        told = bid.intervention
        kind = ACTS[language][told.act] if told is not None else words["automatic" if bid.is_proxy else "bid"]
        remarks = [words["extended"]] if entry.is_extended else []
        remarks += [words["void"]] if entry.is_void else []
        remarks += [told.reason] if told is not None else []
        moment = bid.arrived_at.astimezone(SHANGHAI)
        at = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"
        bidder = f"{self._shorten(bid.nickname)}#{bid.user_id}" if bid.user_id else ""
        return [bid.seq, at, bidder, Yuan(bid.price) if bid.price else None, kind, ", ".join(remarks)]
