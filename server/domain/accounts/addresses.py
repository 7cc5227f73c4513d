"""Addresses that a user has things sent to."""
from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import Struct

from server.domain.accounts.names import one_line
from server.domain.accounts.profiles import PHONE
from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput

MOST_ADDRESSES = 50
LONGEST = {"province": 32, "city": 32, "district": 32, "address": 200, "zip": 10, "contact_name": 32, "contact_phone": 20}
FORMS = {"zip": re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{1,8}[0-9A-Za-z]"), "contact_phone": PHONE}


class TooManyAddresses(Conflict):
    """The user has as many addresses as one may have."""

    def __init__(self) -> None:
        super().__init__()
        self.most = MOST_ADDRESSES


class Place(Struct, frozen=True, kw_only=True):
    """Where to, and to whom; every part is needed."""

    province: str
    city: str
    district: str
    address: str
    zip: str
    contact_name: str
    contact_phone: str

    def tidy(self) -> Place:
        """Each part in one line. Raises InvalidInput with all that is wrong."""
        return Place(**_tidy(msgspec.structs.asdict(self)))


class PlaceChange(Struct, frozen=True, kw_only=True):
    """New parts of a place; None leaves one as it is."""

    province: str | None = None
    city: str | None = None
    district: str | None = None
    address: str | None = None
    zip: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None

    def tidy(self) -> dict[str, str]:
        """The parts that are given, each in one line. Raises InvalidInput with all that is wrong."""
        return _tidy({name: text for name, text in msgspec.structs.asdict(self).items() if text is not None})


def _tidy(parts: dict[str, str]) -> dict[str, str]:
    texts = {name: one_line(text) for name, text in parts.items()}
    problems = {}
    for name, text in texts.items():
        if not text:
            problems[name] = ["required"]
        elif len(text) > LONGEST[name]:
            problems[name] = [f"too_long:{LONGEST[name]}"]
        elif name in FORMS and not FORMS[name].fullmatch(text):
            problems[name] = ["wrong_form"]
    if problems:
        raise InvalidInput(problems)
    return texts


class Address(Place, frozen=True, kw_only=True):
    """A place that a user has kept."""

    id: int
    user_id: int
    created_at: datetime
    updated_at: datetime


class AddressStore(Protocol):
    """Where addresses are kept. Another user's does not exist as far as anyone can tell."""

    async def list_all(self, *order: str, user_id: int) -> list[Address]:
        """Oldest first."""

    async def count(self, *, user_id: int) -> int: ...

    async def add(self, made: Address) -> None: ...

    async def change_address(self, user_id: int, address_id: int, parts: dict[str, str], now: datetime) -> Address:
        """Sets these parts of a place, in one write. Gives the address after it. Raises NotFound."""

    async def remove_address(self, user_id: int, address_id: int) -> None:
        """Raises NotFound."""

    async def remove_all(self, user_id: int) -> None: ...

    async def next_id(self) -> int:
        """A number no address has had."""


class AddressService:
    """The caller's own addresses."""

    def __init__(self, addresses: AddressStore, clock: Clock):
        self._addresses = addresses
        self._clock = clock

    async def list_addresses(self, caller: User) -> list[Address]:
        """Oldest first."""
        return await self._addresses.list_all(user_id=caller.id)

    async def add_address(self, caller: User, place: Place) -> Address:
        """Raises InvalidInput, TooManyAddresses. Several at once may go a little beyond the limit, which harms nobody."""
        place = place.tidy()
        if await self._addresses.count(user_id=caller.id) >= MOST_ADDRESSES:
            raise TooManyAddresses()
        now = self._clock.now()
        address = Address(
            **msgspec.structs.asdict(place),
            id=await self._addresses.next_id(),
            user_id=caller.id,
            created_at=now,
            updated_at=now,
        )
        await self._addresses.add(address)
        return address

    async def change_address(self, caller: User, address_id: int, place: Place) -> Address:
        """Raises InvalidInput, NotFound."""
        parts = msgspec.structs.asdict(place.tidy())
        return await self._addresses.change_address(caller.id, address_id, parts, self._clock.now())

    async def change_parts(self, caller: User, address_id: int, change: PlaceChange) -> Address:
        """What is not given stays, whoever changes it meanwhile. Raises InvalidInput, NotFound."""
        return await self._addresses.change_address(caller.id, address_id, change.tidy(), self._clock.now())

    async def remove_address(self, caller: User, address_id: int) -> None:
        """Raises NotFound."""
        await self._addresses.remove_address(caller.id, address_id)
