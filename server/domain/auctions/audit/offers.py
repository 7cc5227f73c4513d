"""The audit of offers: what each made, whom it outbid, and what its bidders had allowed. Pure."""
from __future__ import annotations

from server.domain.auctions.audit.findings import Note
from server.domain.auctions.record import Bid

LONGEST_OFFER = 3  # bids: the offer, the leader's proxy, the challenger's proxy


Stand = tuple[int, int, int, int]  # price, leader, their participation, ceiling


class OfferAudit:
    """The bids of one offer belong together: who was outbid by it, and what each side had allowed."""

    def __init__(self, note: Note):
        self._note = note
        self._bids: list[Bid] = []
        self._leader: Bid | None = None  # the last bid of the offer before
        self._last_seq = 0
        self._is_known = True  # False after a bid that is missing: who led before is not known
        self.ceiling = 0
        self.stands: dict[int, Stand] = {0: (0, 0, 0, 0)}  # after each entry to which a void may go back

    def take(self, seq: int, bid: Bid) -> None:
        if not self._bids or bid.offer_seq != self._bids[0].offer_seq:
            self.end()
            if bid.offer_seq != seq:
                self._note(seq, f"belongs to the offer of bid {bid.offer_seq}, which it does not follow")
        elif not bid.is_proxy:
            self._note(seq, f"belongs to the offer of bid {bid.offer_seq}, but was not made by proxy")
        self._bids.append(bid)

    def change_ceiling(self, ceiling: int) -> None:
        """The leader has changed their maximum after the last bid."""
        self.end()
        self.ceiling = ceiling
        self._remember()

    def take_intervention(self, seq: int, entry: Bid) -> None:
        """What an operator did: nobody offered anything, but after a void another stand is the one to go on from."""
        assert entry.intervention is not None
        self.end()
        told, leader = entry.intervention, self._leader
        if (entry.key, entry.outbid_user_id, entry.is_proxy) != (None, None, True) or entry.offer_seq != seq:
            self._note(seq, "is what an operator did, and looks like an offer")
        now = (0, 0, 0, 0) if leader is None else (leader.price, leader.user_id, leader.participation_id, self.ceiling)
        expected = now if told.back_to is None else self.stands.get(told.back_to)
        has = (entry.price, entry.user_id, entry.participation_id, told.ceiling)
        if not self._is_known and told.back_to is None:
            pass  # who led before is not known
        elif expected is None:
            self._note(seq, f"goes back to {told.back_to}, where no offer ends")
        elif has != expected:
            self._note(seq, f"leaves user {has[1]} leading at {has[0]}, by what stands before it is user {expected[1]} at {expected[0]}")
        self.ceiling = told.ceiling
        self._leader = entry if entry.user_id else None
        self._last_seq = seq
        self._is_known = True
        self._remember()

    def lose(self) -> None:
        """The next bid does not follow the last one taken."""
        self.end()
        self._is_known = False

    def end(self) -> None:
        """The offer is complete."""
        if not self._bids:
            return
        bids, self._bids = self._bids, []
        if len(bids) > LONGEST_OFFER:
            self._note(bids[0].seq, f"made {len(bids)} bids with one offer")
        if self._is_known:
            self._check_allowed(bids)
            self._check_outbid(bids)
        self.ceiling = self._ceiling_after(bids)
        self._leader = bids[-1]
        self._last_seq = bids[-1].seq
        self._is_known = True
        self._remember()

    def _remember(self) -> None:
        leader = self._leader
        self.stands[self._last_seq] = (0, 0, 0, 0) if leader is None else (
            leader.price,
            leader.user_id,
            leader.participation_id,
            self.ceiling,
        )

    def _check_allowed(self, bids: list[Bid]) -> None:
        first = bids[0]
        allowed = {self._leader.user_id: self.ceiling} if self._leader is not None else {}
        if not first.is_proxy:
            allowed[first.user_id] = max(first.price, first.max_price or self._own_ceiling(first))
        for bid in bids:
            if bid.price > allowed.get(bid.user_id, 0):
                self._note(bid.seq, f"is at {bid.price}, more than user {bid.user_id} had allowed")
            if bid.is_proxy and bid.key is not None:
                self._note(bid.seq, "has a key, though nobody asked for it")

    def _check_outbid(self, bids: list[Bid]) -> None:
        last = bids[-1]
        rivals = [bid for bid in (self._leader, *bids) if bid is not None and bid.user_id != last.user_id]
        expected = (rivals[-1].user_id, rivals[-1].price) if rivals else (None, None)
        for bid in bids:
            should = expected if bid is last else (None, None)
            if (bid.outbid_user_id, bid.outbid_price) != should:
                said = f"user {bid.outbid_user_id} at {bid.outbid_price}" if bid.outbid_user_id is not None else "nobody"
                meant = f"user {should[0]} at {should[1]}" if should[0] is not None else "nobody"
                self._note(bid.seq, f"tells {said} that they are outbid, instead of {meant}")

    def _own_ceiling(self, first: Bid) -> int:
        return self.ceiling if self._leader is not None and self._leader.user_id == first.user_id else 0

    def _ceiling_after(self, bids: list[Bid]) -> int:
        first, last = bids[0], bids[-1]
        if first.is_proxy or first.user_id != last.user_id:
            return self.ceiling  # the leader answered and leads on
        return max(first.price, first.max_price or self._own_ceiling(first))
