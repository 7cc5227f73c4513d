"""Admission: who may bid on the lots of a group, and for how much in all. Pure."""
from __future__ import annotations

from enum import Enum

from msgspec import Struct


class WhoMayBid(str, Enum):
    """`deposit`: who has left one, or was approved."""

    ANYONE = "anyone"
    APPROVED = "approved"
    DEPOSIT = "deposit"


class Admission(Struct, frozen=True, kw_only=True):
    """Amounts in fen. `lead_limit` is the most that one bidder may owe at once for all lots of the group; 0: there is none."""

    who_may_bid: WhoMayBid = WhoMayBid.ANYONE
    deposit: int = 0
    lead_limit: int = 0


FOR_EVERYONE = Admission()
