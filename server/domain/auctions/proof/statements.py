"""Statements: what is signed, as JSON with sorted keys and no spaces. Money in fen, times in ms since 1970 UTC."""
from __future__ import annotations

import re
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import Group
from server.domain.auctions.offers import LotRefusal, Offer
from server.domain.auctions.record import Bid, encode_canonical
from server.domain.clock import to_ms

VERSION = 1
ACCEPTED = "accepted"


class Standing(Struct, frozen=True):
    """How a lot stood: `price` is the leading bid, or the low price; `hash` the newest entry of its record."""

    price: int
    minimum: int
    hash: str

    @classmethod
    def of(cls, lot: Lot) -> Standing:
        return cls(lot.current_price, lot.minimum_offer, lot.head)

    @classmethod
    def after_entry(cls, lot: Lot, entry: Bid | None) -> Standing:
        """After that entry; `lot` is any state of it. Its hash is known to what is chained to it."""
        leader_id = entry.user_id or None if entry is not None else None
        return cls.of(replace(lot, leader_id=leader_id, price=entry.price if entry is not None else 0))


def state_accepted(bid: Bid, found: Standing) -> str:
    """Of the first bid that an offer has made: what its receipt says. It tells the bidder's own secrets too, which the hash covers."""
    return _state(
        {
            "arrived_at": to_ms(bid.arrived_at),
            "goods_id": bid.goods_id,
            "group_id": bid.group_id,
            "hash": bid.hash,
            "key": bid.key,
            "kind": "bid",
            "max_price": bid.max_price,
            "minimum": found.minimum,
            "outcome": ACCEPTED,
            "previous_hash": bid.previous_hash,
            "price": bid.price,
            "price_before": found.price,
            "salt": bid.salt,
            "seq": bid.seq,
            "user_id": bid.user_id,
        }
    )


def state_refused(offer: Offer, refusal: Exception) -> str:
    """Of an offer that was refused, and of the lot as it was then, where that was looked at. The salt keeps it from being guessed by
    those whose receipts have its hash in their path.
    """
    facts: dict[str, Any] = {
        "arrived_at": to_ms(offer.arrived_at),
        "goods_id": offer.goods_id,
        "group_id": offer.group_id,
        "key": offer.key,
        "kind": "bid",
        "max_price": offer.max_price,
        "outcome": snake_case(type(refusal).__name__),
        "price": offer.price,
        "salt": offer.salt,
        "user_id": offer.user_id,
    }
    if isinstance(refusal, LotRefusal):
        lot = refusal.lot
        facts |= {"hash": lot.head, "minimum": refusal.minimum, "price_before": refusal.current, "seq": lot.seq}
    return _state(facts)


def state_head(lot: Lot) -> str:
    """Of a settled lot: how its record ends. What the head is a hash of tells price and winner."""
    assert lot.settled_at is not None
    facts = {"goods_id": lot.id, "group_id": lot.group_id, "head": lot.head, "kind": "head", "seq": lot.seq}
    return _state({**facts, "settled_at": to_ms(lot.settled_at)})


def state_group(group: Group, root: bytes, lots: int) -> str:
    """Of a group that has ended: the root over the heads of its lots."""
    return _state({"group_id": group.id, "issue": group.issue, "kind": "group", "lots": lots, "root": root.hex()})


def state_key(key_id: str, public_key: str) -> str:
    """Of a key, by the one before it."""
    return _state({"id": key_id, "kind": "key", "public_key": public_key})


def _state(facts: dict[str, Any]) -> str:
    return encode_canonical({**facts, "v": VERSION}).decode()


def snake_case(name: str) -> str:
    """BidTooLow → bid_too_low, as the documents name errors."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
