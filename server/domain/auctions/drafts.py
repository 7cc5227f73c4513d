"""Drafts: offers that wait for one commit, and what that commit would do with each. No storage, no rules."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.gate import Passage
from server.domain.auctions.goods import Lot
from server.domain.auctions.interventions import intervene
from server.domain.auctions.keys import KeyClaim
from server.domain.auctions.maxima import change_maximum
from server.domain.auctions.offers import BidRefused, Instruction, KeyReused, LotRefusal, MaximumChange, Offer
from server.domain.auctions.participations import Participation
from server.domain.auctions.proof.receipts import Receipt
from server.domain.auctions.proof.statements import Standing, state_accepted, state_refused
from server.domain.auctions.record import Bid, MaximumSet
from server.domain.auctions.rules import Decision
from server.domain.clock import to_ms
from server.domain.errors import DomainError

MOST_SEEN = 2048
Mark = tuple[int, str] | tuple[int, int, int]


class Placed(Struct, frozen=True):
    """An accepted bid: the bidder's participation and the lot right after it, and the bid's own number.

    `statement` is what a receipt says of it, `receipt` that one once it is signed.
    """

    participation: Participation
    lot: Lot
    seq: int
    statement: str
    receipt: Receipt | None = None

    @classmethod
    def after(cls, lot: Lot, user_id: int, bids: tuple[Bid, ...], found: Standing) -> Placed:
        """What these bids, made by one offer of that user, are answered with. `found`: how the lot stood before them."""
        own = [bid for bid in bids if bid.user_id == user_id]
        return cls(Participation.after_bid(own[-1]), lot, own[0].seq, state_accepted(own[0], found))

    @classmethod
    def again(cls, lot: Lot, made: list[Bid], before: Bid | None) -> Placed:
        """What was answered to the offer that made these bids; `lot` is a later state of theirs, `before` the entry before them."""
        last = made[-1]
        then = replace(lot, seq=last.seq, price=last.price, leader_id=last.user_id, leader_nickname=last.nickname)
        return cls.after(then, made[0].user_id, tuple(made), Standing.after_entry(lot, before))


class Waiting:
    """An offer, a change of a maximum, or an operator's instruction, that waits for its answer."""

    __slots__ = ("offer", "after_seq", "claim", "is_repeat", "is_back", "origin", "passage", "answer", "started")

    def __init__(self, offer: Offer | MaximumChange | Instruction, after_seq: int):
        self.offer = offer
        self.after_seq = after_seq  # a bid that it or its key has made comes after this one
        self.claim: asyncio.Future[KeyClaim | None] | None = None  # of its key
        self.is_repeat = False  # an earlier request had the same key
        self.is_back = False  # it was handed over: another process may have made its bid
        self.origin: str | None = None  # the process that received it; None for this one
        self.passage: Passage | None = None  # what the gate has said, where it was asked
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.started = time.perf_counter()

    @property
    def amount(self) -> int | None:
        """What it asks to be held to, in fen; None for what commits its bidder to nothing."""
        if isinstance(self.offer, Offer):
            return self.offer.ceiling
        return self.offer.max_price if isinstance(self.offer, MaximumChange) else None

    @property
    def barred(self) -> type[BidRefused] | None:
        """Why its bidder may not bid."""
        return self.passage.refusal if self.passage is not None else None

    def accept(self, answer: Placed | MaximumSet | Bid) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def refuse(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # the bidder may have hung up: not worth a warning


class Draft:
    """What one commit would do: the lot after it, and the answer of each waiting offer.

    `recorded`: bids before those of the outbox, where an offer may have made one without a key.
    """

    def __init__(self, before: Lot, recorded: Sequence[Bid] | None = None):
        self.before = before
        self.lot = before
        self.bids: list[Bid] = []
        self.accepted: list[tuple[Waiting, Placed]] = []
        self.maxima: list[MaximumSet] = []
        self.set: list[tuple[Waiting, MaximumSet | Bid]] = []
        self.refused: list[tuple[Waiting, DomainError]] = []
        self.settles = False
        self._earlier = before.outbox if recorded is None else (*recorded, *before.outbox)
        self._by_mark: dict[Mark, Bid] = {(bid.user_id, bid.key): bid for bid in self._earlier if bid.key is not None}
        if recorded is not None:
            self._by_mark |= {_mark(bid): bid for bid in self._earlier if not bid.is_proxy}

    @property
    def changes_lot(self) -> bool:
        return bool(self.bids or self.maxima) or self.settles

    @property
    def is_seen(self) -> bool:
        """Whether it changes what everyone may know of the lot."""
        return bool(self.bids) or self.settles

    def find_made(self, offer: Offer) -> list[Bid]:
        """The bids that the offer or its key has made already, as far as the outbox, this draft and what was recorded tell."""
        first = self._by_mark.get(_mark(offer))
        return [] if first is None else made_by_offer(first, [*self._earlier, *self.bids])

    def find_entry(self, seq: int) -> Bid | None:
        """Likewise the entry of that number."""
        return next((bid for bid in (*self._earlier, *self.bids) if bid.seq == seq), None)

    def answer_again(self, waiting: Waiting, made: list[Bid], before: Bid | None) -> None:
        self.accepted.append((waiting, Placed.again(self.lot, made, before)))

    def take(self, waiting: Waiting, decision: Decision) -> None:
        """Adds what the rules decided about the offer."""
        found = Standing.of(self.lot)
        self.lot = decision.lot
        self.bids += decision.bids
        self._by_mark |= {(bid.user_id, bid.key): bid for bid in decision.bids if bid.key is not None}
        if decision.refusal is None:
            self.accepted.append((waiting, Placed.after(decision.lot, waiting.offer.user_id, decision.bids, found)))
        else:
            assert isinstance(waiting.offer, Offer)
            decision.refusal.statement = state_refused(waiting.offer, decision.refusal)
            self.refused.append((waiting, decision.refusal))

    def find_set(self, change: MaximumChange) -> MaximumSet | None:
        """What the change's key has set already, as far as the lot and this draft tell."""
        there = (*self.before.maxima, *self.maxima)
        return next((one for one in there if (one.user_id, one.key) == (change.user_id, change.key)), None)

    def take_change(self, waiting: Waiting, change: MaximumChange, worker: str) -> None:
        """Adds what the rule says of a changed maximum."""
        try:
            self.lot, entry = change_maximum(self.lot, change, worker=worker, barred=waiting.barred)
        except LotRefusal as refusal:
            self.refused.append((waiting, refusal))
        else:
            self.maxima.append(entry)
            self.set.append((waiting, entry))

    def find_done(self, wanted: Instruction) -> Bid | None:
        """The entry that the same instruction has left already, as far as the outbox and this draft tell."""
        return next((bid for bid in (*self.before.outbox, *self.bids) if bid.intervention and bid.intervention.id == wanted.id), None)

    def take_instruction(
        self, waiting: Waiting, wanted: Instruction, entries: Sequence[Bid], maxima: Sequence[MaximumSet], worker: str
    ) -> None:
        """Adds what the rules say of an instruction."""
        try:
            self.lot, entry = intervene(self.lot, wanted, entries, maxima, worker=worker)
        except DomainError as refusal:
            self.refused.append((waiting, refusal))
        else:
            self.bids.append(entry)
            self.set.append((waiting, entry))
            self.settles = self.settles or self.lot.settled_at is not None


class SeenBids:
    """Bids of other processes as this one has read them: every one after `since_seq`, up to the lot's last."""

    def __init__(self) -> None:
        self.since_seq = 0
        self._bids: dict[int, Bid] = {}

    def add(self, bids: Iterable[Bid]) -> None:
        self._bids |= {bid.seq: bid for bid in bids}
        if len(self._bids) > MOST_SEEN:
            self.forget(sorted(self._bids)[-MOST_SEEN // 2])

    def forget(self, up_to_seq: int) -> None:
        """Those up to that one, whether it has read them or not."""
        self.since_seq = up_to_seq
        self._bids = {seq: bid for seq, bid in self._bids.items() if seq > up_to_seq}

    def list_after(self, seq: int) -> list[Bid]:
        return [bid for bid in self._bids.values() if bid.seq > seq]


def _mark(one: Offer | Bid) -> Mark:
    """What an offer has in common with the bid that it made, and with no other: its key, else its price, which a lot reaches once."""
    return (one.user_id, one.key) if one.key is not None else (one.user_id, one.price, to_ms(one.arrived_at))


def made_by_offer(first: Bid, bids: Sequence[Bid]) -> list[Bid]:
    """Of these bids, those made by the same offer."""
    return [bid for bid in bids if bid.offer_seq == first.offer_seq]


async def with_claims(batch: list[Waiting]) -> list[Waiting]:
    """The batch once its keys are claimed, without those whose claim failed or whose key belongs to another request; these are refused."""
    ready = []
    for waiting in batch:
        try:
            earlier = await waiting.claim if waiting.claim is not None else None
        except Exception as error:  # whatever happens, everyone who waits is answered
            waiting.refuse(error)
            continue
        if earlier is not None:
            if earlier.fingerprint != waiting.offer.fingerprint:
                waiting.refuse(KeyReused())
                continue
            waiting.is_repeat, waiting.after_seq = True, earlier.after_seq
        ready.append(waiting)
    return ready
