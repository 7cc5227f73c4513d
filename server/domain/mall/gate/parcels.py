"""Where parcels are, as their carriers tell it."""
from __future__ import annotations

from enum import Enum
from typing import Protocol

from msgspec import Struct

from server.domain.errors import Conflict, DomainError


class TrackingOff(DomainError):
    """Nobody has set up who is asked for parcels."""


class CarrierUnknown(Conflict):
    """Nobody knows that carrier, or whose the number is."""


class ParcelState(int, Enum):
    """How far it is."""

    NOT_SEEN = 0
    TAKEN = 1
    ON_THE_WAY = 2
    RECEIVED = 3
    IN_TROUBLE = 4


class Trace(Struct, frozen=True):
    """One line of a parcel's way, in the carrier's words."""

    at: str
    text: str


class Parcel(Struct, frozen=True):
    """`carrier`: its code."""

    carrier: str
    number: str
    state: ParcelState
    traces: tuple[Trace, ...]


class ParcelTracker(Protocol):
    """Who asks the carriers."""

    async def find_parcel(self, number: str, carrier: str, tail: str = "") -> Parcel:
        """Without a carrier it is found by the number; `tail`: the last digits of the receiver's telephone, which some carriers ask for.

        Raises TrackingOff, CarrierUnknown, TooMany and Unavailable."""


class NoTracker:
    """Implements ParcelTracker where nobody is asked."""

    async def find_parcel(self, number: str, carrier: str, tail: str = "") -> Parcel:
        raise TrackingOff()
