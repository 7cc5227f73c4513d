"""商品: what is on the shelf, and what a choice of it costs."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.goods.shapes import CategoryShape, GoodsShape, property_text
from handlers.mall.shapes import PAGED, PageShape, Paging, Yuan, absolute, listed, paged, yuan
from server.domain.errors import InvalidInput
from server.domain.mall.freights import FeeKind, Freight, Rate
from server.domain.mall.goods.goods import DayPrice, Goods, Sku
from server.domain.mall.goods.shelf import GoodsOrder, GoodsQuestion
from server.domain.mall.goods.window import Offered
from server.domain.mall.promotions.level_rules import Level
from server.domain.mall.wares import AddedBy, AdditionalPrice, GoodsMissing, SpecMissing
from server.domain.moments import SHANGHAI
from server.domain.paging import Page
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

MOST_IDS = 200
FEE_KINDS = {FeeKind.PIECES: "按件", FeeKind.WEIGHT: "按重量", FeeKind.AMOUNT: "按金额"}
EXPRESS = 0

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
IdOrNone = Annotated[int, Meta(ge=0, le=LARGEST_ID)]
Words = Annotated[str, Meta(max_length=200)]
Ids = Annotated[str, Meta(max_length=4000, description="多个编号用英文逗号分割")]


def ids_in(text: str | None, field: str) -> frozenset[int]:
    """Numbers with commas between. Raises InvalidInput, naming the field."""
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    if len(parts) > MOST_IDS or not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
        raise InvalidInput({field: ["wrong_form"]})
    return frozenset(map(int, parts))


def pairs_in(text: str | None, field: str) -> tuple[tuple[int, int], ...]:
    """`4:15,2:10,` as pairs of property and value. Raises InvalidInput, naming the field."""
    pairs = []
    for part in (one for one in (text or "").split(",") if one.strip()):
        halves = part.strip().split(":")
        if len(halves) != 2 or not all(half.isascii() and half.isdigit() and len(half) < 16 for half in halves):
            raise InvalidInput({field: ["wrong_form"]})
        pairs.append((int(halves[0]), int(halves[1])))
    return tuple(sorted(set(pairs)))


# ---- categories


class CategoriesQuery(Struct):
    shopId: IdOrNone | None = None


@routes.get(
    "/shop/goods/category/all", access=ANYONE, raises=(), version=lambda services, request: services.mall.window.window.categories_version
)
async def list_categories(call: Call, query: CategoriesQuery) -> list[CategoryShape]:
    """获取商品类别列表"""
    found = await call.services.mall.window.window.list_categories(query.shopId)
    return listed(found, lambda one: CategoryShape.of(one, call.origin))


# ---- lists


class GoodsQuery(Paging):
    k: Words | None = None
    nameLike: Words | None = None
    tagsLike: Words | None = None
    barCode: Words | None = None
    categoryId: Ids | None = None
    gids: Ids | None = None
    shopId: IdOrNone | None = None
    recommendStatus: Annotated[int, Meta(ge=0, le=1)] | None = None
    kanjia: bool | None = None
    pingtuan: bool | None = None
    miaosha: bool | None = None
    orderBy: GoodsOrder = GoodsOrder.USUAL

    def to_question(self) -> GoodsQuestion:
        return GoodsQuestion(
            words=self.k or "",
            name_part=self.nameLike or "",
            tags_part=self.tagsLike or "",
            bar_code=self.barCode or "",
            category_ids=ids_in(self.categoryId, "categoryId") - {0},
            ids=ids_in(self.gids, "gids"),
            shop_id=self.shopId,
            is_recommended=None if self.recommendStatus is None else bool(self.recommendStatus),
            is_bargained=self.kanjia or None,
            is_grouped=self.pingtuan or None,
            is_flash=self.miaosha or None,
            order=self.orderBy,
        )


async def _find(call: Call, body: GoodsQuery) -> Page[Offered]:
    return await call.services.mall.window.window.page_goods(body.to_question(), body.to_page_query(PAGED))


async def find_level(call: Call) -> Level | None:
    """That lowers prices for who asks."""
    return await call.services.mall.window.window.find_rebate(None if call.user is None else call.user.id)


def _row(call: Call, offered: Offered, level: Level | None) -> GoodsShape:
    window = call.services.mall.window.window
    return GoodsShape.of(offered, window.price_now(offered.goods, level), call.services.clock.now(), call.origin)


@routes.post("/shop/goods/list", access=ANYONE, raises=())
async def list_goods(call: Call, body: GoodsQuery) -> list[GoodsShape]:
    """获取商品列表

    For who is signed in, at what they would pay."""
    level = await find_level(call)
    return listed((await _find(call, body)).items, lambda one: _row(call, one, level))


@routes.post("/shop/goods/list/v2", access=ANYONE, raises=())
async def page_goods(call: Call, body: GoodsQuery) -> PageShape[GoodsShape]:
    """获取商品列表v2

    For who is signed in, at what they would pay."""
    level = await find_level(call)
    return paged(await _find(call, body), body.to_page_query(PAGED), lambda one: _row(call, one, level))


# ---- detail


class PictureShape(Struct):
    id: int
    goodsId: int
    pic: str


class ValueShape(Struct):
    id: int
    propertyId: int
    name: str
    paixu: int


class PropertyShape(Struct):
    id: int
    name: str
    paixu: int
    childsCurGoods: list[ValueShape]


class SkuShape(Struct):
    id: int
    propertyChildIds: str
    price: Yuan
    originalPrice: Yuan
    stores: int
    score: int
    pingtuanPrice: Yuan


class SubPictureShape(Struct):
    optionValueId: int
    pic: str


class StepShape(Struct):
    number: int
    price: Yuan


class AdditionalPriceShape(Struct):
    """`price` in yuan, or percent."""

    name: str
    type: int
    price: Yuan

    @classmethod
    def of(cls, one: AdditionalPrice) -> AdditionalPriceShape:
        return cls(one.name, one.kind.value, float(one.price) if one.kind is AddedBy.PERCENT else yuan(one.price))


class RateShape(Struct):
    type: int
    firstNumber: float
    firstAmount: Yuan
    addNumber: float
    addAmount: Yuan

    @classmethod
    def of(cls, rate: Rate, kind: FeeKind) -> RateShape:
        scale = {FeeKind.PIECES: 1, FeeKind.WEIGHT: 1000, FeeKind.AMOUNT: 100}[kind]  # kilograms, yuan
        return cls(EXPRESS, rate.first / scale, yuan(rate.first_fee), rate.step / scale, yuan(rate.step_fee))


class LogisticsShape(Struct):
    isFree: bool
    feeType: int
    feeTypeStr: str
    details: list[RateShape]

    @classmethod
    def of(cls, freight: Freight) -> LogisticsShape:
        rates = [RateShape.of(rate, freight.kind) for rate in freight.rates if not rate.regions]
        return cls(freight.is_free, freight.kind.value, FEE_KINDS[freight.kind], rates)


class DetailShape(Struct, omit_defaults=True, kw_only=True):
    """Without `properties` and `skuList` where nothing has to be chosen."""

    basicInfo: GoodsShape
    category: CategoryShape | None = None
    pics: list[PictureShape]
    pics2: list[str]
    content: str
    logistics: LogisticsShape | None = None
    properties: list[PropertyShape] | None = None
    skuList: list[SkuShape] | None = None
    subPics: list[SubPictureShape] | None = None
    priceMultilevels: list[StepShape] | None = None
    goodsAdditionalPriceItems: list[AdditionalPriceShape] | None = None
    extJson: dict[str, str]


class OneGoods(Struct):
    id: Id


@routes.get("/shop/goods/detail", access=ANYONE, raises=(GoodsMissing,))
async def get_goods(call: Call, query: OneGoods) -> DetailShape:
    """获取商品详情信息

    For who is signed in, at what they would pay."""
    window = call.services.mall.window.window
    offered, level = await window.get_offered(query.id), await find_level(call)
    window.note_view(query.id)
    goods, origin = offered.goods, call.origin
    category = await window.find_category(goods.category_id)
    freight = await window.find_freight(goods.freight_id)
    return DetailShape(
        basicInfo=_row(call, offered, level),
        category=CategoryShape.of(category, origin) if category else None,
        pics=[PictureShape(number, goods.id, absolute(one, origin)) for number, one in enumerate(goods.pictures, 1)],
        pics2=[absolute(one, origin) for one in goods.pictures],
        content=goods.content,
        logistics=LogisticsShape.of(freight) if freight else None,
        properties=[
            PropertyShape(one.id, one.name, number, [ValueShape(v.id, one.id, v.name, place) for place, v in enumerate(one.values)])
            for number, one in enumerate(goods.properties)
        ]
        or None,
        skuList=[_sku(offered, sku, window.price_of(goods, sku, level)) for sku in goods.skus] or None,
        subPics=[
            SubPictureShape(value.id, absolute(value.picture, origin)) for one in goods.properties for value in one.values if value.picture
        ]
        or None,
        priceMultilevels=[StepShape(step.number, yuan(step.price)) for step in goods.steps] or None,
        goodsAdditionalPriceItems=[AdditionalPriceShape.of(one) for one in goods.additional_prices] or None,
        extJson={label.name: label.text for label in goods.labels},
    )


def _sku(offered: Offered, sku: Sku, price: int) -> SkuShape:
    goods = offered.goods
    return SkuShape(
        id=sku.id,
        propertyChildIds=property_text(goods, goods.spec_ids(sku)),
        price=yuan(price),
        originalPrice=yuan(sku.original_price or goods.original_price),
        stores=offered.left_of(sku.id),
        score=sku.points,
        pingtuanPrice=yuan(sku.group_price or goods.group_price),
    )


# ---- prices


class ChoiceQuery(Struct):
    goodsId: Id
    propertyChildIds: Annotated[str, Meta(max_length=1000)] | None = None


class PriceShape(Struct):
    id: int
    goodsId: int
    propertyChildIds: str
    propertyChildNames: str
    price: Yuan
    originalPrice: Yuan
    pingtuanPrice: Yuan
    score: int
    stores: int


@routes.post("/shop/goods/price", access=ANYONE, raises=(GoodsMissing, SpecMissing))
async def get_price(call: Call, body: ChoiceQuery) -> PriceShape:
    """获取商品选择规格的价格

    For who is signed in, what they would pay."""
    window = call.services.mall.window.window
    specs = pairs_in(body.propertyChildIds, "propertyChildIds")
    offered, sku = await window.find_sku(body.goodsId, specs)
    goods = offered.goods
    return PriceShape(
        id=sku.id if sku else 0,
        goodsId=goods.id,
        propertyChildIds=property_text(goods, goods.spec_ids(sku)) if sku else "",
        propertyChildNames=",".join(f"{one.name}:{name}" for one, name in zip(goods.properties, sku.values)) if sku else "",
        price=yuan(window.price_of(goods, sku, await find_level(call))),
        originalPrice=yuan((sku.original_price if sku else 0) or goods.original_price),
        pingtuanPrice=yuan((sku.group_price if sku else 0) or goods.group_price),
        score=sku.points if sku else goods.points,
        stores=offered.left_of(sku.id) if sku else offered.left,
    )


class DayPriceShape(Struct):
    id: int
    goodsId: int
    day: str
    price: Yuan
    stores: int


class GoodsId(Struct):
    goodsId: Id


def _today(call: Call) -> str:
    return call.services.clock.now().astimezone(SHANGHAI).strftime("%Y-%m-%d")


@routes.get("/shop/goods/price/day", access=ANYONE, raises=(GoodsMissing,))
async def list_day_prices(call: Call, query: GoodsId) -> list[DayPriceShape]:
    """获取商品每日价格: of days that are not over."""
    offered = await call.services.mall.window.window.get_offered(query.goodsId)
    days = [(number, one) for number, one in enumerate(offered.goods.days, 1) if one.day >= _today(call)]

    def shape(numbered: tuple[int, DayPrice]) -> DayPriceShape:
        number, one = numbered
        return DayPriceShape(number, query.goodsId, one.day, yuan(one.price), offered.left_of(day=one.day))

    return listed(days, shape)


class FreightQuery(Struct):
    templateId: Id
    provinceId: Words | None = None
    cityId: Words | None = None
    districtId: Words | None = None
    streetId: Words | None = None

    @property
    def place(self) -> list[str]:
        return [one for one in (self.provinceId, self.cityId, self.districtId, self.streetId) if one]


@routes.get("/shop/goods/price/freight", access=ANYONE, raises=())
async def get_freight(call: Call, query: FreightQuery) -> RateShape:
    """获取商品运费"""
    window = call.services.mall.window.window
    freight = await window.find_freight(query.templateId)
    rate = None if freight is None or freight.is_free else freight.find_rate(query.place)
    [found] = listed([rate] if rate and freight else [], lambda one: RateShape.of(one, freight.kind if freight else FeeKind.PIECES))
    return found


@routes.get("/shop/goods/rebate", access=SIGNED_IN, raises=())
async def get_rebate(call: Call) -> float:
    """获取会员折扣: 10 is none."""
    return await call.services.mall.window.window.find_scale(call.caller.id)


class LimitShape(Struct):
    id: int
    goodsId: int
    priceId: int
    buyNumbers: int
    duration: int
    unit: int
    unitStr: str
    userLevelId: int
    userLevelName: str


class LimitsQuery(GoodsId):
    priceId: IdOrNone | None = None
    propertyChildIds: Annotated[str, Meta(max_length=1000)] | None = None


@routes.get("/shop/goods/limitation", access=ANYONE, raises=(GoodsMissing,))
async def list_limits(call: Call, query: LimitsQuery) -> list[LimitShape]:
    """获取商品限购"""
    offered = await call.services.mall.window.window.get_offered(query.goodsId)
    limits = enumerate(offered.goods.limits, 1)
    return listed(limits, lambda one: LimitShape(one[0], query.goodsId, 0, one[1].number, one[1].days, 0, "天", 0, ""))


# ---- options, days and slots


class OptionShape(Struct):
    id: int
    pid: int
    name: str
    price: Yuan


class OptionGroupShape(Struct):
    id: int
    name: str
    required: bool
    type: int
    items: list[OptionShape]


@routes.get("/shop/goods/goodsAddition", access=ANYONE, raises=(GoodsMissing,))
async def list_options(call: Call, query: GoodsId) -> list[OptionGroupShape]:
    """获取商品可选配件; 700 where there are none: clients open a dialogue otherwise."""
    goods: Goods = (await call.services.mall.window.window.get_offered(query.goodsId)).goods
    return listed(
        goods.option_groups,
        lambda group: OptionGroupShape(
            group.id,
            group.name,
            group.is_required,
            int(group.is_several),
            [OptionShape(one.id, group.id, one.name, yuan(one.price)) for one in group.options],
        ),
    )


@routes.post("/shop/goods/times/days", access=ANYONE, raises=(GoodsMissing,))
async def list_slot_days(call: Call, body: GoodsId) -> list[str]:
    """获取可预约日期"""
    goods = (await call.services.mall.window.window.get_offered(body.goodsId)).goods
    return listed(sorted({slot.day for slot in goods.slots if slot.day >= _today(call)}), str)


class SlotsQuery(GoodsId):
    day: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class SlotShape(Struct):
    name: str
    price: Yuan
    stores: int


@routes.post("/shop/goods/times/items", access=ANYONE, raises=(GoodsMissing,))
async def list_slots(call: Call, body: SlotsQuery) -> list[SlotShape]:
    """获取可预约时段"""
    offered = await call.services.mall.window.window.get_offered(body.goodsId)
    slots = [slot for slot in offered.goods.slots if slot.day == body.day]
    return listed(slots, lambda slot: SlotShape(slot.name, yuan(slot.price), offered.left_of(day=slot.day, slot=slot.name)))


# ---- video


class VideoQuery(Struct):
    videoId: Annotated[str, Meta(max_length=64)]


class VideoShape(Struct):
    fdMp4: str


@routes.get("/media/video/detail", access=ANYONE, raises=(GoodsMissing,))
async def get_video(call: Call, query: VideoQuery) -> VideoShape:
    """获取视频详情: a goods' own, named by its number."""
    [number] = ids_in(query.videoId, "videoId") or [0]
    goods = (await call.services.mall.window.window.get_offered(number)).goods
    return listed([goods] if goods.video else [], lambda one: VideoShape(absolute(one.video, call.origin)))[0]
