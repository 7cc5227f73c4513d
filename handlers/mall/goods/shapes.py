"""Goods as the document writes them."""
from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from handlers.mall.shapes import DocumentTime, Yuan, absolute, document_time, optional_time, yuan
from server.domain.mall.categories import Category
from server.domain.mall.earning import CommissionKind
from server.domain.mall.goods.goods import Goods
from server.domain.mall.goods.window import Offered

ON_SHELF, OFF_SHELF = (0, "上架"), (1, "下架")


class CategoryShape(Struct, omit_defaults=True, kw_only=True):
    """`level` 1 is a root."""

    id: int
    pid: int
    level: int
    name: str
    icon: str | None = None
    pic: str | None = None
    key: str | None = None
    type: str | None = None
    isUse: bool
    paixu: int
    shopId: int

    @classmethod
    def of(cls, category: Category, origin: str) -> CategoryShape:
        icon = absolute(category.icon, origin) or None
        return cls(
            id=category.id,
            pid=category.parent_id,
            level=category.level,
            name=category.name,
            icon=icon,
            pic=icon,
            key=category.key or None,
            type=category.kind or None,
            isUse=category.is_used,
            paixu=category.sort,
            shopId=category.shop_id,
        )


class GoodsShape(Struct, omit_defaults=True, kw_only=True):
    """A row of a list, and what a detail begins with. `propertyIds` is there where something has to be chosen."""

    id: int
    name: str
    subName: str | None = None
    pic: str
    minPrice: Yuan
    originalPrice: Yuan
    minScore: int
    stores: int
    minBuyNumber: int
    numberSells: int
    numberOrders: int
    numberFav: int
    numberReputation: int
    numberGoodReputation: int
    views: int
    categoryId: int
    shopId: int
    characteristic: str | None = None
    purchaseNotes: str | None = None
    tags: str | None = None
    unit: str
    weight: float
    barCode: str | None = None
    logisticsId: int
    propertyIds: str | None = None
    hasAddition: bool
    kanjia: bool
    kanjiaPrice: Yuan
    pingtuan: bool
    pingtuanPrice: Yuan
    miaosha: bool
    dateStart: DocumentTime | None = None
    dateEnd: DocumentTime | None = None
    gotScore: int
    gotScoreType: int
    commission: float
    commissionType: int
    fxType: int
    afterSale: str | None = None
    limitation: bool
    maxCoupons: int
    recommendStatus: int
    recommendStatusStr: str
    status: int
    statusStr: str
    sellStart: DocumentTime | None = None
    sellEnd: DocumentTime | None = None
    stores0Unsale: bool
    storeAlert: bool
    overseas: bool
    hidden: int
    vetStatus: int
    type: int
    videoId: str | None = None
    paixu: int
    dateAdd: DocumentTime
    dateUpdate: DocumentTime
    numberSell: int

    @classmethod
    def of(cls, offered: Offered, price: int, now: datetime, origin: str) -> GoodsShape:
        goods, tally = offered.goods, offered.tally
        status, words = ON_SHELF if goods.is_sold_at(now) else OFF_SHELF
        is_flash = goods.flash_until is not None and now < goods.flash_until
        return cls(
            id=goods.id,
            name=goods.name,
            subName=goods.subtitle or None,
            pic=absolute(goods.picture, origin),
            minPrice=yuan(price),
            originalPrice=yuan(goods.original_price),
            minScore=goods.points,
            stores=offered.left,
            minBuyNumber=goods.minimum,
            numberSells=tally.sold,
            numberOrders=tally.orders,
            numberFav=tally.favourites,
            numberReputation=tally.reviews,
            numberGoodReputation=tally.good_reviews,
            views=tally.views,
            categoryId=goods.category_id,
            shopId=goods.shop_id,
            characteristic=goods.characteristic or None,
            purchaseNotes=goods.purchase_notes or None,
            tags=goods.tags or None,
            unit=goods.unit,
            weight=goods.weight_grams / 1000,
            barCode=goods.bar_code or None,
            logisticsId=goods.freight_id,
            propertyIds=f",{','.join(str(one.id) for one in goods.properties)}," if goods.properties else None,
            hasAddition=bool(goods.option_groups),
            kanjia=goods.is_bargained,
            kanjiaPrice=yuan(goods.bargain_price),
            pingtuan=goods.is_grouped,
            pingtuanPrice=yuan(goods.group_price),
            miaosha=is_flash,
            dateStart=optional_time(goods.flash_from) if is_flash else None,
            dateEnd=optional_time(goods.flash_until) if is_flash else None,
            gotScore=goods.given,
            gotScoreType=goods.given_by.value,
            commission=yuan(goods.commission) if goods.commission_kind is CommissionKind.MONEY else goods.commission,
            commissionType=goods.commission_kind.value,
            fxType=0,
            afterSale=",".join(map(str, goods.after_sale)) or None,
            limitation=bool(goods.limits),
            maxCoupons=1,
            recommendStatus=int(goods.is_recommended),
            recommendStatusStr="推荐" if goods.is_recommended else "普通",
            status=status,
            statusStr=words,
            sellStart=optional_time(goods.sold_from),
            sellEnd=optional_time(goods.sold_until),
            stores0Unsale=True,
            storeAlert=False,
            overseas=False,
            hidden=0,
            vetStatus=1,
            type=0,
            videoId=str(goods.id) if goods.video else None,
            paixu=goods.sort,
            dateAdd=document_time(goods.added_at),
            dateUpdate=document_time(goods.changed_at),
            numberSell=tally.sold,
        )


def property_text(goods: Goods, specs: tuple[tuple[int, int], ...]) -> str:
    """Pairs as clients write and search them: `4:15,2:10,`."""
    return "".join(f"{one}:{value}," for one, value in specs)
