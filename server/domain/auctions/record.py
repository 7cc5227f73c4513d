"""The record of a lot: accepted bids, each chained to the entry before by SHA-256."""
from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from server.domain.clock import to_ms

encode_canonical = msgspec.json.Encoder(order="deterministic").encode

SALT_BYTES = 12  # nobody can try 2⁹⁶


class Act(str, Enum):
    """What operators do to a lot."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    END = "end"
    WITHDRAW = "withdraw"
    VOID = "void"


class Intervention(Struct, frozen=True, kw_only=True):
    """What an operator did to a lot. `ceiling` is how far bids go on the leader's behalf from now on.

    Of a void, `back_to` is the entry that stands again, 0 for the lot without a bid, and `concerned` whose bids stand no more.
    """

    id: str  # of the request: one makes one entry
    act: Act
    operator_id: int
    reason: str
    ceiling: int
    back_to: int | None = None
    concerned: tuple[int, ...] = ()

    def told(self) -> dict[str, Any]:
        """What everyone may know of it."""
        return {"act": self.act.value, "back_to": self.back_to, "concerned": self.concerned, "reason": self.reason}

    def secrets(self) -> dict[str, Any]:
        return {"ceiling": self.ceiling, "id": self.id, "operator_id": self.operator_id}


class Bid(Struct, frozen=True, kw_only=True):
    """An accepted bid. `hash` covers every field of its canonical form and the hash of the entry before.

    With a salt, what nobody else may know stands in that form as one hash, so that the form can be published and still be held
    against `hash`. Entries of before have none, and their secrets in plain.

    What an operator did to the lot is an entry among its bids, with an `intervention`: it tells who leads after it, at which price.
    """

    goods_id: int
    group_id: int
    seq: int
    offer_seq: int  # the first bid made by the same offer: one offer can make several, by proxy
    user_id: int  # 0 where nobody leads after an intervention
    participation_id: int
    nickname: str  # not part of the canonical form: a deleted user's name is withheld, the bid stays
    price: int
    max_price: int | None  # the bidder's secret ceiling as given with this bid
    is_proxy: bool  # made by the server on the user's behalf
    arrived_at: datetime
    key: str | None  # the idempotency key of the request
    fingerprint: str | None  # of the request's body, to know a key used with another one
    outbid_user_id: int | None = None  # who led before, if that was someone else
    outbid_price: int | None = None
    end_at: datetime  # the lot's end after this bid
    intervention: Intervention | None = None
    previous_hash: str
    hash: str = ""
    salt: str = ""
    worker: str = ""
    request_id: str = ""

    def canonical(self) -> bytes:
        """JSON with sorted keys, no spaces; times in ms since 1970 UTC."""
        told: dict[str, Any] = {
            "arrived_at": to_ms(self.arrived_at),
            "end_at": to_ms(self.end_at),
            "goods_id": self.goods_id,
            "group_id": self.group_id,
            "is_proxy": self.is_proxy,
            "offer_seq": self.offer_seq,
            "outbid_price": self.outbid_price,
            "outbid_user_id": self.outbid_user_id,
            "participation_id": self.participation_id,
            "previous_hash": self.previous_hash,
            "price": self.price,
            "seq": self.seq,
            "user_id": self.user_id,
        }
        hidden = bid_secrets(self.fingerprint, self.key, self.max_price)
        act = self.intervention
        if not self.salt:
            intervention = {} if act is None else {"intervention": {**act.told(), **act.secrets()}}
            return encode_canonical(told | hidden | intervention)
        if act is not None:
            told["intervention"] = act.told()
            hidden |= act.secrets()
        told["secret"] = secret_hash(hidden, self.salt)
        return encode_canonical(told)

    def sealed(self) -> Bid:
        """This bid with its hash."""
        return msgspec.structs.replace(self, hash=sha256(self.canonical()))


class MaximumSet(Struct, frozen=True, kw_only=True):
    """The leader's maximum, changed without a bid: an entry of the chain between two bids. None cancels it.

    With a salt its canonical form tells nobody more than where it stands.
    """

    goods_id: int
    group_id: int
    number: int  # counts the lot's changes of a maximum, from 1 without gaps
    after_seq: int  # the bid that led
    user_id: int
    max_price: int | None
    arrived_at: datetime
    key: str | None
    fingerprint: str | None
    previous_hash: str
    hash: str = ""
    salt: str = ""
    worker: str = ""
    request_id: str = ""

    def canonical(self) -> bytes:
        """As a bid's; `kind` tells them apart."""
        told: dict[str, Any] = {
            "after_seq": self.after_seq,
            "goods_id": self.goods_id,
            "group_id": self.group_id,
            "kind": "maximum",
            "number": self.number,
            "previous_hash": self.previous_hash,
        }
        hidden = bid_secrets(self.fingerprint, self.key, self.max_price)
        hidden |= {"arrived_at": to_ms(self.arrived_at), "user_id": self.user_id}
        return encode_canonical({**told, **hidden} if not self.salt else {**told, "secret": secret_hash(hidden, self.salt)})

    def sealed(self) -> MaximumSet:
        """This entry with its hash."""
        return msgspec.structs.replace(self, hash=sha256(self.canonical()))


def make_salt() -> str:
    """For the secrets of one entry."""
    return secrets.token_urlsafe(SALT_BYTES)


def bid_secrets(fingerprint: str | None, key: str | None, max_price: int | None) -> dict[str, Any]:
    """What of a bid its bidder alone may know. The fingerprint tells the maximum to who tries some."""
    return {"fingerprint": fingerprint, "key": key, "max_price": max_price}


def secret_hash(hidden: dict[str, Any], salt: str) -> str:
    """What stands in a canonical form in their place; who knows them and the salt can tell that they are meant."""
    return sha256(encode_canonical({**hidden, "salt": salt}))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def has_extended(bid: Bid, before: Bid | None, window_seconds: int) -> bool:
    """Whether this bid came so late that the lot's end was moved; `before` is the entry before it.

    An end may also have been moved while nobody bid: then the bid after it has more than the window left.
    """
    window = timedelta(seconds=window_seconds)
    left = bid.end_at - bid.arrived_at
    if bid.intervention is not None or not window:
        return False
    return left == window if before is None else bid.end_at > before.end_at and left <= window


class RecordStore(Protocol):
    """Where accepted bids and changed maxima arrive; nothing in it is ever changed."""

    async def add_bids(
        self,
        bids: list[Bid],
        delivered_at: datetime,
        *,
        may_be_there: bool,
        committed_at: Mapping[tuple[int, int], datetime] | None = None,
    ) -> None:
        """Adds those not there yet, in order, so that what is visible of a lot has no gap. `may_be_there`: another process may add
        them too.

        `committed_at`: when each became durable, by its lot and number, where that is known.
        """

    async def list_commits(self, goods_id: int, up_to_seq: int) -> dict[int, datetime]:
        """Of the bids up to that number, when each became durable, where that is known."""

    async def list_bids(self, goods_id: int, *, after_seq: int = 0, limit: int = 0) -> list[Bid]:
        """In order; all if `limit` is 0."""

    async def list_numbered(self, goods_id: int, seqs: Iterable[int]) -> list[Bid]:
        """Those of these numbers that have arrived, in order."""

    async def list_newest_bids(self, goods_id: int, up_to_seq: int, limit: int) -> list[Bid]:
        """Those of the last `limit` numbers up to that one that have arrived, newest first."""

    async def find_bid(self, goods_id: int, seq: int) -> Bid | None: ...

    async def find_bid_by_key(self, goods_id: int, user_id: int, key: str, after_seq: int) -> Bid | None:
        """The bid that this user made with this key, among those after `after_seq`."""

    async def list_delivered(self, delivered_after: datetime, limit: int) -> list[tuple[Bid, datetime]]:
        """Bids of all lots that arrived in the record after that moment, each with when, in that order."""

    async def list_newest(self, limit: int) -> list[Bid]:
        """Of all lots, newest first."""

    async def list_outbid(self, user_id: int, delivered_after: datetime, limit: int) -> list[tuple[Bid, datetime]]:
        """The first so many bids that outbid this user, or voids that concern them, and arrived in the record after that moment, each
        with when, in that order.
        """

    async def list_maxima(self, goods_id: int) -> list[MaximumSet]:
        """All changes of maxima of that lot, in order."""

    async def add_maxima(self, maxima: list[MaximumSet]) -> None:
        """Adds those not there yet."""

    async def find_maximum(self, goods_id: int, number: int) -> MaximumSet | None: ...

    async def find_maximum_by_key(self, goods_id: int, user_id: int, key: str) -> MaximumSet | None:
        """The change that this user made with this key."""
