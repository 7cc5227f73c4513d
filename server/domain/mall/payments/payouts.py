"""What those who pay out say of a payout."""
from __future__ import annotations

from enum import Enum
from typing import Protocol

from msgspec import Struct


class PayoutState(Enum):
    """How far it is."""

    UNKNOWN = "unknown"  # they have never heard of it
    REJECTED = "rejected"  # they do not begin it, and it may be asked for again
    UNDER_WAY = "under_way"
    AWAITS_USER = "awaits_user"
    PAID = "paid"
    FAILED = "failed"  # for good


class PayoutWord(Struct, frozen=True, kw_only=True):
    """Their word. `package`: by which the payee takes it."""

    state: PayoutState
    package: str = ""
    receipt: str = ""
    reason: str = ""


class Transferred(Struct, frozen=True, kw_only=True):
    """Their word, unasked: of the payout with our number, of so many fen."""

    number: str
    amount: int
    word: PayoutWord


class Transfers(Protocol):
    """Who hears of payouts."""

    async def take_notice(self, told: Transferred) -> None:
        """Decided once, however often and by whatever way it is told."""
