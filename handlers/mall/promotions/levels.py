"""会员等级: which there are, what they cost, and buying one."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import PAGED, DocumentTime, PageShape, Paging, Yuan, document_time, listed, paged, yuan
from server.domain.mall.ledger import NotEnoughBalance
from server.domain.mall.promotions.level_rules import SPAN_LABELS, Level, LevelPrice, Span
from server.domain.mall.promotions.levels import LevelPriceMissing, LevelPurchase, LowerLevel
from server.domain.mall.promotions.standings import LevelMissing
from server.domain.paging import Page
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class LevelShape(Struct, kw_only=True):
    """`rebate` in tenths that are paid: 10 is no discount."""

    id: int
    level: int
    name: str
    rebate: float
    upgradeScore: int
    upgradeSendScore: int
    sendPerMonthScore: int
    sendPerMonthCoupons: str
    upgradePayNumber: int
    defValidityUnit: int
    canUpgrade: bool
    paixu: int
    status: int

    @classmethod
    def of(cls, level: Level) -> LevelShape:
        return cls(
            id=level.id,
            level=level.rank,
            name=level.name,
            rebate=level.percent / 10,
            upgradeScore=level.growth,
            upgradeSendScore=level.welcome_points,
            sendPerMonthScore=level.monthly_points,
            sendPerMonthCoupons=",".join(map(str, level.monthly_rule_ids)),
            upgradePayNumber=0,
            defValidityUnit=Span.DAY.value,
            canUpgrade=level.growth > 0,
            paixu=level.sort,
            status=0,
        )


@routes.post("/user/level/list", access=ANYONE, raises=())
async def page_levels(call: Call, body: Paging) -> PageShape[LevelShape]:
    """获取所有的会员等级列表"""
    page, levels = body.to_page_query(PAGED), await call.services.mall.promotions.standings.list_levels()
    return paged(Page(page.number, levels[page.offset : page.offset + page.size], len(levels)), page, LevelShape.of)


class OneLevel(Struct):
    id: Id


class LevelDetailShape(Struct):
    info: LevelShape
    extJson: dict[str, str]


@routes.get("/user/level/info", access=ANYONE, raises=(LevelMissing,))
async def get_level(call: Call, query: OneLevel) -> LevelDetailShape:
    """获取会员等级详情"""
    return LevelDetailShape(LevelShape.of(await call.services.mall.promotions.standings.get_level(query.id)), {})


class PricesQuery(Struct):
    levelId: Id


class LevelPriceShape(Struct):
    id: int
    levelId: int
    duration: int
    unit: int
    unitStr: str
    price: Yuan

    @classmethod
    def of(cls, price: LevelPrice) -> LevelPriceShape:
        zh, _ = SPAN_LABELS[price.span]
        return cls(price.id, price.level_id, price.duration, price.span.value, zh, yuan(price.price))


@routes.get("/user/level/prices", access=ANYONE, raises=())
async def list_level_prices(call: Call, query: PricesQuery) -> list[LevelPriceShape]:
    """获取指定会员等级的收费列表"""
    return listed(await call.services.mall.promotions.levels.list_prices(query.levelId), LevelPriceShape.of)


class Buying(Struct):
    userLevelPriceId: Id
    isAutoRenew: bool = False
    remark: Annotated[str, Meta(max_length=200)] | None = None


@routes.post("/user/level/buy", access=SIGNED_IN, raises=(LevelPriceMissing, LowerLevel, NotEnoughBalance))
async def buy_level(call: Call, body: Buying) -> None:
    """购买会员等级"""
    levels = call.services.mall.promotions.levels
    await levels.buy(call.caller.id, body.userLevelPriceId, renews=body.isAutoRenew, remark=body.remark or "")


class LevelPurchaseShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    levelId: int
    money: Yuan
    orderNumber: str
    remark: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, purchase: LevelPurchase) -> LevelPurchaseShape:
        return cls(
            id=purchase.id,
            levelId=purchase.level_id,
            money=yuan(purchase.paid),
            orderNumber=purchase.number,
            remark=purchase.remark or None,
            dateAdd=document_time(purchase.bought_at),
        )


@routes.post("/user/level/buyLogs", access=SIGNED_IN, raises=())
async def page_level_purchases(call: Call, body: Paging) -> PageShape[LevelPurchaseShape]:
    """会员等级购买记录"""
    page = body.to_page_query(PAGED)
    return paged(await call.services.mall.promotions.levels.page_purchases(call.caller.id, page), page, LevelPurchaseShape.of)
