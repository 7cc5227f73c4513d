"""The audit of participations: each must say what the bids of its user say. Pure."""
from __future__ import annotations

from msgspec import Struct

from server.domain.auctions.audit.findings import Note
from server.domain.auctions.goods import Lot, LotStatus
from server.domain.auctions.participations import Participation
from server.domain.auctions.record import Bid


class _Part(Struct):
    """What the bids say of one user: the last bid that must be projected, and those after it."""

    id: int
    seq: int = 0
    price: int = 0
    later: list[tuple[int, int]] = []
    is_stored: bool = False


class PartAudit:
    """Every bidder has one participation, as far as the projection had come when the lot was first read."""

    def __init__(self, note: Note, lot: Lot):
        self._note = note
        self._lot = lot
        self._parts: dict[int, _Part] = {}
        self._early: list[Participation] = []  # of bids that are newer than the lot as it was first read
        self._settled: int | None = None

    def take_bid(self, seq: int, bid: Bid) -> None:
        if bid.intervention is not None:
            return
        part = self._parts.get(bid.user_id)
        if part is None:
            part = self._parts[bid.user_id] = _Part(bid.participation_id)
        if part.id != bid.participation_id:
            self._note(seq, f"has the participation {bid.participation_id}, user {bid.user_id}'s bids before have {part.id}")
        if seq <= self._lot.projected_seq:
            part.seq, part.price = seq, bid.price
        else:
            part.later.append((seq, bid.price))

    def take(self, one: Participation) -> None:
        if one.seq > self._lot.seq:
            self._early.append(one)
        else:
            self._check(one)

    def conclude(self, lot: Lot) -> None:
        for one in self._early:
            self._check(one)
        for user_id, part in self._parts.items():
            if part.seq and not part.is_stored:
                self._note(part.seq, f"of user {user_id} has no participation")
        if len({part.id for part in self._parts.values()}) < len(self._parts):
            self._note(None, "has bids of several users with one participation")
        if self._settled is not None and lot.status is LotStatus.OPEN:
            self._note(None, f"is open, but participation {self._settled} is settled")

    def _check(self, one: Participation) -> None:
        part = self._parts.get(one.user_id)
        if part is None:
            self._note(None, f"has a participation {one.id} of user {one.user_id}, who has not bid")
            return
        problem = self._problem(one, part)
        if problem is not None:
            self._note(one.seq, f"participation {one.id} of user {one.user_id} {problem}")
        if one.settled_at is not None:
            self._settled = one.id
        elif self._lot.announced_at is not None:
            self._note(None, f"is announced, but participation {one.id} is not settled")
        part.is_stored = True

    def _problem(self, one: Participation, part: _Part) -> str | None:
        if part.is_stored:
            return "is their second on this lot"
        if one.id != part.id:
            return f"is numbered {part.id} in their bids"
        if (one.goods_id, one.group_id) != (self._lot.id, self._lot.group_id):
            return f"says that it is of group {one.group_id}"
        if (one.seq, one.price) == (part.seq, part.price) or (one.seq, one.price) in part.later:
            return None
        last = (part.later or [(part.seq, part.price)])[-1]
        return f"is at {one.price} with bid {one.seq}, their last is at {last[1]} with bid {last[0]}"
