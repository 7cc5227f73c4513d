"""Shops: where goods are sold and picked up. Number 0 is the mall itself."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.mall.categories import Name, Picture, Sort, Text
from server.domain.mall.distances import distance_km
from server.domain.nouns import Noun, NumberId, Revision, about

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Line = Annotated[str, Meta(max_length=200)]
RegionCode = Annotated[str, Meta(max_length=12, pattern=r"^([0-9]{12})?$")]


class ShopTerms(Struct, frozen=True, kw_only=True):
    """`service_km`: how far it delivers; 0: anywhere."""

    name: Annotated[Name, about("名称", "Name")]
    picture: Annotated[Picture, about("图片", "Picture", "picture")] = ""
    kind: Annotated[Text, about("类型", "Kind")] = ""
    address: Annotated[Line, about("地址", "Address")] = ""
    contact: Annotated[Text, about("联系人", "Contact")] = ""
    phone: Annotated[Text, about("电话", "Phone")] = ""
    latitude: Annotated[Latitude, about("纬度", "Latitude")] = 0.0
    longitude: Annotated[Longitude, about("经度", "Longitude")] = 0.0
    opening_hours: Annotated[Line, about("营业时间", "Opening hours")] = ""
    introduction: Annotated[Annotated[str, Meta(max_length=20_000)], about("介绍", "Introduction", "html")] = ""
    characteristic: Annotated[Line, about("特色", "What is special")] = ""
    activity: Annotated[Line, about("活动", "Activity")] = ""
    number: Annotated[Text, about("门店编号", "Number")] = ""
    province_id: Annotated[RegionCode, about("省", "Province")] = ""
    city_id: Annotated[RegionCode, about("市", "City")] = ""
    district_id: Annotated[RegionCode, about("区县", "District")] = ""
    service_km: Annotated[Annotated[int, Meta(ge=0, le=20_000)], about("配送范围（公里）", "Delivers within, km")] = 0
    sort: Annotated[Sort, about("排序", "Order")] = 0
    is_open: Annotated[bool, about("营业", "Open")] = True


class Shop(ShopTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    def distance_km(self, latitude: float, longitude: float) -> float:
        """Along the great circle."""
        return distance_km(self.latitude, self.longitude, latitude, longitude)


SHOPS = Noun(
    area="mall",
    name="shops",
    zh="门店",
    en="Shops",
    made=Shop,
    terms=ShopTerms,
    searched=("name", "address", "number"),
    sorted=("id", "name", "sort"),
    filtered=("kind", "is_open", "province_id", "city_id", "district_id"),
    order=("sort", "id"),
)
