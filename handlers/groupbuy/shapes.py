"""What the group-buy document sends out, with its field names. Money in yuan; times in Asia/Shanghai."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import Struct

from server.domain.groupbuy.areas import Area
from server.domain.groupbuy.catalogue import Slice
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.offers import Kind, Offer, Phase, State
from server.domain.groupbuy.price_ranges import PriceRange
from server.domain.moments import SHANGHAI

TYPE_LABELS = {Kind.PHYSICAL: "实物", Kind.VIRTUAL: "虚拟商品"}
RECOMMEND_LABELS = {False: "否", True: "是"}
STATE_LABELS = {
    State.AWAITING_REVIEW: "等待审核",
    State.APPROVED: "正常",
    State.ENDED: "结束",
    State.REFUSED: "审核失败",
    State.CLOSED: "管理员关闭",
}
COMING_LABEL = "即将开始"  # of an approved offer whose time has not begun
DEPTH = 0  # the document's examples have it at both levels
REBATE = 0  # likewise in every example, whatever the prices; `rate` holds what its name promises

T = TypeVar("T")
S = TypeVar("S")
Yuan = int | float


class PageSetShape(Struct, Generic[T]):
    """`total` counts pages; `totalsize` and `records` both count entries."""

    page: int
    total: int
    totalsize: int
    records: int
    items: list[T]


def first_page(found: Slice[S], shape: Callable[[S], T]) -> PageSetShape[T]:
    """Of a list that has no further pages to ask for: the document counts those from 0."""
    return PageSetShape(0, found.pages, found.total, found.total, [shape(item) for item in found.items])


def numbered_page(found: Slice[S], shape: Callable[[S], T]) -> PageSetShape[T]:
    """Of a list that is asked for page by page, counted from 1."""
    number = found.first // found.rows + 1
    return PageSetShape(number, found.pages, found.total, found.total, [shape(item) for item in found.items])


def by_id(items: Iterable[S], shape: Callable[[S], T], number: Callable[[S], int]) -> dict[str, T]:
    """As the document writes what is looked up by its id."""
    return {str(number(item)): shape(item) for item in items}


def yuan(fen: int) -> Yuan:
    """3000 fen is the number 30, 3050 is 30.5."""
    return fen / 100 if fen % 100 else fen // 100


def document_time(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS` in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def rate(offer: Offer) -> str:
    """折, as text with two decimals."""
    return f"{offer.rate_hundredths // 100}.{offer.rate_hundredths % 100:02}"


def state_label(offer: Offer, now: datetime) -> str:
    return COMING_LABEL if offer.phase_at(now) is Phase.COMING else STATE_LABELS[offer.state_at(now)]


class OfferFields(Struct):
    """What lists and detail tell alike of an offer."""

    groupbuy_id: int
    groupbuy_name: str
    groupbuy_starttime: str
    groupbuy_endtime: str
    goods_id: int
    common_id: int
    goods_name: str
    shop_id: int
    shop_name: str
    goods_price: Yuan
    groupbuy_price: Yuan
    groupbuy_rebate: int
    groupbuy_virtual_quantity: int
    groupbuy_upper_limit: int
    groupbuy_buyer_count: int
    groupbuy_buy_quantity: int
    groupbuy_intro: str
    groupbuy_state: int
    groupbuy_recommend: int
    groupbuy_type: int
    groupbuy_views: int
    groupbuy_cat_id: int
    groupbuy_scat_id: int
    groupbuy_city_id: int
    groupbuy_area_id: int
    groupbuy_image: str
    groupbuy_image_rec: str
    groupbuy_remark: str
    id: int


class OfferShape(OfferFields):
    """An offer in a list."""

    groupbuy_recommend_label: str
    groupbuy_state_label: str
    groupbuy_type_label: str
    reduce: Yuan
    rate: str

    @classmethod
    def at(cls, now: datetime) -> Callable[[Offer], OfferShape]:
        return lambda offer: cls(
            **_common(offer, now),
            groupbuy_recommend_label=RECOMMEND_LABELS[offer.is_recommended],
            groupbuy_type_label=TYPE_LABELS[offer.kind],
        )


class OfferDetailShape(OfferFields):
    """An offer on its own page, where the document calls one label otherwise and has no label of the type."""

    recommend_label: str
    groupbuy_state_label: str
    reduce: Yuan
    rate: str

    @classmethod
    def of(cls, offer: Offer, now: datetime) -> OfferDetailShape:
        return cls(**_common(offer, now), recommend_label=RECOMMEND_LABELS[offer.is_recommended])


def _common(offer: Offer, now: datetime) -> dict[str, Any]:
    return {
        "groupbuy_id": offer.id,
        "groupbuy_name": offer.name,
        "groupbuy_starttime": document_time(offer.start_at),
        "groupbuy_endtime": document_time(offer.end_at),
        "goods_id": offer.goods_id,
        "common_id": offer.common_id,
        "goods_name": offer.goods_name,
        "shop_id": offer.shop_id,
        "shop_name": offer.shop_name,
        "goods_price": yuan(offer.goods_price),
        "groupbuy_price": yuan(offer.price),
        "groupbuy_rebate": REBATE,
        "groupbuy_virtual_quantity": offer.virtual_quantity,
        "groupbuy_upper_limit": offer.upper_limit,
        "groupbuy_buyer_count": offer.buyer_count,
        "groupbuy_buy_quantity": offer.buy_quantity,
        "groupbuy_intro": offer.intro,
        "groupbuy_state": offer.state_at(now),
        "groupbuy_recommend": int(offer.is_recommended),
        "groupbuy_type": offer.kind,
        "groupbuy_views": offer.views,
        "groupbuy_cat_id": offer.category_id,
        "groupbuy_scat_id": offer.subcategory_id,
        "groupbuy_city_id": offer.city_id,
        "groupbuy_area_id": offer.area_id,
        "groupbuy_image": offer.image,
        "groupbuy_image_rec": offer.image_rec,
        "groupbuy_remark": offer.remark,
        "id": offer.id,
        "groupbuy_state_label": state_label(offer, now),
        "reduce": yuan(offer.reduction),
        "rate": rate(offer),
    }


class CategoryShape(Struct):
    """`is_leaf` is true at the top and false below, as in the document."""

    groupbuy_cat_id: int
    groupbuy_cat_name: str
    groupbuy_cat_parent_id: int
    groupbuy_cat_sort: int
    groupbuy_cat_deep: int
    groupbuy_cat_type: int
    id: int
    groupbuy_cat_type_label: str
    is_leaf: bool

    @classmethod
    def of(cls, category: Category) -> CategoryShape:
        return cls(**_category(category))


class CategoryWithChildrenShape(CategoryShape):
    scat: dict[str, CategoryShape]

    @classmethod
    def with_children(cls, category: Category, children: list[Category]) -> CategoryWithChildrenShape:
        return cls(**_category(category), scat=by_id(children, CategoryShape.of, lambda child: child.id))


def _category(category: Category) -> dict[str, Any]:
    return {
        "groupbuy_cat_id": category.id,
        "groupbuy_cat_name": category.name,
        "groupbuy_cat_parent_id": category.parent_id,
        "groupbuy_cat_sort": category.sort,
        "groupbuy_cat_deep": DEPTH,
        "groupbuy_cat_type": category.kind,
        "id": category.id,
        "groupbuy_cat_type_label": TYPE_LABELS[category.kind],
        "is_leaf": not category.parent_id,
    }


class AreaShape(Struct):
    groupbuy_area_id: int
    groupbuy_area_name: str
    groupbuy_area_parent_id: int
    groupbuy_area_sort: int
    groupbuy_area_deep: int
    id: int

    @classmethod
    def of(cls, area: Area) -> AreaShape:
        return cls(area.id, area.name, area.parent_id, area.sort, DEPTH, area.id)


class PriceRangeShape(Struct):
    range_id: int
    range_name: str
    range_start: Yuan
    range_end: Yuan
    id: int

    @classmethod
    def of(cls, one: PriceRange) -> PriceRangeShape:
        return cls(one.id, one.name, yuan(one.start), yuan(one.end), one.id)
