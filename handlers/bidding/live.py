"""The live channel's REST twins: the same cursors and the same truth for clients without a socket."""
from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from handlers.bidding.shapes import (
    AdmissionFacts,
    DocumentTime,
    GoodsWithBidShape,
    GroupStatus,
    GroupTimesShape,
    JoinedShape,
    admission_facts,
)
from server.domain.auctions.live import BidView, LotView, Notice
from server.domain.clock import to_ms
from server.domain.errors import TokenExpired, TokenInvalid
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

MAX_WAIT_SECONDS = 25
LOGIN_ENDS = (TokenExpired, TokenInvalid)  # while the answer is held for somebody who is signed in

# What is no cursor of ours is not refused: its answer is the whole state.
CURSOR_FORM = Meta(max_length=8192, description="上次答复中的 cursor", extra_json_schema={"pattern": "^[A-Za-z0-9_-]+$"})


class LiveQuery(Struct):
    """`cursor` as an earlier answer or the socket gave it; `wait` in seconds for something to change."""

    cursor: Annotated[str, CURSOR_FORM] | None = None
    wait: Annotated[float, Meta(ge=0, le=MAX_WAIT_SECONDS, description="最多等待的秒数")] = 0


class GroupStateShape(Struct):
    """`ts` is the server's clock in ms; with `recovered`, `state` holds only the lots that the cursor did not know."""

    cursor: str
    recovered: bool
    ts: int
    state: list[LotView]


class AnnouncedGroupShape(GroupStateShape):
    """`announcement`: an operator's words to all who look at the group, where there are any."""

    announcement: str | UnsetType = UNSET


@routes.get("/live/group/{group_id}", access=ANYONE, raises=LOGIN_ENDS)
async def get_group_state(call: Call, group_id: int, query: LiveQuery) -> AnnouncedGroupShape:
    """Every lot of a group, or those that changed since the cursor."""
    snapshot = await call.services.auctions.waiting.get_group(group_id, query.cursor, query.wait, login=call.login)
    words = UNSET if snapshot.announcement is None else snapshot.announcement
    return AnnouncedGroupShape(snapshot.cursor, snapshot.recovered, to_ms(call.services.clock.now()), snapshot.state, words)


class LotGroupShape(AdmissionFacts, kw_only=True):
    id: int
    issue: int
    start_at: DocumentTime
    end_at: DocumentTime
    status: GroupStatus


class GoodsStateShape(GroupStateShape):
    """`bids`: the last 50, newest first. Without a cursor also what does not change, and the caller's part in it."""

    bids: list[BidView]
    goods: GoodsWithBidShape | None = None
    group: LotGroupShape | None = None
    participation: JoinedShape | None = None


@routes.get("/live/goods/{goods_id}", access=ANYONE, raises=LOGIN_ENDS)
async def get_goods_state(call: Call, goods_id: int, query: LiveQuery) -> GoodsStateShape:
    """One lot with its last bids."""
    snapshot = await call.services.auctions.waiting.get_goods(goods_id, query.cursor, query.wait, login=call.login)
    now = call.services.clock.now()
    shape = GoodsStateShape(snapshot.cursor, snapshot.recovered, to_ms(now), snapshot.state, snapshot.bids or [])
    if not query.cursor:
        lot, group, joined = await call.services.auctions.sale.get_lot_with_group(goods_id, call.user)
        shape.goods = GoodsWithBidShape.of(lot)
        times = asdict(GroupTimesShape.of(group))
        shape.group = LotGroupShape(**times, status=group.status_at(now), **admission_facts(group))
        shape.participation = JoinedShape.of(joined.participation, joined.lot) if joined else None
    return shape


class WatchedStateShape(GroupStateShape):
    """`goods_ids`: the whole watch list."""

    goods_ids: list[int]


@routes.get("/live/watched", access=SIGNED_IN, raises=LOGIN_ENDS)
async def get_watched_state(call: Call, query: LiveQuery) -> WatchedStateShape:
    """The lots on the caller's watch list, or those that changed since the cursor."""
    watchlists, waiting = call.services.auctions.watchlists, call.services.auctions.waiting
    assert call.login is not None
    found = await waiting.get_watched(call.login, lambda: watchlists.list_watched(call.caller), query.cursor, query.wait)
    now, snapshot = to_ms(call.services.clock.now()), found.snapshot
    return WatchedStateShape(snapshot.cursor, snapshot.recovered, now, snapshot.state, found.goods_ids)


class MissedShape(Struct):
    cursor: str
    recovered: bool
    ts: int
    missed: list[Notice]


@routes.get("/live/me", access=SIGNED_IN)
async def list_missed(call: Call, query: LiveQuery) -> MissedShape:
    """The caller's notifications after the cursor."""
    missed = await call.services.auctions.waiting.list_missed(call.caller.id, query.cursor, query.wait, login=call.login)
    return MissedShape(missed.cursor, missed.recovered, to_ms(call.services.clock.now()), missed.notices)
