"""The staff's desk for campaigns: what is offered, and what came of it."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Protocol

from msgspec import Struct, convert

from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.mall.campaigns.bargains import Bargain, BargainTerms, Run, RunState
from server.domain.mall.campaigns.groups import (
    BuyerGroup,
    GroupOffer,
    GroupOfferTerms,
    GroupOver,
    GroupState,
)
from server.domain.mall.goods.goods import Goods
from server.domain.mall.orders.refunds import WAY_LABELS, Way
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, Rules, about, plain

RUN_LABELS = {
    RunState.OPEN: ("进行中", "Open"),
    RunState.ORDERED: ("已下单", "Ordered"),
    RunState.BOUGHT: ("已购买", "Bought"),
    RunState.GIVEN_UP: ("已放弃", "Given up"),
}
GROUP_LABELS = {
    GroupState.UNPAID: ("待团长支付", "Its leader has not paid"),
    GroupState.RUNNING: ("进行中", "Running"),
    GroupState.COMPLETE: ("已成团", "Complete"),
    GroupState.ENDING: ("退款中", "Being paid back"),
    GroupState.FAILED: ("未成团", "Failed"),
}


class KnownGoods(Protocol):
    """Goods by their numbers."""

    async def find(self, id: Any) -> Goods | None:
        """None for those that were removed, too."""


class CampaignRules(Rules[Any]):
    """A campaign is of goods that there are, and keeps the time when it was added."""

    def __init__(self, goods: KnownGoods, clock: Clock):
        self._goods = goods
        self._clock = clock

    async def make(self, noun: Noun[Any], id: Any, terms: Any, before: Any | None) -> Any:
        known: dict[str, Any] = {"revision": 0, "added_at": self._clock.now()} if before is None else plain(before)
        made = convert({**known, **plain(terms), "id": id, "revision": known["revision"] + 1}, noun.made)
        await self.check(made, before)
        return made

    async def check(self, after: Bargain | GroupOffer, before: Any | None) -> None:
        """Raises InvalidInput."""
        if after.starts_at is not None and after.ends_at <= after.starts_at:
            raise InvalidInput({"ends_at": ["too_early"]})
        if await self._goods.find(after.goods_id) is None:
            raise InvalidInput({"goods_id": ["unknown"]})


class BargainRules(CampaignRules):
    """Its amounts agree with each other. What members have joined keeps the price and the floor it had."""

    async def check(self, after: Any, before: Any | None) -> None:
        """Raises InvalidInput."""
        if after.floor >= after.price:
            raise InvalidInput({"floor": ["too_high"]})
        if after.most_cut < after.least_cut:
            raise InvalidInput({"most_cut": ["too_low"]})
        if after.number < after.held + after.sold:
            raise InvalidInput({"number": ["too_low"]})
        await super().check(after, before)


BARGAINS = Noun(
    area="mall",
    name="bargains",
    zh="砍价",
    en="Bargains",
    made=Bargain,
    terms=BargainTerms,
    sorted=("id", "name", "goods_id", "ends_at", "sold"),
    filtered=("goods_id", "is_open", "ends_at"),
    order=("-id",),
    is_kept=True,
)


class RunView(Struct, frozen=True, kw_only=True):
    """A member's bargain as the staff sees it; money in fen."""

    id: NumberId
    revision: Revision
    bargain_id: Annotated[int, about("砍价", "Bargain", refers_to="mall.bargains")]
    goods_id: Annotated[int, about("商品", "Goods", refers_to="mall.goods")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    price: Annotated[int, about("原价", "Price at first", "money")]
    floor: Annotated[int, about("底价", "Floor", "money")]
    cut: Annotated[int, about("已砍", "Cut", "money")]
    helps: Annotated[int, about("帮砍人数", "Helps")]
    state: Annotated[RunState, about("状态", "State", labels=RUN_LABELS)]
    order_id: Annotated[int | None, about("订单", "Order", refers_to="mall.orders")]
    joined_at: Annotated[datetime, about("报名时间", "Joined at")]
    changed_at: Annotated[datetime, about("修改时间", "Changed at")]

    @classmethod
    def of(cls, run: Run) -> RunView:
        return cls(**{name: getattr(run, name) for name in cls.__struct_fields__})


class RunRules(Rules[Run]):
    """Runs are read alone: members decide them."""

    def show(self, made: Run) -> RunView:
        return RunView.of(made)


BARGAIN_RUNS = Noun(
    area="mall",
    name="bargain-runs",
    zh="砍价记录",
    en="Members' bargains",
    made=Run,
    shown=RunView,
    label="id",
    searched=(),
    sorted=("id", "cut", "helps", "joined_at"),
    filtered=("bargain_id", "goods_id", "user_id", "state", "joined_at"),
    order=("-id",),
    is_kept=True,
)

GROUP_OFFERS = Noun(
    area="mall",
    name="group-offers",
    zh="拼团",
    en="Group buying",
    made=GroupOffer,
    terms=GroupOfferTerms,
    sorted=("id", "name", "goods_id", "people"),
    filtered=("goods_id", "is_open"),
    order=("-id",),
    is_kept=True,
)


class SeatView(Struct, frozen=True, kw_only=True):
    user_id: int
    order_id: int
    is_paid: bool


class GroupView(Struct, frozen=True, kw_only=True):
    """A group as the staff sees it."""

    id: NumberId
    revision: Revision
    offer_id: Annotated[int, about("拼团", "Group buying", refers_to="mall.group-offers")]
    goods_id: Annotated[int, about("商品", "Goods", refers_to="mall.goods")]
    leader_id: Annotated[int, about("团长", "Leader", refers_to="mall.members")]
    people: Annotated[int, about("成团人数", "People")]
    state: Annotated[GroupState, about("状态", "State", labels=GROUP_LABELS)]
    way_back: Annotated[Way, about("退款方式", "Money goes back", labels=WAY_LABELS)]
    seats: Annotated[list[SeatView], about("团员", "Members", "list")]
    opened_at: Annotated[datetime, about("开团时间", "Opened at")]
    expires_at: Annotated[datetime, about("截止时间", "Until")]
    ended_at: Annotated[datetime | None, about("结束时间", "Ended at")]

    @classmethod
    def of(cls, group: BuyerGroup) -> GroupView:
        seats = [SeatView(user_id=seat.user_id, order_id=seat.order_id, is_paid=seat.is_paid) for seat in group.seats]
        return cls(**{name: getattr(group, name) for name in cls.__struct_fields__ if name != "seats"}, seats=seats)


class GroupRules(Rules[BuyerGroup]):
    """Groups are shown with their seats in short."""

    def show(self, made: BuyerGroup) -> GroupView:
        return GroupView.of(made)


class GroupDesk(NounService[BuyerGroup]):
    """The staff's work on groups. What is ended pays its members back in the next round."""

    def __init__(self, groups: NounStore[BuyerGroup], clock: Clock):
        super().__init__(BUYER_GROUPS, groups, clock, GroupRules())

    async def end_group(self, group_id: Id, cause: Cause) -> BuyerGroup:
        """As if its time were over. Raises NotFound, GroupOver and ChangedMeanwhile."""

        async def apply(before: BuyerGroup) -> BuyerGroup:
            if before.state is not GroupState.RUNNING:
                raise GroupOver()
            return before.run_out(self._clock.now())

        return await self.act(group_id, "end", cause, apply)


BUYER_GROUPS = Noun(
    area="mall",
    name="buyer-groups",
    zh="拼团记录",
    en="Groups of buyers",
    made=BuyerGroup,
    shown=GroupView,
    label="id",
    searched=(),
    sorted=("id", "opened_at", "expires_at"),
    filtered=("offer_id", "goods_id", "leader_id", "state", "opened_at"),
    order=("-id",),
    is_kept=True,
    raises=(GroupOver,),
    actions=(Action("end", "提前结束并退款", "End it and pay back", GroupDesk.end_group, needs_reason=True),),
)
