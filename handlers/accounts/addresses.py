"""用户地址: the caller's own."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.accounts.shapes import DocumentTime, document_time
from server.domain.accounts.addresses import Address, Place, TooManyAddresses
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

Text = Annotated[str, Meta(max_length=256)]


class AddressFields(Struct):
    """The path names the address; the document's `address_id` parameter beside it says the same and is not read."""

    province: Text
    city: Text
    district: Text
    address: Text
    zip: Text
    contact_name: Text
    contact_phone: Text

    def to_place(self) -> Place:
        return Place(
            province=self.province,
            city=self.city,
            district=self.district,
            address=self.address,
            zip=self.zip,
            contact_name=self.contact_name,
            contact_phone=self.contact_phone,
        )


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


@routes.delete("/user_addresses/{address_id}", access=SIGNED_IN, raises=())
async def remove_address(call: Call, address_id: int) -> None:
    """Destroy user address 删除用户地址"""
    await call.services.accounts.addresses.remove_address(call.caller, address_id)
