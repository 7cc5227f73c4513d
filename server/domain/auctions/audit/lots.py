"""The audit of one lot: what its bids, its participations and its state must agree on. Pure."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from server.domain.auctions.audit.findings import Entry, Finding
from server.domain.auctions.audit.offers import OfferAudit
from server.domain.auctions.audit.participations import PartAudit
from server.domain.auctions.chain import genesis_hash, settlement_hash
from server.domain.auctions.goods import Lot, LotStatus
from server.domain.auctions.groups import Group
from server.domain.auctions.participations import Participation
from server.domain.auctions.record import Act, Bid, Intervention, MaximumSet, sha256
from server.domain.auctions.rules import SETTLE_AFTER

FINDINGS_KEPT = 100  # of one lot: where every bid is wrong, the first ones tell why


class LotAudit:
    """Holds one lot against its record.

    The order of reading makes the answer consistent: the lot, its bids up to its seq, its participations, the lot again, the
    bids since, and then `conclude`.
    """

    def __init__(self, lot: Lot, group: Group | None):
        """`group` was read before the lot; None if there is none."""
        self.findings: list[Finding] = []
        self.finding_count = 0
        self.bid_count = 0
        self.on_the_way = 0  # bids that are in the outbox alone
        self._lot = lot
        self._outbox: dict[int, Bid] = {}
        self._next_seq = 1
        self._maxima: dict[int, MaximumSet] = {}
        self._next_maximum = 1
        self._head: str | None = genesis_hash(lot)  # None after a bid that is missing or cannot be read
        self._last: Bid | None = None
        self._acts: list[Intervention] = []
        self._offer = OfferAudit(self.note)
        self._parts = PartAudit(self.note, lot)
        self._open_outbox(lot)
        if group is not None and group.ended_at is not None and lot.announced_at is None:
            state = "open" if lot.status is LotStatus.OPEN else "not announced"
            self.note(None, f"is {state}, but its group has ended")

    def note(self, seq: int | None, problem: str) -> None:
        self.finding_count += 1
        if len(self.findings) < FINDINGS_KEPT:
            self.findings.append(Finding(self._lot.id, seq, problem))

    def add_maxima(self, maxima: Iterable[MaximumSet]) -> None:
        """What the record has of changed maxima, before the bids that follow them are taken."""
        for one in maxima:
            there = self._maxima.setdefault(one.number, one)
            if there.hash != one.hash or there.canonical() != one.canonical():
                self.note(one.after_seq, f"is followed by another change {one.number} of a maximum in the outbox than in the record")

    def take(self, entry: Entry) -> None:
        """The next place of the record, in order."""
        self._take_from_outbox(entry.seq - 1)
        twin = self._outbox.pop(entry.seq, None)
        if twin is not None and entry.bid is not None and not _are_same(twin, entry.bid):
            self.note(entry.seq, "is another in the outbox than in the record")
        self._next_seq = entry.seq + 1
        self._check(entry.seq, entry.bid)

    def finish_bids(self, seq: int) -> None:
        """The record has no more up to that number: the rest must be in the outbox."""
        self._take_from_outbox(seq)

    def take_participations(self, participations: Iterable[Participation]) -> None:
        """Some of the lot's participations, read after its bids."""
        for one in participations:
            self._parts.take(one)

    def go_on_with(self, lot: Lot) -> None:
        """The lot as it was read after the participations; its newer bids follow."""
        self._lot = lot
        self._open_outbox(lot)

    def conclude(self, *, recorded_seq: int) -> None:
        """Compares the lot with all that was taken. `recorded_seq`: the newest place of the record, read before the lot."""
        lot = self._lot
        self._take_maxima(lot.seq)
        if self._next_maximum <= lot.maxima_count:
            self.note(None, f"has no change {self._next_maximum} of a maximum, of {lot.maxima_count}")
        elif len(self._maxima) > lot.maxima_count:
            self.note(None, f"has {lot.maxima_count} changes of a maximum, the record has {len(self._maxima)}")
        self._offer.end()
        self._parts.conclude(lot)
        if recorded_seq > lot.seq:
            self.note(recorded_seq, f"is in the record, but the lot has only {lot.seq} bids")
        self._check_state()
        self._check_end()
        self._check_head()

    def _open_outbox(self, lot: Lot) -> None:
        self._outbox = {}
        self.add_maxima(lot.maxima)
        for bid in lot.outbox:
            if bid.seq in self._outbox:
                self.note(bid.seq, "is in the outbox twice")
            elif bid.seq > lot.seq:
                self.note(bid.seq, f"is in the outbox, but the lot has only {lot.seq} bids")
            else:
                self._outbox[bid.seq] = bid

    def _take_from_outbox(self, up_to: int) -> None:
        missing_from = None
        while self._next_seq <= up_to:
            seq, self._next_seq = self._next_seq, self._next_seq + 1
            bid = self._outbox.pop(seq, None)
            if bid is None:
                missing_from = missing_from or seq
                continue
            if missing_from is not None:
                self._note_missing(missing_from, seq - 1)
                missing_from = None
            self.on_the_way += 1
            self._check(seq, bid)
        if missing_from is not None:
            self._note_missing(missing_from, up_to)

    def _note_missing(self, first: int, last: int) -> None:
        self.note(first, "is missing" if first == last else f"and all up to {last} are missing")
        self._head = None
        self._offer.lose()

    def _check(self, seq: int, bid: Bid | None) -> None:
        self.bid_count += 1
        self._take_maxima(seq - 1)
        if bid is None:
            self.note(seq, "cannot be read")
            self._head = None
            self._offer.lose()
            return
        if bid.seq != seq:
            self.note(seq, f"says that it is bid {bid.seq}")
        if (bid.goods_id, bid.group_id) != (self._lot.id, self._lot.group_id):
            self.note(seq, f"says that it is of lot {bid.goods_id} in group {bid.group_id}")
        self._check_chain(seq, bid)
        if bid.intervention is None:
            self._check_price(seq, bid)
            self._check_times(seq, bid)
            self._offer.take(seq, bid)
        else:
            self._acts.append(bid.intervention)
            self._offer.take_intervention(seq, bid)
        self._parts.take_bid(seq, bid)
        self._last = bid

    def _take_maxima(self, up_to_seq: int) -> None:
        """Those that follow bids up to that one."""
        while (one := self._maxima.get(self._next_maximum)) is not None and one.after_seq <= up_to_seq:
            self._next_maximum += 1
            self._check_maximum(one)

    def _check_maximum(self, one: MaximumSet) -> None:
        last = self._last
        what = f"is followed by a change {one.number} of a maximum that"
        if self._head is not None and one.previous_hash != self._head:
            self.note(one.after_seq, f"{what} is not chained to what stands before")
        if sha256(one.canonical()) != one.hash:
            self.note(one.after_seq, f"{what} does not fit its hash: it was changed")
        self._head = one.hash
        if last is None or (last.seq, last.user_id) != (one.after_seq, one.user_id):
            self.note(one.after_seq, f"{what} was made by user {one.user_id}, who did not lead")
            return
        if one.max_price is not None and not last.price <= one.max_price <= self._lot.top_price:
            self.note(one.after_seq, f"{what} is {one.max_price}, outside of {last.price} to {self._lot.top_price}")
        self._offer.change_ceiling(one.max_price if one.max_price is not None else last.price)

    def _check_chain(self, seq: int, bid: Bid) -> None:
        if self._head is not None and bid.previous_hash != self._head:
            before = "the bid before" if seq > 1 else "the lot's terms: they were changed, or it was"
            self.note(seq, f"is not chained to {before}")
        if sha256(bid.canonical()) != bid.hash:
            self.note(seq, "does not fit its hash: it was changed")
        self._head = bid.hash

    def _check_price(self, seq: int, bid: Bid) -> None:
        lot = self._lot
        if not lot.low_price <= bid.price <= lot.top_price:
            self.note(seq, f"is at {bid.price}, outside of {lot.low_price} to {lot.top_price}")
        if self._last is None:
            return
        if bid.price <= self._last.price:
            self.note(seq, f"is at {bid.price}, which does not beat {self._last.price}")
        elif not bid.is_proxy and bid.price < min(self._last.price + lot.step_at(self._last.price), lot.top_price):
            self.note(seq, f"is at {bid.price}, less than a step of {lot.step_at(self._last.price)} above {self._last.price}")

    def _check_times(self, seq: int, bid: Bid) -> None:
        if self._last is not None and bid.end_at < self._last.end_at:
            self.note(seq, f"moves the end back from {_text(self._last.end_at)} to {_text(bid.end_at)}")
        if bid.arrived_at < self._lot.start_at:
            self.note(seq, "arrived before the start")
        if bid.arrived_at >= bid.end_at:
            self.note(seq, "arrived after the end")

    def _check_state(self) -> None:
        lot, last = self._lot, self._last
        kept = (lot.seq, lot.price, lot.leader_id, lot.leader_participation_id, lot.ceiling)
        by_record: tuple[int | None, ...] = (0, 0, None, None, 0)
        if last is not None:
            by_record = (last.seq, last.price, last.user_id or None, last.participation_id or None, self._offer.ceiling)
        for name, has, should in zip(("seq", "price", "leader", "leader's participation", "ceiling"), kept, by_record):
            if has != should:
                self.note(None, f"has the {name} {has}, by its bids it is {should}")
        if lot.projected_seq > lot.seq:
            self.note(None, f"has projected {lot.projected_seq} bids of {lot.seq}")
        if (lot.settled_at is not None) != (lot.status is not LotStatus.OPEN):
            self.note(None, f"is {lot.status.value}, but was settled at {_text(lot.settled_at)}")
        if lot.instructions != tuple(one.id for one in self._acts):
            self.note(None, f"has had {len(lot.instructions)} interventions, by its record {len(self._acts)}")
        is_withdrawn = bool(self._acts) and self._acts[-1].act is Act.WITHDRAW
        if is_withdrawn is not (lot.status is LotStatus.WITHDRAWN):
            self.note(None, f"is {lot.status.value}, by its record it {'was' if is_withdrawn else 'was not'} withdrawn")
        if is_withdrawn:
            pass
        elif lot.status is LotStatus.CLOSED:
            self.note(None, "has the status closed, which is never stored")
        elif lot.status is not LotStatus.OPEN and (lot.status is LotStatus.WON) != lot.has_bid:
            self.note(None, f"is {lot.status.value}, with {lot.leader_id} as its leader")
        if lot.status is LotStatus.OPEN and lot.is_bought_out:
            self.note(None, "is open although its top price was bid")
        if lot.announced_at is not None and lot.settled_at is None:
            self.note(None, "is announced but not settled")

    def _check_end(self) -> None:
        lot, last = self._lot, self._last
        # The time of an outage is given back without a bid.
        is_later = last is not None and lot.end_at > last.end_at and bool(lot.outages)
        if last is not None and lot.end_at != last.end_at and not is_later:
            self.note(None, f"ends at {_text(lot.end_at)}, by its last bid at {_text(last.end_at)}")
        if max(lot.end_at, last.end_at if last is not None else lot.end_at) > lot.latest_end_at:
            self.note(None, f"ends after {_text(lot.latest_end_at)}, its latest end")
        ended_before = lot.is_bought_out or lot.status is LotStatus.WITHDRAWN
        if lot.settled_at is not None and not ended_before and lot.settled_at < lot.end_at + SETTLE_AFTER:
            self.note(None, f"was settled at {_text(lot.settled_at)}, before its end")

    def _check_head(self) -> None:
        lot = self._lot
        if self._head is None:
            return
        if lot.status is LotStatus.OPEN or lot.settled_at is None:
            if lot.head != self._head:
                self.note(None, "has another head than its last bid: that, or the terms, were changed")
        elif lot.head != settlement_hash(lot, self._head):
            self.note(None, "does not fit the hash of its settlement: how it ended, or its last bid, was changed")


def _are_same(one: Bid, other: Bid) -> bool:
    """But for the bidder's name, which may be withheld later, and what was not sealed."""
    return one.hash == other.hash and one.canonical() == other.canonical()


def _text(moment: datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds") if moment is not None else "no time"
