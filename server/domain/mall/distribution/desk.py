"""The staff's desk for distribution."""
from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.mall.distribution.commissions import Commission, CommissionService, CommissionState, NotDue
from server.domain.mall.distribution.sellers import AlreadySeller, Seller, SellerState
from server.domain.mall.distribution.team import SellerCity, SellerCityTerms, SellerTeam, SellerTeamTerms
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, Rules, about

SELLER_LABELS = {
    SellerState.APPLIED: ("待审核", "Applied"),
    SellerState.REFUSED: ("未通过", "Refused"),
    SellerState.APPROVED: ("分销商", "Distributor"),
    SellerState.STOPPED: ("已停用", "Stopped"),
}
COMMISSION_LABELS = {
    CommissionState.PENDING: ("待结算", "Pending"),
    CommissionState.SETTLED: ("已结算", "Paid out"),
    CommissionState.VOID: ("已取消", "Void"),
}


class SellerView(Struct, frozen=True, kw_only=True):
    """A distributor as the staff sees them; money in fen."""

    id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    revision: Revision
    name: Annotated[str, about("姓名", "Name")]
    mobile: Annotated[str, about("手机号", "Mobile")]
    state: Annotated[SellerState, about("状态", "State", labels=SELLER_LABELS)]
    answer: Annotated[str, about("审核意见", "Answer")]
    team_id: Annotated[int, about("团队", "Team", refers_to="mall.seller-teams")]
    price: Annotated[int, about("购买金额", "Paid", "money")]

    @classmethod
    def of(cls, seller: Seller) -> SellerView:
        return cls(**{name: getattr(seller, name) for name in cls.__struct_fields__})


class SellerRules(Rules[Seller]):
    def show(self, made: Seller) -> SellerView:
        return SellerView.of(made)


class Answer(Struct, frozen=True, kw_only=True):
    answer: Annotated[Annotated[str, Meta(min_length=1, max_length=200)], about("审核意见", "What they read")]


class TeamChoice(Struct, frozen=True, kw_only=True):
    """0: none."""

    team_id: Annotated[Annotated[int, Meta(ge=0, le=2**53 - 1)], about("团队", "Team", refers_to="mall.seller-teams")]


class SellerDesk(NounService[Seller]):
    """The staff's work on distributors."""

    def __init__(self, sellers: NounStore[Seller], clock: Clock):
        super().__init__(SELLERS, sellers, clock, SellerRules())

    async def approve_seller(self, user_id: Id, cause: Cause) -> Seller:
        """Also who was refused or stopped. Raises NotFound, AlreadySeller and ChangedMeanwhile."""
        now = self._clock.now()

        def approved(before: Seller) -> Seller:
            if before.is_active:
                raise AlreadySeller()
            return before.become(now, state=SellerState.APPROVED, answer="", approved_at=now)

        return await self._become(user_id, "approve", cause, approved)

    async def refuse_seller(self, user_id: Id, cause: Cause, terms: Answer) -> Seller:
        """Who is one already is stopped. Raises NotFound and ChangedMeanwhile."""

        def refused(before: Seller) -> Seller:
            state = SellerState.STOPPED if before.state in (SellerState.APPROVED, SellerState.STOPPED) else SellerState.REFUSED
            return before.become(self._clock.now(), state=state, answer=terms.answer)

        return await self._become(user_id, "refuse", cause, refused)

    async def put_into_team(self, user_id: Id, cause: Cause, terms: TeamChoice) -> Seller:
        """Raises NotFound and ChangedMeanwhile."""
        return await self._become(user_id, "team", cause, lambda before: before.become(self._clock.now(), team_id=terms.team_id))

    async def _become(self, user_id: Id, verb: str, cause: Cause, change: Callable[[Seller], Seller]) -> Seller:
        async def apply(before: Seller) -> Seller:
            return change(before)

        return await self.act(user_id, verb, cause, apply)


SELLERS = Noun(
    area="mall",
    name="sellers",
    zh="分销商",
    en="Distributors",
    made=Seller,
    shown=SellerView,
    label="name",
    searched=("name", "mobile"),
    sorted=("id", "name"),
    filtered=("state", "team_id", "mobile"),
    order=("-id",),
    is_kept=True,
    raises=(AlreadySeller,),
    actions=(
        Action("approve", "通过", "Approve", SellerDesk.approve_seller),
        Action("refuse", "拒绝或停用", "Refuse or stop", SellerDesk.refuse_seller, input=Answer),
        Action("team", "分配团队", "Put into a team", SellerDesk.put_into_team, input=TeamChoice),
    ),
)


class CommissionView(Struct, frozen=True, kw_only=True):
    """A commission as the staff sees it; money in fen, the percentage in hundredths."""

    id: NumberId
    revision: Revision
    seller_id: Annotated[int, about("分销商", "Distributor", refers_to="mall.sellers")]
    level: Annotated[int, about("级别", "Level")]
    buyer_id: Annotated[int, about("买家", "Buyer", refers_to="mall.members")]
    order_id: Annotated[int, about("订单", "Order", refers_to="mall.orders")]
    order_number: Annotated[str, about("订单号", "Order number")]
    goods_name: Annotated[str, about("商品", "Goods")]
    percent: Annotated[int, about("比例（万分之）", "Per 10,000")]
    base: Annotated[int, about("销售额", "Sold for", "money")]
    amount: Annotated[int, about("佣金", "Commission", "money")]
    points: Annotated[int, about("佣金积分", "Points")]
    owed: Annotated[int, about("待追回", "Owed", "money")]
    owed_points: Annotated[int, about("待追回积分", "Points owed")]
    state: Annotated[CommissionState, about("状态", "State", labels=COMMISSION_LABELS)]

    @classmethod
    def of(cls, commission: Commission) -> CommissionView:
        return cls(**{name: getattr(commission, name) for name in cls.__struct_fields__})


class CommissionRules(Rules[Commission]):
    def show(self, made: Commission) -> CommissionView:
        return CommissionView.of(made)


class CommissionDesk(NounService[Commission]):
    """The staff's work on commissions."""

    def __init__(self, commissions: NounStore[Commission], service: CommissionService, clock: Clock):
        super().__init__(COMMISSIONS, commissions, clock, CommissionRules())
        self._service = service

    async def settle_commission(self, commission_id: Id, cause: Cause) -> Commission:
        """Before its time, once the goods are with their buyer. Raises NotFound and NotDue."""
        await self.get(commission_id)
        return await self._service.settle(int(commission_id), lambda before, after: self.entry("settle", before, after, cause))


COMMISSIONS = Noun(
    area="mall",
    name="commissions",
    zh="佣金",
    en="Commissions",
    made=Commission,
    shown=CommissionView,
    label="goods_name",
    searched=("order_number", "goods_name"),
    sorted=("id", "amount", "base"),
    filtered=("seller_id", "buyer_id", "order_id", "state", "level", "amount", "owed"),
    order=("-id",),
    is_kept=True,
    raises=(NotDue,),
    actions=(Action("settle", "提前结算", "Pay it out now", CommissionDesk.settle_commission),),
)

SELLER_TEAMS = Noun(
    area="mall", name="seller-teams", zh="分销团队", en="Teams of distributors", made=SellerTeam, terms=SellerTeamTerms
)

SELLER_CITIES = Noun(
    area="mall",
    name="seller-cities",
    zh="城市合伙人",
    en="Cities' partners",
    made=SellerCity,
    terms=SellerCityTerms,
    label="province",
    searched=("province", "city"),
    sorted=("id", "province_id"),
    filtered=("user_id", "province_id", "city_id"),
)
