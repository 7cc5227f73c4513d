"""What those who check have in hand, and how what is signed and published reads to them."""
from __future__ import annotations

import contextlib
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from server.domain.auctions.prices import StepFrom
from server.domain.auctions.proof.keys import KeyId, PublicKey
from server.domain.auctions.proof.published import PublishedLot
from server.domain.auctions.proof.receipts import Receipt


class Key(Struct, frozen=True):
    """As it is published."""

    id: KeyId
    public_key: PublicKey
    endorsement: Receipt | None = None


class GroupHeads(Struct, frozen=True):
    """The heads of a group, in the order of their tree, and its root, signed."""

    signed: Receipt
    heads: tuple[str, ...]


class Kept(Struct, frozen=True):
    """What somebody has kept or fetched: each part may be missing. `heads` are signed heads of lots."""

    keys: tuple[Key, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    heads: tuple[Receipt, ...] = ()
    groups: tuple[GroupHeads, ...] = ()
    lots: tuple[PublishedLot, ...] = ()


class BidStatement(Struct, frozen=True, kw_only=True, tag_field="kind", tag="bid"):
    goods_id: int
    group_id: int
    user_id: int
    price: int
    max_price: int | None
    key: str | None
    arrived_at: int
    outcome: str
    price_before: int | None = None
    minimum: int | None = None
    seq: int | None = None
    hash: str | None = None
    previous_hash: str | None = None
    salt: str | None = None


class HeadStatement(Struct, frozen=True, kw_only=True, tag_field="kind", tag="head"):
    goods_id: int
    group_id: int
    head: str
    seq: int
    settled_at: int


class GroupStatement(Struct, frozen=True, kw_only=True, tag_field="kind", tag="group"):
    group_id: int
    issue: int
    lots: int
    root: str


class KeyStatement(Struct, frozen=True, kw_only=True, tag_field="kind", tag="key"):
    id: str
    public_key: str


Statement: TypeAlias = BidStatement | HeadStatement | GroupStatement | KeyStatement


class TermsForm(Struct, frozen=True):
    goods_id: int
    low_price: int
    step: int
    top_price: int
    steps: tuple[StepFrom, ...] = ()


class BidForm(Struct, frozen=True, kw_only=True):
    goods_id: int
    seq: int
    user_id: int
    price: int
    arrived_at: int
    end_at: int
    is_proxy: bool
    previous_hash: str
    secret: str | None = None
    intervention: dict[str, Any] | None = None


class SettlementForm(Struct, frozen=True):
    goods_id: int
    leader_id: int | None
    price: int
    seq: int
    previous_hash: str


def find_places(kept: Kept) -> tuple[set[int], set[int]]:
    """The lots and the groups that it speaks of, whether it is to be believed or not."""
    goods_ids, group_ids = {lot.goods_id for lot in kept.lots}, {lot.group_id for lot in kept.lots}
    for signed in (*kept.receipts, *kept.heads, *(group.signed for group in kept.groups)):
        with contextlib.suppress(msgspec.DecodeError):
            place = msgspec.json.decode(signed.statement, type=_Place)
            goods_ids |= {place.goods_id} - {0}
            group_ids |= {place.group_id} - {0}
    return goods_ids, group_ids


class _Place(Struct):
    goods_id: int = 0
    group_id: int = 0
