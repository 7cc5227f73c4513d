"""分销团队: whom a distributor brought, and what came of it."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from handlers.mall.orders.shapes import OrderGoodsShape, OrderInfoShape
from handlers.mall.shapes import (
    WHOLE,
    DocumentTime,
    PageShape,
    Paging,
    PagingBetweenDays,
    Yuan,
    document_time,
    listed,
    month_begins,
    paged,
    yuan,
)
from handlers.mall.users import picture, told_nick
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput
from server.domain.mall.distribution.commissions import Commission, CommissionQuery, CommissionState, Sales
from server.domain.mall.distribution.team import Fan, FanQuery, Month, NotYours, SellerCity
from server.domain.mall.orders.order import Order
from server.domain.moments import SHANGHAI, to_utc
from server.domain.paging import Page
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

PER_PERCENT = 100
REPORTED = timedelta(days=366)

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
RegionId = Annotated[str, Meta(max_length=12)]


# ---- commissions


class CommissionsQuery(PagingBetweenDays):
    level: Annotated[int, Meta(ge=1, le=3, description="分销级别，1，2，3")] | None = None
    isSettlement: bool | None = None
    uids: Annotated[Id, Meta(description="消费用户编号")] | None = None
    unit: Annotated[int, Meta(ge=0, le=1, description="0 现金返佣 1 积分返佣")] | None = None

    def to_query(self, seller_id: int) -> CommissionQuery:
        """Raises InvalidInput."""
        return CommissionQuery(
            seller_id=seller_id,
            level=self.level,
            is_settled=self.isSettlement,
            buyer_id=self.uids,
            first_at=self.first_at,
            last_at=self.last_at,
        )


class CommissionShape(Struct, omit_defaults=True, kw_only=True):
    """`bili` in percent, `money` in yuan."""

    id: int
    orderId: int
    goodsName: str
    money: Yuan
    saleAmount: Yuan
    bili: float
    unit: int
    isSettlement: bool
    level: int
    uids: int
    nicks: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, commission: Commission, buyer: User | None) -> CommissionShape:
        return cls(
            id=commission.id,
            orderId=commission.order_id,
            goodsName=commission.goods_name,
            money=yuan(commission.amount),
            saleAmount=yuan(commission.base),
            bili=commission.percent / PER_PERCENT,
            unit=0,
            isSettlement=commission.state is CommissionState.SETTLED,
            level=commission.level,
            uids=commission.buyer_id,
            nicks=None if buyer is None else told_nick(buyer),
            dateAdd=document_time(commission.at),
        )


class SumShape(Struct):
    sum_sale_amount: Yuan


class NickShape(Struct, omit_defaults=True):
    nick: str | None = None


class CommissionsShape(Struct, kw_only=True):
    """The commissions with the orders that they are of, without what is the buyers' own: their remarks, their codes."""

    result: list[CommissionShape]
    orderList: list[OrderInfoShape]
    goodsMap: dict[str, list[OrderGoodsShape]]
    logisticsMap: dict[str, Any]
    aggregate: SumShape
    userInviter: dict[str, NickShape]
    totalRow: int
    totalPage: int


@routes.post("/saleDistribution/commision/log", access=SIGNED_IN, raises=())
async def list_commissions(call: Call, body: CommissionsQuery) -> CommissionsShape:
    """佣金明细

    The newest first. In points there are none."""
    query, page, distribution = body.to_query(call.caller.id), body.to_page_query(WHOLE), call.services.mall.distribution
    found = await distribution.commissions.page_commissions(query, page) if body.unit != 1 else Page[Commission](1, [], 0)
    people = await distribution.team.find_people({id for one in found.items for id in (one.buyer_id, one.inviter_id)})
    orders = await call.services.mall.ordering.orders.find_orders({one.order_id for one in found.items})
    sales = await distribution.commissions.sum_sales(query)
    return CommissionsShape(
        result=listed(found.items, lambda one: CommissionShape.of(one, people.get(one.buyer_id))),
        orderList=[_order(order, call) for order in sorted(orders, key=lambda one: -one.id)],
        goodsMap={str(order.id): [OrderGoodsShape.of(order, line, call.origin) for line in order.lines] for order in orders},
        logisticsMap={},
        aggregate=SumShape(yuan(sales.base)),
        userInviter={str(one.buyer_id): NickShape(_nick(people.get(one.inviter_id))) for one in found.items},
        totalRow=found.total,
        totalPage=-(-found.total // page.size),
    )


def _order(order: Order, call: Call) -> OrderInfoShape:
    whole = OrderInfoShape.of(order, call.services.clock.now())
    return replace(whole, remark="", ip="", qudanhao="", hxNumber=None)


def _nick(user: User | None) -> str | None:
    return None if user is None else told_nick(user)


# ---- people


class FansQuery(PagingBetweenDays):
    level: Annotated[int, Meta(ge=1, le=2, description="直接发展为1，间接发展为2")] = 1
    uids: Annotated[Id, Meta(description="团队成员用户id")] | None = None

    def to_query(self) -> FanQuery:
        """Raises InvalidInput."""
        return FanQuery(
            level=self.level,
            user_id=self.uids,
            first_at=self.first_at,
            last_at=self.last_at,
        )


class FanShape(Struct, omit_defaults=True, kw_only=True):
    uids: int
    nicks: str | None = None
    avatarUrls: str | None = None
    mobileMasks: str | None = None
    level: int
    dateAdd: DocumentTime
    totalPayAmount: Yuan
    totalPayNumber: int

    @classmethod
    def of(cls, fan: Fan, origin: str) -> FanShape:
        return cls(
            uids=fan.member.id,
            nicks=told_nick(fan.user),
            avatarUrls=picture(fan.user, origin),
            mobileMasks=masked(fan.user.phone),
            level=fan.level,
            dateAdd=document_time(fan.member.joined_at),
            totalPayAmount=yuan(fan.wallet.consumed),
            totalPayNumber=fan.wallet.consumptions,
        )


def masked(mobile: str) -> str | None:
    """As much of it as others may see."""
    return f"{mobile[:3]}****{mobile[-4:]}" if len(mobile) >= 11 else None


class FanSalesShape(Struct):
    saleroom: Yuan
    numberOrder: int

    @classmethod
    def of(cls, sales: Sales) -> FanSalesShape:
        return cls(yuan(sales.base), sales.orders)


class FanCashShape(Struct):
    totleConsumed: Yuan
    totalPayNumber: int
    totalPayAmount: Yuan


class FansShape(PageShape[FanShape], kw_only=True):
    """The two maps by the people's numbers."""

    statisticsCommisionMap: dict[str, FanSalesShape]
    userCashMap: dict[str, FanCashShape]


@routes.post("/saleDistribution/members", access=SIGNED_IN, raises=())
async def list_fans(call: Call, body: FansQuery) -> FansShape:
    """团队管理

    The newest first."""
    distribution, page = call.services.mall.distribution, body.to_page_query(WHOLE)
    found = await distribution.team.page_fans(call.caller.id, body.to_query(), page)
    sales = await distribution.commissions.sum_by_buyer(call.caller.id, [fan.member.id for fan in found.items])
    shown = paged(found, page, lambda fan: FanShape.of(fan, call.origin))
    return FansShape(
        result=shown.result,
        totalRow=shown.totalRow,
        totalPage=shown.totalPage,
        statisticsCommisionMap={str(user_id): FanSalesShape.of(sold) for user_id, sold in sales.items()},
        userCashMap={
            str(fan.member.id): FanCashShape(yuan(fan.wallet.consumed), fan.wallet.consumptions, yuan(fan.wallet.consumed))
            for fan in found.items
        },
    )


class FanCountShape(Struct):
    """Spelled as clients read it."""

    totleFansLevel1: int
    totleFansLevel2: int


@routes.get("/saleDistribution/members/statistics", access=SIGNED_IN, raises=())
async def count_fans(call: Call) -> FanCountShape:
    """团队人数统计"""
    return FanCountShape(*await call.services.mall.distribution.team.count_fans(call.caller.id))


class OnePerson(Struct):
    uid: Id


class SpreadBaseShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    nick: str | None = None
    avatarUrl: str | None = None
    mobile: str | None = None
    isSeller: bool
    dateAdd: DocumentTime


class SpreadShape(Struct):
    base: SpreadBaseShape


@routes.get("/user/detail/spreadUser", access=SIGNED_IN, raises=(NotYours,))
async def get_fan(call: Call, query: OnePerson) -> SpreadShape:
    """查看下级用户详情

    Of the caller's own people alone."""
    fan = await call.services.mall.distribution.team.get_fan(call.caller.id, query.uid)
    user = fan.user
    base = SpreadBaseShape(
        id=user.id,
        nick=told_nick(user),
        avatarUrl=picture(user, call.origin),
        mobile=masked(user.phone),
        isSeller=fan.is_seller,
        dateAdd=document_time(fan.member.joined_at),
    )
    return SpreadShape(base)


# ---- sales


class SalesQuery(Struct):
    """Days as yyyyMMdd, or months as yyyyMM; both included."""

    uid: Id
    dateBegin: Annotated[str, Meta(pattern=r"^[0-9]{6}([0-9]{2})?$", description="yyyyMMdd 或 yyyyMM")] | None = None
    dateEnd: Annotated[str, Meta(pattern=r"^[0-9]{6}([0-9]{2})?$", description="yyyyMMdd 或 yyyyMM")] | None = None

    def to_query(self) -> CommissionQuery:
        """Raises InvalidInput."""
        return CommissionQuery(
            seller_id=self.uid,
            first_at=None if self.dateBegin is None else _span("dateBegin", self.dateBegin)[0],
            last_at=None if self.dateEnd is None else _span("dateEnd", self.dateEnd)[1],
        )


def _span(name: str, text: str) -> tuple[datetime, datetime]:
    """When a day or a month of Asia/Shanghai begins, and its last moment. Raises InvalidInput, naming the field."""
    try:
        first = datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%Y%m").replace(tzinfo=SHANGHAI)
        after = first + timedelta(days=1) if len(text) == 8 else (first + timedelta(days=32)).replace(day=1)
    except (ValueError, OverflowError):
        raise InvalidInput({name: ["wrong_form"]}) from None
    if not 1970 <= first.year <= 9000:
        raise InvalidInput({name: ["wrong_form"]})
    return to_utc(first), to_utc(after) - timedelta(milliseconds=1)


class SalesShape(Struct):
    """`amount` is what one client calls the commission."""

    saleroom: Yuan
    estimateCommission: Yuan
    amount: Yuan
    numberOrder: int

    @classmethod
    def of(cls, sales: Sales) -> SalesShape:
        return cls(yuan(sales.base), yuan(sales.amount), yuan(sales.amount), sales.orders)


@routes.get("/site/statistics/saleroom", access=ANYONE, raises=())
async def sum_sales(call: Call, query: SalesQuery) -> list[SalesShape]:
    """销售额统计

    Of one distributor: what was bought by whom they brought, and what of it is theirs."""
    return [SalesShape.of(await call.services.mall.distribution.commissions.sum_sales(query.to_query()))]


# ---- teams and cities


class CityShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    provinceId: str
    provinceName: str
    cityId: str | None = None
    cityName: str | None = None
    curSaleroom: Yuan
    standardSaleroom: Yuan

    @classmethod
    def of(cls, city: SellerCity, sold: int) -> CityShape:
        return cls(
            id=city.id,
            provinceId=city.province_id,
            provinceName=city.province,
            cityId=city.city_id or None,
            cityName=city.city or None,
            curSaleroom=yuan(sold),
            standardSaleroom=yuan(city.goal),
        )


@routes.get("/saleDistribution/city/list", access=SIGNED_IN, raises=())
async def list_seller_cities(call: Call) -> list[CityShape]:
    """城市合伙人

    Those that the caller is partner for, with what was sold there this month."""
    reports, since = call.services.mall.distribution.reports, month_begins(call.services.clock.now())
    cities = await reports.list_cities(call.caller.id)
    return listed([(one, await reports.sum_city(one, since)) for one in cities], lambda found: CityShape.of(*found))


class MonthShape(Struct):
    month: str
    curSaleroom: Yuan
    standardSaleroom: Yuan


def _report(months: list[Month], goal: int, asked: Paging) -> PageShape[MonthShape]:
    page = asked.to_page_query(WHOLE)
    found = Page(page.number, months[page.offset : page.offset + page.size], len(months))
    return paged(found, page, lambda one: MonthShape(one.month, yuan(one.sold), yuan(goal)))


class CityReportQuery(Paging):
    provinceId: RegionId = ""
    cityId: RegionId = ""


@routes.post("/saleDistribution/city/report", access=SIGNED_IN, raises=(NotYours,))
async def report_city(call: Call, body: CityReportQuery) -> PageShape[MonthShape]:
    """城市合伙人月度报表"""
    since = call.services.clock.now() - REPORTED
    city, months = await call.services.mall.distribution.reports.report_city(call.caller.id, body.provinceId, body.cityId, since)
    return _report(months, city.goal, body)


class TeamReportQuery(Paging):
    teamId: Id | None = None


@routes.post("/saleDistribution/team/report", access=SIGNED_IN, raises=(NotYours,))
async def report_team(call: Call, body: TeamReportQuery) -> PageShape[MonthShape]:
    """团队月度报表"""
    since = call.services.clock.now() - REPORTED
    team, months = await call.services.mall.distribution.reports.report_team(call.caller.id, body.teamId or 0, since)
    return _report(months, team.goal, body)
