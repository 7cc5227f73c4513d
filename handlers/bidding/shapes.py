"""What the bidding document sends out, with its field names. Money in fen; times in Asia/Shanghai."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from server.domain.auctions.admission import FOR_EVERYONE, WhoMayBid
from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import Group
from server.domain.auctions.participations import Joined, Participation
from server.domain.auctions.prices import StepFrom

SHANGHAI = ZoneInfo("Asia/Shanghai")

DocumentTime = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]

GroupStatus = Annotated[int, Meta(ge=0, le=2, description="0 未开始，1 进行中，2 已结束\n\n0 not started, 1 in progress, 2 ended")]
Standing = Annotated[int, Meta(ge=1, le=2, description="1 领先，2 被超越\n\n1 leading, 2 outbid")]
ABOUT_PICTURES = (
    "图片在本站的地址，正面在前；没有图片时为空列表。扩展名前加 `_m` 即缩略图\n\n"
    "addresses on this server, the front first; an empty list where there are none. With `_m` before the dot it is the thumbnail"
)
Pictures = Annotated[list[Annotated[str, Meta(pattern=r"^/pictures/[0-9a-f]{32}\.(jpg|webp)$")]], Meta(description=ABOUT_PICTURES)]
Outcome = Annotated[int, Meta(ge=0, le=2, description="0 未结束，1 拍得，2 未拍得\n\n0 still open, 1 won, 2 lost")]


def document_time(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS` in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


class LeaderShape(Struct):
    user_id: int
    nickname: str
    price: int


# The document's own form for "nobody": an empty list.
BidShape = LeaderShape | Annotated[list[int], Meta(max_length=0)]


def bid_shape(lot: Lot) -> BidShape:
    if lot.leader_id is None:
        return []
    return LeaderShape(lot.leader_id, lot.leader_nickname or "", lot.price)


class GoodsShape(Struct):
    """Goods without their bid."""

    id: int
    group_id: int
    sn: str
    category: str
    score: str
    sn_no: str
    low_price: int
    top_price: int

    @classmethod
    def of(cls, lot: Lot) -> GoodsShape:
        return cls(lot.id, lot.group_id, lot.sn, lot.category, lot.score, lot.sn_no, lot.low_price, lot.top_price)


class GoodsWithBidShape(GoodsShape):
    """Goods with the leading bid. Beyond the document: `step` and `end_at`, which a client needs to offer well, and `pictures`.

    `step` is that of the price it has now; `steps` are those of all prices, where the group has a table.
    """

    bid: BidShape
    step: int
    end_at: DocumentTime
    pictures: Pictures
    steps: list[StepFrom] | UnsetType = UNSET

    @classmethod
    def of(cls, lot: Lot) -> GoodsWithBidShape:
        return cls(
            lot.id,
            lot.group_id,
            lot.sn,
            lot.category,
            lot.score,
            lot.sn_no,
            lot.low_price,
            lot.top_price,
            bid_shape(lot),
            lot.step_at(lot.current_price),
            document_time(lot.end_at),
            list(lot.pictures),
            list(lot.steps) or UNSET,
        )


class ParticipationShape(Struct):
    """The caller's part in one lot."""

    id: int
    user_id: int
    group_id: int
    goods_id: int
    price: int
    status: Standing
    goods: GoodsWithBidShape

    @classmethod
    def of(cls, participation: Participation, lot: Lot) -> ParticipationShape:
        one = participation
        return cls(
            one.id, one.user_id, one.group_id, one.goods_id, one.price, one.status_on(lot), GoodsWithBidShape.of(lot)
        )


class JoinedShape(ParticipationShape):
    """`max_price`, beyond the document: how far bids go on the caller's behalf while they lead."""

    max_price: int | None

    @classmethod
    def of(cls, participation: Participation, lot: Lot) -> JoinedShape:
        one = participation
        goods, max_price = GoodsWithBidShape.of(lot), one.max_price_on(lot)
        return cls(one.id, one.user_id, one.group_id, one.goods_id, one.price, one.status_on(lot), goods, max_price)


Who = Annotated[
    WhoMayBid,
    Meta(description="anyone 任何人，approved 已准入的竞买人，deposit 已交保证金或已准入\n\nanyone; approved bidders; who left a deposit or was approved"),
]
Deposit = Annotated[int, Meta(description="所需保证金（分），0 为不需要\n\nthe deposit that is needed, in fen; 0: none")]
Limit = Annotated[
    int, Meta(description="每人领先总额上限（分），0 为不限\n\nthe most that one may owe for all lots at once, in fen; 0: no limit")
]


class AdmissionFacts(Struct, kw_only=True):
    """Beyond the document, where not everyone may bid: who may, and for how much in all."""

    who_may_bid: Who | UnsetType = UNSET
    deposit: Deposit | UnsetType = UNSET
    lead_limit: Limit | UnsetType = UNSET


def admission_facts(group: Group) -> dict[str, Any]:
    """What AdmissionFacts tells of a group."""
    return {} if group.admission == FOR_EVERYONE else asdict(group.admission)


class GroupTimesShape(Struct):
    """A group without its goods."""

    id: int
    issue: int
    start_at: DocumentTime
    end_at: DocumentTime

    @classmethod
    def of(cls, group: Group) -> GroupTimesShape:
        return cls(group.id, group.issue, document_time(group.start_at), document_time(group.end_at))


class MyParticipationShape(Struct):
    """As in the caller's list. `current_price`, beyond the document: the lot's leading bid, in the end what it was sold for."""

    id: int
    user_id: int
    group_id: int
    goods_id: int
    price: int
    status: Standing
    bid_status: Outcome
    config: GroupTimesShape
    goods: GoodsShape
    current_price: int

    @classmethod
    def of(cls, joined: Joined) -> MyParticipationShape:
        one, lot = joined.participation, joined.lot
        assert joined.group is not None
        return cls(
            one.id,
            one.user_id,
            one.group_id,
            one.goods_id,
            one.price,
            one.status_on(lot),
            one.bid_status_on(lot),
            GroupTimesShape.of(joined.group),
            GoodsShape.of(lot),
            lot.current_price,
        )
