"""号段、条码、地图、交易日: what is looked up."""
from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from handlers.mall.shapes import Yuan, absolute, yuan
from server.domain.mall.distances import distance_km
from server.domain.mall.tools.bar_codes import BarCodeUnknown, BarCodeWrong, ScannedProduct
from server.domain.mall.tools.places import PlaceSearch
from server.domain.mall.tools.segments import MobileWrong, Segment, SegmentQuery, SegmentUnknown, SegmentWrong
from server.domain.mall.tools.trade_days import CalendarUnknown, ClosedOnHolidays, ClosedOnWeekends, DateWrong
from server.domain.paces import DRAWINGS
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)
common_routes = Routes(LOOSE)

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Day = Annotated[str, Meta(max_length=32, description="日期，格式：yyyy-MM-dd")]

# ---- mobile segments


class OfMobile(Struct):
    mobile: Annotated[str, Meta(max_length=32, description="手机号码")]


class SegmentGiven(Struct, kw_only=True):
    segment: Annotated[str, Meta(max_length=32, description="当前号段，要获取第一个号段请传入0")]
    province: Annotated[str, Meta(max_length=64, description="所属省份，eg:浙江")] = ""
    cityName: Annotated[str, Meta(max_length=64, description="所属城市，eg:杭州")] = ""
    segmentName: Annotated[str, Meta(max_length=64, description="运营商，例如：中国联通、移动")] = ""


class SegmentShape(Struct):
    segment: str
    province: str
    cityName: str
    segmentName: str

    @classmethod
    def of(cls, segment: Segment) -> SegmentShape:
        return cls(str(segment.number), segment.province, segment.city or segment.province, segment.carrier)


class LocationShape(Struct):
    mobile: str
    segment: str
    province: str
    city: str
    name: str


@common_routes.get("/mobile-segment/location", access=ANYONE, raises=(MobileWrong, SegmentUnknown))
async def locate_mobile(call: Call, query: OfMobile) -> LocationShape:
    """查询手机号码归属地

    Where the number was given out, and by which carrier: numbers may be taken to another since."""
    found = SegmentShape.of(await call.services.mall.tools.segments.locate(query.mobile))
    return LocationShape(query.mobile, found.segment, found.province, found.cityName, found.segmentName)


@common_routes.post("/mobile-segment/next", access=ANYONE, raises=(SegmentWrong, SegmentUnknown))
async def find_next_segment(call: Call, body: SegmentGiven) -> SegmentShape:
    """获取指定城市的下一个号段"""
    query = SegmentQuery(province=body.province, city=body.cityName, carrier=body.segmentName)
    return SegmentShape.of(await call.services.mall.tools.segments.find_next(body.segment, query))


# ---- bar codes


class OfBarCode(Struct):
    barcode: Annotated[str, Meta(max_length=64, description="商品条码")]


class BarCodeShape(Struct, omit_defaults=True, kw_only=True):
    barcode: str
    goodsName: str
    goodsId: int | None = None
    trademark: str | None = None
    spec: str | None = None
    manuName: str | None = None
    price: Yuan | None = None
    img: str | None = None
    prefix: str | None = None

    @classmethod
    def of(cls, scanned: ScannedProduct, origin: str) -> BarCodeShape:
        goods, told = scanned.goods, scanned.told
        fen = goods.price if goods is not None else told.price if told is not None else 0
        picture = goods.picture if goods is not None else told.picture if told is not None else ""
        return cls(
            barcode=scanned.code.code,
            goodsName=goods.name if goods is not None else told.name if told is not None else "",
            goodsId=None if goods is None else goods.id,
            trademark=told.trademark or None if told is not None else None,
            spec=told.spec or None if told is not None else None,
            manuName=told.maker or None if told is not None else None,
            price=yuan(fen) if fen else None,
            img=absolute(picture, origin) or None,
            prefix=scanned.code.issuer or None,
        )


@routes.get("/barcode/info", access=ANYONE, raises=(BarCodeWrong, BarCodeUnknown))
async def scan_bar_code(call: Call, query: OfBarCode) -> BarCodeShape:
    """商品条码查询

    What the mall's own goods and its staff tell of it; `prefix`: which organisation gave the number out."""
    return BarCodeShape.of(await call.services.mall.tools.bar_codes.scan(query.barcode), call.origin)


# ---- maps


class TwoPoints(Struct):
    lat1: Latitude
    lng1: Longitude
    lat2: Latitude
    lng2: Longitude


class OfPoint(Struct, kw_only=True):
    location: Annotated[str, Meta(max_length=64, pattern=r"^-?[0-9.]{1,20},-?[0-9.]{1,20}$", description="纬度,经度")]
    coord_type: Annotated[int, Meta(ge=1, le=6, description="坐标类型：1 GPS 3 百度 5 腾讯、谷歌、高德")] = 5


class PlacesWanted(Struct, kw_only=True):
    keyword: Annotated[str, Meta(min_length=1, max_length=96, description="搜索关键词")]
    boundary: Annotated[
        str,
        Meta(max_length=200, pattern=r"^(region|nearby|rectangle)\(.+\)$", description="搜索范围，如 nearby(39.908491,116.374328,1000)"),
    ]
    page: Annotated[int, Meta(ge=1, le=1000)] = 1
    pageSize: Annotated[int, Meta(ge=1, le=20)] = 10


@common_routes.get("/map/distance", access=ANYONE, raises=())
async def tell_distance(call: Call, query: TwoPoints) -> float:
    """计算距离

    Along the great circle, in km."""
    return round(distance_km(query.lat1, query.lng1, query.lat2, query.lng2), 3)


@common_routes.get("/map/qq/address", access=ANYONE, pace=DRAWINGS, raises=())
async def find_address(call: Call, query: OfPoint) -> dict[str, Any]:
    """腾讯地图经纬度解析

    As the map answers."""
    return await call.services.mall.tools.places.find_address(query.location, query.coord_type)


@common_routes.post("/map/qq/search", access=ANYONE, pace=DRAWINGS, raises=())
async def search_places(call: Call, body: PlacesWanted) -> dict[str, Any]:
    """地点搜索

    As the map answers."""
    wanted = PlaceSearch(words=body.keyword, boundary=body.boundary, page=body.page, size=body.pageSize)
    return await call.services.mall.tools.places.search(wanted)


# ---- trade days


class OfDay(Struct):
    date: Day


@common_routes.get("/stock/close/next-trade-date", access=ANYONE, raises=(DateWrong, CalendarUnknown))
async def find_next_trade_date(call: Call, query: OfDay) -> str:
    """获取下一个交易日"""
    return call.services.mall.tools.trade_days.find_next(query.date)


@common_routes.get("/stock/close/status", access=ANYONE, raises=(DateWrong, ClosedOnWeekends, ClosedOnHolidays, CalendarUnknown))
async def tell_closure(call: Call, query: OfDay) -> None:
    """指定日期是否休市

    Code 0: the exchanges trade."""
    call.services.mall.tools.trade_days.check_open(query.date)
