"""创建订单: the price query and the order itself."""
from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from handlers.mall.dialect import MallDialect
from handlers.mall.failures.orders import PLACING, GoodsUnreadable
from handlers.mall.orders.shapes import OrderInfoShape
from handlers.mall.shapes import Yuan, labels_in, yuan
from server.domain.mall.campaigns.bargains import BargainOver, BargainUsed
from server.domain.mall.campaigns.groups import (
    AlreadyInGroup,
    GroupFull,
    GroupMissing,
    GroupNotOpen,
    GroupOver,
    OtherGoods,
)
from server.domain.mall.orders.placing import (
    MOST_LINES,
    MOST_OPEN_MINUTES,
    MOST_PIECES,
    BadMobile,
    ContactMissing,
    NothingOrdered,
    OrderRequest,
    RemarkTooLong,
    SeveralShops,
    WantedLine,
)
from server.domain.mall.orders.promotions import Asked
from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.price_rules import change_by
from server.domain.mall.pricing import Delivery, Quote
from server.domain.mall.wares import BelowMinimum, Choice, GoodsMissing, OffShelf, OutOfStock, OverLimit, SpecMissing
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE, MallDialect(PLACING))

CAMPAIGNS = (GroupMissing, GroupNotOpen, GroupFull, GroupOver, AlreadyInGroup, OtherGoods, BargainUsed, BargainOver)
REFUSALS = (
    *CAMPAIGNS,
    *(GoodsUnreadable, RemarkTooLong, NothingOrdered, SeveralShops, ContactMissing, BadMobile),
    *(GoodsMissing, SpecMissing, OffShelf, BelowMinimum, OverLimit, OutOfStock),
)

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Region = Annotated[str, Meta(max_length=12)]
Word = Annotated[str, Meta(max_length=64)]


class OptionRow(Struct):
    pid: Id
    id: Id


class GoodsRow(Struct):
    """A row of `goodsJsonStr`. `propertyChildIds` is `property:value` for each spec, in any order, with commas between and around."""

    goodsId: Id
    number: Annotated[int, Meta(ge=1, le=MOST_PIECES)]
    propertyChildIds: str | None = None
    inviter_id: Any = None
    days: list[Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]] | None = None
    goodsAdditionList: list[OptionRow] | None = None
    goodsTimesDay: Annotated[str, Meta(max_length=10)] | None = None
    goodsTimesItem: Annotated[str, Meta(max_length=64)] | None = None

    def to_lines(self) -> Iterable[WantedLine]:
        """One for each day. Raises ValueError."""
        specs = tuple(sorted(_pair(text) for text in (self.propertyChildIds or "").split(",") if text.strip()))
        options = tuple(sorted({(row.pid, row.id) for row in self.goodsAdditionList or ()}))
        days = sorted(set(self.days or ()))
        # The number of such a row counts the days.
        number = max(1, self.number // len(days)) if days else self.number
        for day in days or [self.goodsTimesDay or ""]:
            choice = Choice(goods_id=self.goodsId, specs=specs, options=options, day=day, slot=self.goodsTimesItem or "")
            yield WantedLine(choice=choice, number=number, inviter_id=_inviter(self.inviter_id))


def _pair(text: str) -> tuple[int, int]:
    property_id, value_id = (int(part) for part in text.split(":"))
    return property_id, value_id


def _inviter(given: Any) -> int | None:
    """Clients send what they have, which may be nothing or no number."""
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 and int(text) else None


_decode_rows = msgspec.json.Decoder(list[GoodsRow], strict=False).decode


class OrderCreation(Struct):
    """Without an address the price is that of the goods, with freight as far as it is known."""

    goodsJsonStr: Annotated[str, Meta(max_length=100_000, description="购买的商品、规格尺寸、数量信息的数组")]
    calculate: bool = False
    filterShopId: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    peisongType: Delivery = Delivery.EXPRESS
    provinceId: Region | None = None
    cityId: Region | None = None
    districtId: Region | None = None
    streetId: Region | None = None
    address: Annotated[str, Meta(max_length=256)] | None = None
    linkMan: Word | None = None
    mobile: Word | None = None
    code: Word | None = None
    remark: Annotated[str, Meta(max_length=4000)] | None = None
    extJsonStr: Annotated[str, Meta(max_length=20_000)] | None = None
    isCanHx: bool = False
    shopIdZt: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    couponId: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    deductionScore: Annotated[int, Meta(ge=-LARGEST_ID, le=LARGEST_ID, description="用多少积分来抵扣本次交易")] | None = None
    cardId: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    kjid: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    pingtuanOpenId: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    expireMinutes: Annotated[int, Meta(ge=0, le=MOST_OPEN_MINUTES)] | None = None

    def to_request(self) -> OrderRequest:
        """Raises GoodsUnreadable and InvalidInput."""
        regions = (self.provinceId, self.cityId, self.districtId, self.streetId)
        return OrderRequest(
            lines=self._lines(),
            only_shop_id=self.filterShopId,
            delivery=self.peisongType,
            place=tuple(region for region in takewhile(bool, regions) if region is not None),
            receiver=self.linkMan or "",
            mobile=self.mobile or "",
            street_address=self.address or "",
            post_code=self.code or "",
            remark=self.remark or "",
            extensions=labels_in(self.extJsonStr, "extJsonStr"),
            pick_up_shop_id=self.shopIdZt or None,
            is_redeemable=self.isCanHx,
            open_minutes=self.expireMinutes,
            asked=Asked(
                coupon_id=self.couponId or None,
                points=max(0, self.deductionScore or 0),
                card_id=self.cardId or None,
                bargain_id=self.kjid or None,
                group_id=self.pingtuanOpenId or None,
            ),
        )

    def _lines(self) -> tuple[WantedLine, ...]:
        try:
            lines = [line for row in _decode_rows(self.goodsJsonStr) for line in row.to_lines()]
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise GoodsUnreadable() from None
        if len(lines) > MOST_LINES:
            raise GoodsUnreadable()
        return tuple(lines)


class CalculationShape(Struct, omit_defaults=True, kw_only=True):
    """Of `calculate=true`. `amountTotle` is spelled as clients read it."""

    amountTotle: Yuan
    amountTotleOriginal: Yuan
    amountReal: Yuan
    amountLogistics: Yuan
    isNeedLogistics: bool
    score: int
    goodsNumber: int
    couponAmount: Yuan
    couponId: list[int]
    deductionScore: int
    deductionMoney: Yuan
    goodsAdditionalPriceMap: dict[str, Yuan] | None = None
    amountTax: Yuan
    overseas: bool

    @classmethod
    def of(cls, quote: Quote) -> CalculationShape:
        points = -change_by(quote.effects, PriceKind.POINTS)
        added = {one.name: yuan(one.amount) for one in quote.effects if one.kind is PriceKind.ADDITIONAL}
        return cls(
            # Of the goods, less what points have paid of it: by it clients reckon how many points they may offer.
            amountTotle=yuan(quote.goods - points),
            amountTotleOriginal=yuan(sum(line.line.ware.base_price * line.line.number for line in quote.lines)),
            amountReal=yuan(quote.real),
            amountLogistics=yuan(quote.freight),
            isNeedLogistics=quote.needs_delivery,
            score=quote.points,
            goodsNumber=quote.number,
            couponAmount=yuan(-change_by(quote.effects, PriceKind.COUPON)),
            couponId=[one.source_id for one in quote.effects if one.kind is PriceKind.COUPON and one.source_id is not None],
            deductionScore=sum(one.points for one in quote.effects),
            deductionMoney=yuan(points),
            goodsAdditionalPriceMap=added or None,
            amountTax=yuan(0),
            overseas=False,
        )


@routes.post("/order/create", access=SIGNED_IN, raises=REFUSALS)
async def create_order(call: Call, body: OrderCreation) -> CalculationShape | OrderInfoShape:
    """创建订单[下单]

    With `calculate=true` what it would cost. Else the order, unpaid, with its goods held until it is paid or closed."""
    placing, request = call.services.mall.ordering.placing, body.to_request()
    if body.calculate:
        return CalculationShape.of(await placing.query_price(call.caller.id, request))
    return OrderInfoShape.of(await placing.place(call.caller.id, request, call.client_address), call.services.clock.now())
