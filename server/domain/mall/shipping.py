"""Shipping addresses: where members have parcels sent, and which of the places is meant when none is named."""
from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from server.domain.accounts.names import one_line
from server.domain.accounts.profiles import PHONE
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.regions import CITY, Region, Regions, RegionService

MOST_ADDRESSES = 100
REGION_FIELDS = ("provinceId", "cityId", "districtId", "streetId")
TEXT_FIELDS = {"receiver": "linkMan", "street_address": "address"}


class AddressMissing(NotFound):
    """The member has no such address, or none that is meant when none is named."""

    def __init__(self) -> None:
        super().__init__("address")


class AddressBookFull(Conflict):
    """The member has as many addresses as one may have."""

    def __init__(self) -> None:
        super().__init__()
        self.most = MOST_ADDRESSES


class ShippingAddress(Struct, frozen=True, kw_only=True):
    """One place of a member. `region` is the code of the narrowest region that is told."""

    id: int
    region: str
    receiver: str
    mobile: str
    street_address: str
    post_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    extensions: dict[str, str] = {}
    is_disabled: bool = False


class AddressChange(Struct, frozen=True, kw_only=True):
    """What is told of an address; what is not stays.

    `place`: the codes of regions from the province down, None where one is not told. `is_default`: False only takes the mark from it.
    """

    place: tuple[str | None, ...] = (None,) * len(REGION_FIELDS)
    receiver: str | UnsetType = UNSET
    mobile: str | UnsetType = UNSET
    street_address: str | UnsetType = UNSET
    post_code: str | UnsetType = UNSET
    latitude: float | UnsetType = UNSET
    longitude: float | UnsetType = UNSET
    extensions: dict[str, str] | UnsetType = UNSET
    is_disabled: bool | UnsetType = UNSET
    is_default: bool | None = None

    def parts(self, regions: Regions) -> dict[str, object]:
        """Of a ShippingAddress, tidied. Raises InvalidInput, naming the document's fields."""
        told = {name: value for name, value in asdict(self).items() if value is not UNSET and name not in ("place", "is_default")}
        parts = {name: one_line(value) if isinstance(value, str) else value for name, value in told.items()}
        problems = {field: ["required"] for name, field in TEXT_FIELDS.items() if parts.get(name) == ""}
        if "mobile" in parts and not PHONE.fullmatch(str(parts["mobile"])):
            problems["mobile"] = ["wrong_form"]
        if problems:
            raise InvalidInput(problems)
        if any(self.place):
            parts["region"] = narrowest(regions, self.place)
        return parts


def narrowest(regions: Regions, place: tuple[str | None, ...]) -> str:
    """The code of the narrowest region told, of a city at least. Raises InvalidInput where one is unknown or lies elsewhere."""
    level, code = [(level, code) for level, code in enumerate(place) if code][-1]
    try:
        path = [region.code for region in regions.get_path(code)]
    except NotFound:
        raise InvalidInput({REGION_FIELDS[level]: ["unknown"]}) from None
    for field, told, known in zip(REGION_FIELDS, place, [*path, *(None for _ in REGION_FIELDS)]):
        if told and told != known:
            raise InvalidInput({field: ["unknown"]})
    if len(path) < CITY:
        raise InvalidInput({REGION_FIELDS[CITY - 1]: ["required"]})
    return code


class AddressBook(Struct, frozen=True, kw_only=True):
    """All addresses of one member, whose number is its `id`. `revision` counts its changes; a new one has none."""

    id: int
    revision: int = 0
    addresses: tuple[ShippingAddress, ...] = ()
    default_id: int | None = None

    def get(self, address_id: int) -> ShippingAddress:
        """Raises AddressMissing."""
        found = next((address for address in self.addresses if address.id == address_id), None)
        if found is None:
            raise AddressMissing()
        return found

    def in_order(self) -> list[ShippingAddress]:
        """The default before the others, of those the last that was added first."""
        return sorted(self.addresses, key=lambda address: (address.id != self.default_id, -address.id))

    def put(self, address: ShippingAddress, is_default: bool | None) -> AddressBook:
        """With the address, in the place of what it was before. Raises AddressBookFull."""
        others = tuple(one for one in self.addresses if one.id != address.id)
        if len(others) >= MOST_ADDRESSES:
            raise AddressBookFull()
        return self._changed((*others, address), self._marked(address.id, is_default))

    def without(self, address_id: int) -> AddressBook:
        """Raises AddressMissing."""
        address = self.get(address_id)
        return self._changed(tuple(one for one in self.addresses if one != address), self._marked(address_id, False))

    def _marked(self, address_id: int, is_default: bool | None) -> int | None:
        if is_default:
            return address_id
        return None if is_default is False and self.default_id == address_id else self.default_id

    def _changed(self, addresses: tuple[ShippingAddress, ...], default_id: int | None) -> AddressBook:
        return replace(self, revision=self.revision + 1, addresses=addresses, default_id=default_id)


class ShippingStore(Protocol):
    """Where address books are kept."""

    async def find_book(self, user_id: int) -> AddressBook:
        """An empty one of whom has none."""

    async def save_book(self, before: AddressBook, after: AddressBook) -> bool:
        """Unless somebody changed it since it was found."""

    async def next_address_id(self) -> int: ...


class PlacedAddress(Struct, frozen=True, kw_only=True):
    """An address with its regions, from the province down, each of which the list has now."""

    address: ShippingAddress
    place: list[Region]
    is_default: bool


class ShippingService:
    """Members' own addresses; another's does not exist as far as anybody can tell."""

    def __init__(self, books: ShippingStore, regions: RegionService):
        self._books = books
        self._regions = regions

    async def list_addresses(self, user_id: int) -> list[PlacedAddress]:
        """The default first, then the last that was added."""
        book, regions = await self._books.find_book(user_id), await self._regions.open()
        return [_placed(book, address, regions) for address in book.in_order()]

    async def get_address(self, user_id: int, address_id: int) -> PlacedAddress:
        """Raises AddressMissing."""
        book = await self._books.find_book(user_id)
        return _placed(book, book.get(address_id), await self._regions.open())

    async def get_default(self, user_id: int) -> PlacedAddress:
        """Raises AddressMissing."""
        book = await self._books.find_book(user_id)
        if book.default_id is None:
            raise AddressMissing()
        return _placed(book, book.get(book.default_id), await self._regions.open())

    async def add_address(self, user_id: int, told: AddressChange) -> int:
        """Its number. All that an address needs has to be told. Raises InvalidInput and AddressBookFull."""
        parts = told.parts(await self._regions.open())
        address = ShippingAddress(id=await self._books.next_address_id(), **parts)  # type: ignore[arg-type]
        await self._change(user_id, lambda book: book.put(address, told.is_default))
        return address.id

    async def change_address(self, user_id: int, address_id: int, told: AddressChange) -> None:
        """Raises AddressMissing and InvalidInput."""
        parts = told.parts(await self._regions.open())
        await self._change(user_id, lambda book: book.put(replace(book.get(address_id), **parts), told.is_default))

    async def remove_address(self, user_id: int, address_id: int) -> None:
        """Nothing takes the place of the default. Raises AddressMissing."""
        await self._change(user_id, lambda book: book.without(address_id))

    async def _change(self, user_id: int, change: Callable[[AddressBook], AddressBook]) -> None:
        while True:
            before = await self._books.find_book(user_id)
            if await self._books.save_book(before, change(before)):
                return


def _placed(book: AddressBook, address: ShippingAddress, regions: Regions) -> PlacedAddress:
    return PlacedAddress(address=address, place=regions.find_nearest_path(address.region), is_default=address.id == book.default_id)
