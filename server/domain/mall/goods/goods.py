"""What the staff decides of goods, and what is kept of it. Money in fen."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.mall.categories import IdOrNone, Picture, Sort
from server.domain.mall.earning import COMMISSION_KIND_LABELS, GIVEN_LABELS, CommissionKind, GivenBy
from server.domain.mall.wares import AdditionalPrice
from server.domain.nouns import NumberId, Revision, about

LARGEST_PRICE = 10**10  # fen
MOST_PIECES = 10**9
MOST_ROWS = 500  # of prices, days, slots
MOST_GIVEN = 10**6  # points a piece, or percent

GoodsName = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
PartName = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"\S")]
Line = Annotated[str, Meta(max_length=200)]
Price = Annotated[int, Meta(ge=0, le=LARGEST_PRICE)]
Count = Annotated[int, Meta(ge=0, le=MOST_PIECES)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Id = Annotated[int, Meta(ge=0, le=2**53 - 1)]

Shown = Annotated[Picture, Meta(extra_json_schema={"x-kind": "picture"})]  # one of several


class Value(Struct, frozen=True, kw_only=True):
    """A value of a property, such as red. An id of 0 asks for a new one; one of the same name keeps its id."""

    id: Annotated[Id, about("编号", "Id")] = 0
    name: Annotated[PartName, about("名称", "Name")]
    picture: Annotated[Picture, about("图片", "Picture", "picture")] = ""


class Property(Struct, frozen=True, kw_only=True):
    """What buyers choose by, such as the colour."""

    id: Annotated[Id, about("编号", "Id")] = 0
    name: Annotated[PartName, about("名称", "Name")]
    values: Annotated[tuple[Value, ...], Meta(min_length=1, max_length=100), about("可选值", "Values")]


class Sku(Struct, frozen=True, kw_only=True):
    """A price row: one value of each property, by their names in the properties' order. `stock`: pieces that came in, sold ones too."""

    id: Annotated[Id, about("编号", "Id")] = 0
    values: Annotated[tuple[PartName, ...], Meta(min_length=1, max_length=10), about("规格", "Values")]
    price: Annotated[Price, about("价格", "Price", "money")]
    original_price: Annotated[Price, about("原价", "Original price", "money")] = 0
    group_price: Annotated[Price, about("拼团价", "Group price", "money")] = 0
    points: Annotated[Count, about("积分", "Points")] = 0
    stock: Annotated[Count, about("入库数量", "Pieces that came in")] = 0


class Choosable(Struct, frozen=True, kw_only=True):
    """An option, such as sugar in the tea, whose price is added."""

    id: Annotated[Id, about("编号", "Id")] = 0
    name: Annotated[PartName, about("名称", "Name")]
    price: Annotated[Price, about("加价", "Price", "money")] = 0


class OptionGroup(Struct, frozen=True, kw_only=True):
    """Options of which one, or several, may or must be chosen."""

    id: Annotated[Id, about("编号", "Id")] = 0
    name: Annotated[PartName, about("名称", "Name")]
    is_required: Annotated[bool, about("必选", "Required")] = False
    is_several: Annotated[bool, about("可多选", "Several")] = False
    options: Annotated[tuple[Choosable, ...], Meta(min_length=1, max_length=100), about("选项", "Options")]


class DayPrice(Struct, frozen=True, kw_only=True):
    """What is bought for a day costs this on that day."""

    day: Annotated[Day, about("日期", "Day")]
    price: Annotated[Price, about("价格", "Price", "money")]
    stock: Annotated[Count, about("入库数量", "Pieces that came in")] = 0


class Slot(Struct, frozen=True, kw_only=True):
    """A part of a day that can be booked."""

    day: Annotated[Day, about("日期", "Day")]
    name: Annotated[PartName, about("时段", "Slot")]
    price: Annotated[Price, about("价格", "Price", "money")]
    stock: Annotated[Count, about("入库数量", "Pieces that came in")] = 0


class PriceStep(Struct, frozen=True, kw_only=True):
    """From so many pieces on, each costs this."""

    number: Annotated[Annotated[int, Meta(ge=2, le=MOST_PIECES)], about("起购数量", "From")]
    price: Annotated[Price, about("单价", "Price", "money")]


class Limit(Struct, frozen=True, kw_only=True):
    """So many pieces a person within so many days; 0 days: ever."""

    number: Annotated[Annotated[int, Meta(ge=1, le=MOST_PIECES)], about("限购数量", "Pieces")]
    days: Annotated[Annotated[int, Meta(ge=0, le=3660)], about("天数", "Days")] = 0


class Label(Struct, frozen=True, kw_only=True):
    """A line of what else is told of goods."""

    name: Annotated[PartName, about("名称", "Name")]
    text: Annotated[Annotated[str, Meta(max_length=2000)], about("内容", "Text")]


class GoodsTerms(Struct, frozen=True, kw_only=True):
    """`stock` counts pieces of goods without price rows, days and slots; others are counted there.

    `after_sale`: kinds that are offered, of 0 refund, 1 return, 2 exchange. Between `flash_from` and `flash_until` the `flash_price`
    counts, if there is one. Goods are seen between `sold_from` and `sold_until`, where these are given.
    """

    name: Annotated[GoodsName, about("名称", "Name")]
    subtitle: Annotated[Line, about("副标题", "Subtitle")] = ""
    category_id: Annotated[Annotated[int, Meta(ge=1, le=2**53 - 1)], about("分类", "Category", refers_to="mall.categories")]
    shop_id: Annotated[IdOrNone, about("门店", "Shop", refers_to="mall.shops")] = 0
    pictures: Annotated[tuple[Shown, ...], Meta(min_length=1, max_length=20), about("图片", "Pictures")]
    content: Annotated[Annotated[str, Meta(max_length=200_000)], about("详情", "Content", "html")] = ""
    price: Annotated[Price, about("价格", "Price", "money")]
    original_price: Annotated[Price, about("原价", "Original price", "money")] = 0
    points: Annotated[Count, about("所需积分", "Points")] = 0
    stock: Annotated[Count, about("入库数量", "Pieces that came in")] = 0
    minimum: Annotated[Annotated[int, Meta(ge=1, le=9999)], about("起购数量", "Least at once")] = 1
    unit: Annotated[Annotated[str, Meta(max_length=10)], about("单位", "Unit")] = "件"
    weight_grams: Annotated[Count, about("重量（克）", "Weight, grams")] = 0
    bar_code: Annotated[Annotated[str, Meta(max_length=64)], about("条码", "Bar code")] = ""
    freight_id: Annotated[IdOrNone, about("运费模板", "Freight", refers_to="mall.freights")] = 0
    after_sale: Annotated[tuple[Annotated[int, Meta(ge=0, le=2)], ...], Meta(max_length=3), about("售后", "After-sale")] = ()
    tags: Annotated[Line, about("标签", "Tags")] = ""
    characteristic: Annotated[Line, about("卖点", "What is special")] = ""
    purchase_notes: Annotated[Annotated[str, Meta(max_length=2000)], about("购买须知", "Notes for buyers")] = ""
    video: Annotated[Picture, about("视频地址", "Video")] = ""
    is_recommended: Annotated[bool, about("推荐", "Recommended")] = False
    is_on_shelf: Annotated[bool, about("上架", "On the shelf")] = True
    sold_from: Annotated[datetime | None, about("开售时间", "Sold from")] = None
    sold_until: Annotated[datetime | None, about("停售时间", "Sold until")] = None
    flash_from: Annotated[datetime | None, about("秒杀开始", "Flash sale from")] = None
    flash_until: Annotated[datetime | None, about("秒杀结束", "Flash sale until")] = None
    flash_price: Annotated[Price | None, about("秒杀价", "Flash price", "money")] = None
    is_bargained: Annotated[bool, about("砍价", "Bargain")] = False
    bargain_price: Annotated[Price, about("砍价底价", "Bargain price", "money")] = 0
    is_grouped: Annotated[bool, about("拼团", "Group buying")] = False
    group_price: Annotated[Price, about("拼团价", "Group price", "money")] = 0
    commission: Annotated[Count, about("佣金", "Commission")] = 0
    commission_kind: Annotated[CommissionKind, about("佣金类型", "Kind of commission", labels=COMMISSION_KIND_LABELS)] = CommissionKind.NONE
    given: Annotated[Annotated[int, Meta(ge=0, le=MOST_GIVEN)], about("购买赠送积分", "Points for buying")] = 0
    given_by: Annotated[GivenBy, about("赠送方式", "Given by", labels=GIVEN_LABELS)] = GivenBy.PIECE
    properties: Annotated[tuple[Property, ...], Meta(max_length=10), about("规格", "Properties")] = ()
    skus: Annotated[tuple[Sku, ...], Meta(max_length=MOST_ROWS), about("规格价格", "Prices")] = ()
    option_groups: Annotated[tuple[OptionGroup, ...], Meta(max_length=20), about("附加选项", "Options")] = ()
    days: Annotated[tuple[DayPrice, ...], Meta(max_length=MOST_ROWS), about("按天价格", "Prices by day")] = ()
    slots: Annotated[tuple[Slot, ...], Meta(max_length=MOST_ROWS), about("时段", "Slots")] = ()
    steps: Annotated[tuple[PriceStep, ...], Meta(max_length=20), about("阶梯价", "Prices by number")] = ()
    additional_prices: Annotated[tuple[AdditionalPrice, ...], Meta(max_length=10), about("其他费用", "Additional prices")] = ()
    limits: Annotated[tuple[Limit, ...], Meta(max_length=10), about("限购", "Limits")] = ()
    labels: Annotated[tuple[Label, ...], Meta(max_length=50), about("扩展信息", "More")] = ()
    sort: Annotated[Sort, about("排序", "Order")] = 0


class Goods(GoodsTerms, frozen=True, kw_only=True):
    """`revision` grows with every change of any goods: by it processes hear of them. Goods that were removed stay, for their orders."""

    id: NumberId
    revision: Revision = 0
    added_at: Annotated[datetime, about("创建时间", "Added at")]
    changed_at: Annotated[datetime, about("修改时间", "Changed at")]
    removed_at: Annotated[datetime | None, about("删除时间", "Removed at")] = None

    @property
    def picture(self) -> str:
        return self.pictures[0]

    def is_sold_at(self, now: datetime) -> bool:
        """Whether it can be bought, as far as its own terms go."""
        is_open = (self.sold_from is None or self.sold_from <= now) and (self.sold_until is None or now < self.sold_until)
        return self.is_on_shelf and self.removed_at is None and is_open

    def is_flash_at(self, now: datetime) -> bool:
        return self.flash_from is not None and self.flash_until is not None and self.flash_from <= now < self.flash_until

    def price_ids(self, specs: tuple[tuple[int, int], ...]) -> Sku | None:
        """The price row of one value of each property."""
        chosen = dict(specs)
        names = tuple(
            value.name for one in self.properties for value in one.values if chosen.get(one.id) == value.id
        )
        if len(chosen) != len(self.properties) or len(names) != len(self.properties):
            return None
        return next((sku for sku in self.skus if sku.values == names), None)

    def spec_ids(self, sku: Sku) -> tuple[tuple[int, int], ...]:
        """Property and value of a price row, in the properties' order."""
        pairs = zip(self.properties, sku.values, strict=True)
        return tuple((one.id, next(value.id for value in one.values if value.name == name)) for one, name in pairs)


def count_id(goods_id: int, sku_id: int | None = None, day: str = "", slot: str = "") -> str:
    """Where pieces are counted."""
    return f"{goods_id}:{sku_id or ''}:{day}:{slot}"


class HasStock(Protocol):
    """What tells how many pieces came in."""

    @property
    def id(self) -> int: ...

    @property
    def stock(self) -> int: ...

    @property
    def skus(self) -> tuple[Sku, ...]: ...

    @property
    def days(self) -> tuple[DayPrice, ...]: ...

    @property
    def slots(self) -> tuple[Slot, ...]: ...


def counted(goods: HasStock) -> dict[str, int]:
    """Pieces that came in, by where they are counted."""
    found = {count_id(goods.id, sku.id): sku.stock for sku in goods.skus}
    found |= {count_id(goods.id, day=one.day): one.stock for one in goods.days}
    found |= {count_id(goods.id, day=one.day, slot=one.name): one.stock for one in goods.slots}
    return found or {count_id(goods.id): goods.stock}
