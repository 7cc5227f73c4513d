"""收货地址"""
from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct

from handlers.mall.shapes import PageShape, Paging, labels_in, listed, paged
from server.domain.mall.shipping import AddressBookFull, AddressChange, AddressMissing, PlacedAddress
from server.domain.paging import Page
from server.domain.regions import CODE_CHARACTERS, STREET
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import PositiveId, Routes

routes = Routes(LOOSE)

Code = Annotated[str, Meta(max_length=CODE_CHARACTERS, description="12 位区划代码")]
LinkMan = Annotated[str, Meta(max_length=64, description="联系人")]
Mobile = Annotated[str, Meta(max_length=20, description="手机号码")]
StreetAddress = Annotated[str, Meta(max_length=200, description="详细地址")]


class AddressShape(Struct, omit_defaults=True, kw_only=True):
    """Its regions are all in the lists of regions."""

    id: int
    uid: int
    linkMan: str
    mobile: str
    address: str
    provinceId: str | None = None
    cityId: str | None = None
    districtId: str | None = None
    streetId: str | None = None
    provinceStr: str | None = None
    cityStr: str | None = None
    areaStr: str | None = None
    streetStr: str | None = None
    code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    isDefault: bool
    status: int
    statusStr: str

    @classmethod
    def of(cls, placed: PlacedAddress, uid: int) -> AddressShape:
        address = placed.address
        told = (*placed.place, *(None for _ in range(STREET)))
        codes = [region.code if region else None for region in told]
        names = [region.name if region else None for region in told]
        return cls(
            id=address.id,
            uid=uid,
            linkMan=address.receiver,
            mobile=address.mobile,
            address=address.street_address,
            provinceId=codes[0],
            cityId=codes[1],
            districtId=codes[2],
            streetId=codes[3],
            provinceStr=names[0],
            cityStr=names[1],
            areaStr=names[2],
            streetStr=names[3],
            code=address.post_code or None,
            latitude=address.latitude,
            longitude=address.longitude,
            isDefault=placed.is_default,
            status=1 if address.is_disabled else 0,
            statusStr="停用" if address.is_disabled else "正常",
        )


class AddressDetailShape(Struct):
    info: AddressShape
    extJson: dict[str, str]

    @classmethod
    def of(cls, placed: PlacedAddress, uid: int) -> AddressDetailShape:
        return cls(AddressShape.of(placed, uid), placed.address.extensions)


class AddressParts(Struct, kw_only=True):
    """What may be left out of an address, and stays as it is where one is changed."""

    districtId: Code | None = None
    streetId: Code | None = None
    code: Annotated[str, Meta(max_length=64, description="邮编，与下单相同")] | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    extJsonStr: Annotated[str, Meta(max_length=20_000, description="扩展属性信息，JSON格式")] | None = None
    isDefault: Annotated[bool, Meta(description="是否设置为默认收货地址")] | None = None
    status: Annotated[int, Meta(ge=0, le=1, description="0 正常 1 停用")] | None = None


class NewAddress(AddressParts, kw_only=True):
    provinceId: Code
    cityId: Code
    linkMan: LinkMan
    mobile: Mobile
    address: StreetAddress


class AddressEdit(AddressParts, kw_only=True):
    """A place is told anew as a whole: a new district without a street has none."""

    id: PositiveId
    provinceId: Code | None = None
    cityId: Code | None = None
    linkMan: LinkMan | None = None
    mobile: Mobile | None = None
    address: StreetAddress | None = None


def told(given: NewAddress | AddressEdit) -> AddressChange:
    """Raises InvalidInput."""
    return AddressChange(
        place=(given.provinceId, given.cityId, given.districtId, given.streetId),
        receiver=_told(given.linkMan),
        mobile=_told(given.mobile),
        street_address=_told(given.address),
        post_code=_told(given.code),
        latitude=_told(given.latitude),
        longitude=_told(given.longitude),
        extensions=UNSET if given.extJsonStr is None else labels_in(given.extJsonStr, "extJsonStr"),
        is_disabled=UNSET if given.status is None else given.status == 1,
        is_default=given.isDefault,
    )


def _told(value: Any) -> Any:
    return UNSET if value is None else value


class AddedShape(Struct):
    id: int


@routes.post("/user/shipping-address/add", access=SIGNED_IN, raises=(AddressBookFull,))
async def add_address(call: Call, body: NewAddress) -> AddedShape:
    """添加收货地址"""
    return AddedShape(await call.services.mall.shipping.add_address(call.caller.id, told(body)))


@routes.post("/user/shipping-address/update", access=SIGNED_IN, raises=(AddressMissing,))
async def change_address(call: Call, body: AddressEdit) -> None:
    """修改收货地址

    Only what is given changes."""
    await call.services.mall.shipping.change_address(call.caller.id, body.id, told(body))


class AddressName(Struct):
    id: PositiveId


@routes.post("/user/shipping-address/delete", access=SIGNED_IN, raises=(AddressMissing,))
async def remove_address(call: Call, body: AddressName) -> None:
    """删除收货地址"""
    await call.services.mall.shipping.remove_address(call.caller.id, body.id)


@routes.get("/user/shipping-address/list", access=SIGNED_IN, raises=())
async def list_addresses(call: Call) -> list[AddressShape]:
    """获取所有的收货地址

    The default first."""
    found = await call.services.mall.shipping.list_addresses(call.caller.id)
    return listed(found, lambda placed: AddressShape.of(placed, call.caller.id))


@routes.post("/user/shipping-address/list/v2", access=SIGNED_IN, raises=())
async def page_addresses(call: Call, body: Paging) -> PageShape[AddressShape]:
    """获取所有的收货地址，分页

    Without a size all of them are one page."""
    page = body.to_page_query()
    found = await call.services.mall.shipping.list_addresses(call.caller.id)
    shown = Page(page.number, found[page.offset : page.offset + page.size], len(found))
    return paged(shown, page, lambda placed: AddressShape.of(placed, call.caller.id))


@routes.get("/user/shipping-address/default/v2", access=SIGNED_IN, raises=(AddressMissing,))
async def get_default_address(call: Call) -> AddressDetailShape:
    """获取默认收货地址"""
    return AddressDetailShape.of(await call.services.mall.shipping.get_default(call.caller.id), call.caller.id)


@routes.get("/user/shipping-address/detail/v2", access=SIGNED_IN, raises=(AddressMissing,))
async def get_address(call: Call, query: AddressName) -> AddressDetailShape:
    """收货地址详情"""
    return AddressDetailShape.of(await call.services.mall.shipping.get_address(call.caller.id, query.id), call.caller.id)
