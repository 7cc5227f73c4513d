"""门店"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import WHOLE, Paging, absolute, listed
from server.domain.mall.shops import Shop
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

Words = Annotated[str, Meta(max_length=200)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class ShopsQuery(Paging):
    nameLike: Words | None = None
    type: Words | None = None
    provinceId: Words | None = None
    cityId: Words | None = None
    districtId: Words | None = None
    curlatitude: Latitude | None = None
    curlongitude: Longitude | None = None

    def accepts(self, shop: Shop) -> bool:
        asked = {"kind": self.type, "province_id": self.provinceId, "city_id": self.cityId, "district_id": self.districtId}
        fits = all(getattr(shop, name) == value for name, value in asked.items() if value is not None)
        return shop.is_open and fits and (self.nameLike or "").casefold() in shop.name.casefold()

    def distance(self, shop: Shop) -> float | None:
        if self.curlatitude is None or self.curlongitude is None:
            return None
        return round(shop.distance_km(self.curlatitude, self.curlongitude), 3)


class ShopShape(Struct, omit_defaults=True, kw_only=True):
    """`distance` in kilometres, where it was said from where."""

    id: int
    name: str
    pic: str
    type: str
    address: str
    linkMan: str | None = None
    linkPhone: str
    latitude: float
    longitude: float
    distance: float | None = None
    openingHours: str
    introduce: str | None = None
    characteristic: str | None = None
    activity: str | None = None
    number: str | None = None
    provinceId: str | None = None
    cityId: str | None = None
    districtId: str | None = None
    numberOrder: int
    numberGoodReputation: int
    serviceDistance: float | None = None
    paixu: int
    status: int
    statusStr: str

    @classmethod
    def of(cls, shop: Shop, origin: str, distance: float | None = None) -> ShopShape:
        return cls(
            id=shop.id,
            name=shop.name,
            pic=absolute(shop.picture, origin),
            type=shop.kind,
            address=shop.address,
            linkMan=shop.contact or None,
            linkPhone=shop.phone,
            latitude=shop.latitude,
            longitude=shop.longitude,
            distance=distance,
            openingHours=shop.opening_hours,
            introduce=shop.introduction or None,
            characteristic=shop.characteristic or None,
            activity=shop.activity or None,
            number=shop.number or None,
            provinceId=shop.province_id or None,
            cityId=shop.city_id or None,
            districtId=shop.district_id or None,
            numberOrder=0,
            numberGoodReputation=0,
            serviceDistance=shop.service_km or None,
            paixu=shop.sort,
            status=1,
            statusStr="正常营业",
        )


class ShopQuery(Struct):
    id: Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class ShopDetailShape(Struct):
    info: ShopShape
    extJson: dict[str, str]


@routes.get("/shop/subshop/detail/v2", access=ANYONE, raises=())
async def get_shop(call: Call, query: ShopQuery) -> ShopDetailShape:
    """获取门店详情v2"""
    found = [one for one in await call.services.mall.window.shops.list_all() if one.id == query.id]
    return listed(found, lambda one: ShopDetailShape(ShopShape.of(one, call.origin), {}))[0]


@routes.post("/shop/subshop/list", access=ANYONE, raises=())
async def list_shops(call: Call, body: ShopsQuery) -> list[ShopShape]:
    """获取门店列表: the nearest first, where it was said from where."""
    found = [(body.distance(one), one) for one in await call.services.mall.window.shops.list_all() if body.accepts(one)]
    found.sort(key=lambda pair: (pair[0] or 0.0, pair[1].sort))
    page = body.to_page_query(WHOLE)
    return listed(found[page.offset : page.offset + page.size], lambda pair: ShopShape.of(pair[1], call.origin, pair[0]))
