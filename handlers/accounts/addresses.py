"""用户地址: the caller's own."""
from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from handlers.accounts.shapes import DocumentTime, document_time
from handlers.accounts.texts import City, ContactName, ContactPhone, District, Province, Street, Zip
from server.domain.accounts.addresses import Address, Place, PlaceChange, TooManyAddresses
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()
part_routes = Routes()


class AddressFields(Struct):
    """The path names the address; the document's `address_id` parameter beside it says the same and is not read."""

    province: Province
    city: City
    district: District
    address: Street
    zip: Zip
    contact_name: ContactName
    contact_phone: ContactPhone

    def to_place(self) -> Place:
        return Place(**asdict(self))


class AddressParts(Struct):
    """Each optional: what is not sent stays."""

    province: Province | None = None
    city: City | None = None
    district: District | None = None
    address: Street | None = None
    zip: Zip | None = None
    contact_name: ContactName | None = None
    contact_phone: ContactPhone | None = None

    def to_change(self) -> PlaceChange:
        return PlaceChange(**asdict(self))


class AddressShape(Struct):
    id: int
    province: str
    city: str
    district: str
    address: str
    zip: str
    contact_name: str
    contact_phone: str
    created_at: DocumentTime
    updated_at: DocumentTime

    @classmethod
    def of(cls, one: Address) -> AddressShape:
        return cls(
            one.id,
            one.province,
            one.city,
            one.district,
            one.address,
            one.zip,
            one.contact_name,
            one.contact_phone,
            document_time(one.created_at),
            document_time(one.updated_at),
        )


@routes.get("/user_addresses", access=SIGNED_IN)
async def list_addresses(call: Call) -> list[AddressShape]:
    """Query user address list 用户地址列表"""
    return [AddressShape.of(one) for one in await call.services.accounts.addresses.list_addresses(call.caller)]


@routes.post("/user_addresses", access=SIGNED_IN, status=201, raises=(TooManyAddresses,))
async def add_address(call: Call, body: AddressFields) -> AddressShape:
    """Create user address"""
    return AddressShape.of(await call.services.accounts.addresses.add_address(call.caller, body.to_place()))


@routes.put("/user_addresses/{address_id}", access=SIGNED_IN, raises=())
async def change_address(call: Call, address_id: int, body: AddressFields) -> AddressShape:
    """Update user address 编辑用户地址"""
    return AddressShape.of(await call.services.accounts.addresses.change_address(call.caller, address_id, body.to_place()))


@part_routes.patch("/user_addresses/{address_id}", access=SIGNED_IN, raises=())
async def change_address_parts(call: Call, address_id: int, body: AddressParts) -> AddressShape:
    """Update parts of a user address 编辑用户地址的部分内容"""
    return AddressShape.of(await call.services.accounts.addresses.change_parts(call.caller, address_id, body.to_change()))


@routes.delete("/user_addresses/{address_id}", access=SIGNED_IN, raises=())
async def remove_address(call: Call, address_id: int) -> None:
    """Destroy user address 删除用户地址"""
    await call.services.accounts.addresses.remove_address(call.caller, address_id)
