"""Auctioneers' management of groups and lots, and the record of a lot. Money in fen."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.ops import aftersale, imports, stories
from handlers.ops.dialect import OPS_DIALECT
from handlers.ops.nouns import noun_routes
from server.domain.accounts.users import Role
from server.domain.aftersale.desk import SECOND_OFFERS, SETTLEMENTS, SOLD_LOTS
from server.domain.auctions.desk.bidders import BIDDERS
from server.domain.auctions.desk.groups import GROUPS
from server.domain.auctions.desk.lots import LOTS
from server.domain.auctions.record import Act, Bid
from server.domain.clock import to_ms
from server.domain.reminders.desk import REMINDERS
from server.web.access import AUCTIONEER, OPERATOR, may
from server.web.call import Call
from server.web.routing import Chapter, Document, Routes

routes = Routes()

MOST_ENTRIES = 500
SELLERS = may(Role.AUCTIONEER, Role.BOOKKEEPER)  # who see to what was sold


class RecordQuery(Struct):
    """The entries after `after`, at most `limit`."""

    after: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 0
    limit: Annotated[int, Meta(ge=1, le=MOST_ENTRIES)] = 100


class EntryShape(Struct):
    """An accepted bid, or with an `act` what an operator did; `user_id` leads after it (0: nobody). Times in ms."""

    seq: int
    offer_seq: int
    user_id: int
    nickname: str
    price: int
    is_proxy: bool
    at: int
    end_at: int
    act: Act | None
    reason: str | None
    operator_id: int | None
    back_to: int | None
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, one: Bid) -> EntryShape:
        told = one.intervention
        return cls(
            seq=one.seq,
            offer_seq=one.offer_seq,
            user_id=one.user_id,
            nickname=one.nickname,
            price=one.price,
            is_proxy=one.is_proxy,
            at=to_ms(one.arrived_at),
            end_at=to_ms(one.end_at),
            act=told.act if told is not None else None,
            reason=told.reason if told is not None else None,
            operator_id=told.operator_id if told is not None else None,
            back_to=told.back_to if told is not None else None,
            previous_hash=one.previous_hash,
            hash=one.hash,
        )


@routes.get("/lots/{goods_id}/record", access=OPERATOR)
async def list_record(call: Call, goods_id: int, query: RecordQuery) -> list[EntryShape]:
    """拍品记录

    In order, from the first on."""
    found = await call.services.auctions.control.list_record(goods_id, after_seq=query.after, limit=query.limit)
    return [EntryShape.of(one) for one in found]


DOCUMENT = Document(
    name="auctions-ops",
    prefix="/api/ops/auctions",
    dialect=OPS_DIALECT,
    chapters=(
        Chapter("期次管理", noun_routes(GROUPS, lambda services: services.auctions.group_desk, changes=AUCTIONEER)),
        Chapter("拍品管理", noun_routes(LOTS, lambda services: services.auctions.lot_desk, changes=AUCTIONEER)),
        Chapter("准入竞买人", noun_routes(BIDDERS, lambda services: services.auctions.bidder_desk, changes=AUCTIONEER)),
        Chapter("拍品记录", routes),
        Chapter("拍品经过", stories.routes),
        Chapter("导入拍品", imports.routes),
        Chapter("成交结算", noun_routes(SETTLEMENTS, lambda services: services.aftersale.settlement_desk, changes=SELLERS)),
        Chapter("成交拍品", noun_routes(SOLD_LOTS, lambda services: services.aftersale.sold_desk, changes=SELLERS)),
        Chapter("二次邀约", noun_routes(SECOND_OFFERS, lambda services: services.aftersale.offer_desk, changes=SELLERS)),
        Chapter("成交汇总", aftersale.routes),
        Chapter("提醒消息", noun_routes(REMINDERS, lambda services: services.reminders.desk, changes=AUCTIONEER)),
    ),
)
