"""The audit of a lot: silent on whatever the rules make, at any moment of its way; loud on every kind of tampering."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.admission import Admission
from server.domain.auctions.audit.findings import Entry, Finding
from server.domain.auctions.audit.keys import CLAIM_SURELY_KEPT, KeyLedger
from server.domain.auctions.audit.lots import FINDINGS_KEPT, LotAudit
from server.domain.auctions.goods import Lot, LotStatus, Terms
from server.domain.auctions.groups import Group
from server.domain.auctions.keys import KeyClaim
from server.domain.auctions.offers import Offer
from server.domain.auctions.participations import Participation
from server.domain.auctions.prices import StepFrom
from server.domain.auctions.record import Bid
from server.domain.auctions.rules import SETTLE_AFTER, decide, settle
from server.domain.clock import to_ms
from tests.domain.auctions.offers import END, GROUP_ID, START, TOP_PRICE, offer, open_lot, sequences, tables

SECOND = timedelta(seconds=1)
RUNNING = Group(id=GROUP_ID, issue=7, start_at=START, end_at=END)
FINISHED = replace(RUNNING, ended_at=END + 3 * SECOND)


class Stored(Struct):
    """What lies in the database of one lot."""

    lot: Lot
    bids: dict[int, Bid]
    participations: list[Participation]
    group: Group | None = RUNNING

    def audit(self) -> list[Finding]:
        """With nothing moving meanwhile."""
        checking = LotAudit(self.lot, self.group)
        for seq in sorted(self.bids):
            if seq <= self.lot.seq:
                checking.take(Entry(seq, self.bids[seq]))
        checking.finish_bids(self.lot.seq)
        checking.take_participations(self.participations)
        checking.go_on_with(self.lot)
        checking.finish_bids(self.lot.seq)
        checking.conclude(recorded_seq=max(self.bids, default=0))
        return checking.findings

    def change_bid(self, number: int, *, is_resealed: bool = False, **changes: Any) -> None:
        changed = replace(self.bids[number], **changes)
        self.bids[number] = changed.sealed() if is_resealed else changed

    def change_lot(self, **changes: Any) -> None:
        self.lot = replace(self.lot, **changes)

    def change_participation(self, index: int, **changes: Any) -> None:
        self.participations[index] = replace(self.participations[index], **changes)


def history(start: Lot, some: list[Offer]) -> tuple[list[Lot], list[Bid]]:
    """The lot before the first and after each offer, and all bids."""
    lots: list[Lot] = [start]
    bids: list[Bid] = []
    for one in some:
        decision = decide(lots[-1], one, one.user_id * 100, now=one.arrived_at, worker="w")
        lots.append(decision.lot)
        bids += decision.bids
    return lots, bids


def parts(bids: list[Bid], settled_at: Any = None) -> list[Participation]:
    newest = {bid.user_id: Participation.after_bid(bid) for bid in bids}
    return [replace(one, settled_at=settled_at) for _, one in sorted(newest.items())]


def rich_offers() -> list[Offer]:
    """A plain bid, an own raise, a proxy that wins, one that answers, one that loses, and a late bid."""
    return [
        offer(1, 100, key="k1"),
        offer(1, 102),
        offer(2, 110, 130, key="k2"),
        offer(3, 115, 120, key="k3"),
        offer(4, 125, 140, key="k4"),
        offer(1, 150, at=END - 10 * SECOND, key="k5"),
    ]


def running() -> Stored:
    """Half of the bids are still in the outbox, a third is projected."""
    lots, bids = history(open_lot(step=2), rich_offers())
    delivered, projected = len(bids) // 2, len(bids) // 3
    lot = replace(lots[-1], outbox=tuple(bids[delivered:]), projected_seq=projected)
    return Stored(lot, {bid.seq: bid for bid in bids[:delivered]}, parts(bids[:projected]))


def over() -> Stored:
    """Won, announced, its group finished."""
    lots, bids = history(open_lot(step=2), rich_offers())
    settled = settle(lots[-1], lots[-1].end_at + SETTLE_AFTER)
    assert settled is not None
    at = settled.settled_at
    lot = replace(settled, projected_seq=settled.seq, announced_at=at)
    return Stored(lot, {bid.seq: bid for bid in bids}, parts(bids, settled_at=at), FINISHED)


def test_a_running_and_a_finished_lot_have_no_finding() -> None:
    assert running().audit() == []
    assert over().audit() == []


def test_a_lot_without_bids_has_no_finding() -> None:
    lot = open_lot()
    assert Stored(lot, {}, []).audit() == []
    unsold = settle(lot, END + SETTLE_AFTER)
    assert unsold is not None
    assert Stored(unsold, {}, []).audit() == []


@settings(max_examples=300)
@given(st.data())
def test_any_sequence_of_offers_read_at_any_moment_has_no_finding(data: st.DataObject) -> None:
    start = open_lot(
        step=data.draw(st.integers(1, 7)), extend_window_seconds=data.draw(st.sampled_from([0, 60])), steps=data.draw(tables())
    )
    lots, bids = history(start, data.draw(sequences()))
    settled = settle(lots[-1], lots[-1].end_at + SETTLE_AFTER) if data.draw(st.booleans()) else None
    lots += [settled] if settled is not None else []

    # What moves while the audit reads: more offers, the delivery, the projection, the participations of newcomers.
    first, later = sorted(data.draw(st.tuples(*[st.integers(0, len(lots) - 1)] * 2)))
    seq, newer_seq = lots[first].seq, lots[later].seq
    delivered = data.draw(st.integers(0, seq))
    recorded = data.draw(st.integers(delivered, seq))
    projected = data.draw(st.integers(0, delivered))
    participated = data.draw(st.integers(projected, newer_seq))
    newer_delivered = data.draw(st.integers(recorded, newer_seq))

    checking = LotAudit(replace(lots[first], outbox=tuple(bids[delivered:seq]), projected_seq=projected), RUNNING)
    for bid in bids[:recorded]:
        checking.take(Entry(bid.seq, bid))
    checking.finish_bids(seq)
    checking.take_participations(parts(bids[:participated]))
    checking.go_on_with(replace(lots[later], outbox=tuple(bids[newer_delivered:newer_seq])))
    for bid in bids[seq : max(newer_delivered, seq)]:
        checking.take(Entry(bid.seq, bid))
    checking.finish_bids(newer_seq)
    checking.conclude(recorded_seq=newer_delivered)
    assert checking.findings == []
    assert checking.bid_count == newer_seq


def test_a_name_that_was_withheld_is_no_finding() -> None:
    stored = over()
    stored.change_bid(3, nickname="微信用户")
    stored.change_lot(leader_nickname="微信用户")
    assert stored.audit() == []


def test_time_given_back_after_an_outage_is_no_finding() -> None:
    stored = running()
    ends = {"end_at": stored.lot.end_at + 30 * SECOND, "latest_end_at": stored.lot.latest_end_at + 30 * SECOND}
    stored.change_lot(**ends, outages=(to_ms(END),))
    assert stored.audit() == []
    stored.change_lot(outages=())
    assert "by its last bid" in stored.audit()[0].problem


def test_a_lot_whose_announcement_was_cut_short_is_no_finding() -> None:
    stored = over()
    stored.change_lot(announced_at=None)
    stored.group = RUNNING
    assert stored.audit() == []


# What operators did is tampered with in tests/domain/auctions/test_interventions.py.
SEALED = sorted(set(Bid.__struct_fields__) - {"nickname", "worker", "request_id", "hash", "intervention"})


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return None
    if isinstance(value, tuple):
        return (*value, "/pictures/0123456789abcdef0123456789abcdef.jpg")
    return value + SECOND if not isinstance(value, str) else value[::-1] + "0"


@pytest.mark.parametrize("field", SEALED)
@pytest.mark.parametrize("made", [running, over])
def test_every_sealed_field_of_a_recorded_bid_is_guarded(field: str, made: Callable[[], Stored]) -> None:
    numbers = [number for number, bid in made().bids.items() if _other(getattr(bid, field)) is not None]
    assert numbers or made is running
    for number in numbers:
        stored = made()
        stored.change_bid(number, **{field: _other(getattr(stored.bids[number], field))})
        assert any(finding.seq == number for finding in stored.audit()), (field, number)


@pytest.mark.parametrize("field", [*SEALED, "hash"])
def test_a_bid_that_was_changed_and_sealed_anew_breaks_the_chain(field: str) -> None:
    for number, bid in over().bids.items():
        stored = over()
        other = _other(getattr(bid, field))
        if other is not None:
            stored.change_bid(number, is_resealed=field != "hash", **{field: other})
            assert stored.audit(), (field, number)


@pytest.mark.parametrize("field", sorted(set(Terms.__struct_fields__) - {"position"}))
@pytest.mark.parametrize("made", [running, over, lambda: Stored(open_lot(), {}, [])])
def test_every_term_of_the_sale_is_guarded(field: str, made: Callable[[], Stored]) -> None:
    stored = made()
    others = {"steps": (StepFrom(0, 2),), "admission": Admission(lead_limit=1)}
    stored.change_lot(**{field: others[field] if field in others else _other(getattr(stored.lot, field))})
    assert stored.audit()


def swap(stored: Stored) -> None:
    stored.bids[3], stored.bids[4] = stored.bids[4], stored.bids[3]


def swap_numbered(stored: Stored) -> None:
    stored.bids[3], stored.bids[4] = replace(stored.bids[4], seq=3), replace(stored.bids[3], seq=4)


def remove_user(stored: Stored) -> None:
    stored.participations = [one for one in stored.participations if one.user_id != 1]


def add_participation(stored: Stored) -> None:
    stored.participations.append(replace(stored.participations[0], id=999, user_id=9))


def double_participation(stored: Stored) -> None:
    stored.participations.append(replace(stored.participations[0], id=999))


def rewrite_history(stored: Stored) -> None:
    """A whole new chain that is sound in itself, at other prices, without touching the lot."""
    _, bids = history(open_lot(step=2), rich_offers()[:-1])
    stored.bids = {bid.seq: bid for bid in bids}


def rewrite_with_one_price_lower(stored: Stored) -> None:
    """Every hash computed anew from the changed bid on, the lot's head included: only the rules can tell."""
    head = stored.bids[3].previous_hash
    for number in range(3, stored.lot.seq + 1):
        price = stored.bids[2].price if number == 3 else stored.bids[number].price
        stored.bids[number] = replace(stored.bids[number], price=price, previous_hash=head).sealed()
        head = stored.bids[number].hash
    stored.change_lot(head=head, status=LotStatus.OPEN, settled_at=None, announced_at=None)
    stored.group = RUNNING
    stored.participations = parts(list(stored.bids.values()))


TAMPERINGS: dict[str, tuple[Callable[[Stored], object], str]] = {
    "the first bid deleted": (lambda stored: stored.bids.pop(1), "is missing"),
    "a bid deleted": (lambda stored: stored.bids.pop(4), "is missing"),
    "the last bid deleted": (lambda stored: stored.bids.pop(stored.lot.seq), "is missing"),
    "several bids deleted": (lambda stored: [stored.bids.pop(seq) for seq in (3, 4, 5)], "and all up to 5 are missing"),
    "all bids deleted": (lambda stored: stored.bids.clear(), "are missing"),
    "two bids swapped": (swap, "says that it is bid"),
    "two bids swapped and renumbered": (swap_numbered, "does not fit its hash"),
    "a bid added": (lambda stored: stored.bids.update({99: stored.bids[2]}), "is in the record, but the lot has only"),
    "a bid unreadable": (lambda stored: stored.bids.update({3: None}), "cannot be read"),  # type: ignore[dict-item]
    "history rewritten": (rewrite_history, "is missing"),
    "history rewritten with all hashes": (rewrite_with_one_price_lower, "does not beat"),
    "the lot's seq lowered": (lambda stored: stored.change_lot(seq=4), "the lot has only 4 bids"),
    "the lot's seq raised": (lambda stored: stored.change_lot(seq=50), "are missing"),
    "the lot's price changed": (lambda stored: stored.change_lot(price=151), "has the price 151"),
    "the leader changed": (lambda stored: stored.change_lot(leader_id=4), "has the leader 4"),
    "the leader removed": (lambda stored: stored.change_lot(leader_id=None), "has the leader None"),
    "the leader's participation changed": (lambda stored: stored.change_lot(leader_participation_id=9), "leader's participation"),
    "the ceiling raised": (lambda stored: stored.change_lot(ceiling=TOP_PRICE), "has the ceiling"),
    "the head changed": (lambda stored: stored.change_lot(head="0" * 64), "settlement"),
    "the end moved back": (lambda stored: stored.change_lot(end_at=END), "by its last bid"),
    "the end moved beyond the limit": (lambda stored: stored.change_lot(end_at=END + timedelta(hours=1)), "its latest end"),
    "the limit moved back": (lambda stored: stored.change_lot(latest_end_at=END), "its latest end"),
    "settled before the end": (lambda stored: stored.change_lot(settled_at=END), "before its end"),
    "settled at another time": (lambda stored: stored.change_lot(settled_at=END + timedelta(days=1)), "settlement"),
    "a won lot made unsold": (lambda stored: stored.change_lot(status=LotStatus.UNSOLD), "is unsold"),
    "a won lot opened again": (lambda stored: stored.change_lot(status=LotStatus.OPEN), "is open, but was settled"),
    "a settled lot opened wholly": (
        lambda stored: stored.change_lot(status=LotStatus.OPEN, settled_at=None, announced_at=None),
        "its group has ended",
    ),
    "a lot stored as closed": (lambda stored: stored.change_lot(status=LotStatus.CLOSED), "never stored"),
    "the settlement's time removed": (lambda stored: stored.change_lot(settled_at=None), "is won, but was settled at no time"),
    "not announced in an ended group": (lambda stored: stored.change_lot(announced_at=None), "not announced"),
    "projected beyond the last bid": (lambda stored: stored.change_lot(projected_seq=50), "has projected"),
    "a participation deleted": (remove_user, "has no participation"),
    "a participation added": (add_participation, "who has not bid"),
    "a participation doubled": (double_participation, "is their second"),
    "a participation's price changed": (lambda stored: stored.change_participation(1, price=1), "is at 1 with bid"),
    "a participation's seq changed": (lambda stored: stored.change_participation(1, seq=1), "with bid 1, their last"),
    "a participation ahead of the bids": (lambda stored: stored.change_participation(1, seq=99), "with bid 99"),
    "a participation renumbered": (lambda stored: stored.change_participation(1, id=999), "is numbered"),
    "a participation moved to another group": (lambda stored: stored.change_participation(1, group_id=8), "of group 8"),
    "a participation of an announced lot not settled": (
        lambda stored: stored.change_participation(1, settled_at=None),
        "is not settled",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_with_a_finished_lot_is_found(tampering: str) -> None:
    change, expected = TAMPERINGS[tampering]
    stored = over()
    change(stored)
    assert expected in " · ".join(finding.problem for finding in stored.audit())


OUTBOX_TAMPERINGS: dict[str, tuple[Callable[[Stored], object], str]] = {
    "a bid deleted": (lambda stored: stored.change_lot(outbox=stored.lot.outbox[:1] + stored.lot.outbox[2:]), "is missing"),
    "the last bid deleted": (lambda stored: stored.change_lot(outbox=stored.lot.outbox[:-1]), "is missing"),
    "all deleted": (lambda stored: stored.change_lot(outbox=()), "are missing"),
    "a bid doubled": (lambda stored: stored.change_lot(outbox=(*stored.lot.outbox, stored.lot.outbox[0])), "in the outbox twice"),
    "a bid added": (
        lambda stored: stored.change_lot(outbox=(*stored.lot.outbox, replace(stored.lot.outbox[0], seq=99))),
        "is in the outbox, but",
    ),
    "a bid's price changed": (
        lambda stored: stored.change_lot(outbox=(*stored.lot.outbox[:-1], replace(stored.lot.outbox[-1], price=1))),
        "does not fit its hash",
    ),
    "another bid than in the record": (
        lambda stored: stored.bids.update({seq: replace(bid, price=1) for seq, bid in _by_seq(stored.lot.outbox).items()}),
        "is another in the outbox",
    ),
    "an open lot with a settled participation": (
        lambda stored: stored.change_participation(0, settled_at=END),
        "is open, but participation",
    ),
    "an open lot whose top price was bid": (lambda stored: stored.change_lot(price=TOP_PRICE), "top price was bid"),
    "an open lot announced": (lambda stored: stored.change_lot(announced_at=END), "is announced but not settled"),
    "the head of an open lot changed": (lambda stored: stored.change_lot(head="0" * 64), "has another head"),
}


def _by_seq(bids: tuple[Bid, ...]) -> dict[int, Bid]:
    return {bid.seq: bid for bid in bids}


@pytest.mark.parametrize("tampering", OUTBOX_TAMPERINGS)
def test_tampering_with_a_running_lot_is_found(tampering: str) -> None:
    change, expected = OUTBOX_TAMPERINGS[tampering]
    stored = running()
    change(stored)
    assert expected in " · ".join(finding.problem for finding in stored.audit())


def rechained(bids: list[Bid], **changes: dict[int, Any]) -> Stored:
    """A sound chain whose bids differ from what the rules made: {field: {seq: value}}."""
    head, made = bids[0].previous_hash, []
    for bid in bids:
        own = {field: values[bid.seq] for field, values in changes.items() if bid.seq in values}
        made.append(replace(bid, previous_hash=head, **own).sealed())
        head = made[-1].hash
    last = made[-1]
    lots, _ = history(open_lot(step=2), rich_offers())
    lot = replace(lots[-1], head=head, price=last.price, end_at=last.end_at, leader_id=last.user_id, projected_seq=last.seq)
    return Stored(replace(lot, leader_participation_id=last.participation_id), {bid.seq: bid for bid in made}, parts(made))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"price": {2: 101}}, "less than a step"),
        ({"price": {1: 99}}, "outside of 100 to 160"),
        ({"price": {10: 161}}, "outside of 100 to 160"),
        ({"outbid_user_id": {3: 4}}, "tells user 4 at 102 that they are outbid, instead of user 1 at 102"),
        ({"outbid_user_id": {3: None}, "outbid_price": {3: None}}, "tells nobody that they are outbid"),
        ({"outbid_price": {3: 1}}, "tells user 1 at 1"),
        ({"outbid_user_id": {1: 2}, "outbid_price": {1: 1}}, "instead of nobody"),
        ({"end_at": {5: END - SECOND}}, "moves the end back"),
        ({"end_at": {10: END + timedelta(hours=1)}}, "after 2026"),
        ({"arrived_at": {2: START - SECOND}}, "arrived before the start"),
        ({"arrived_at": {2: END}}, "arrived after the end"),
        ({"participation_id": {2: 7}}, "has the participation 7"),
        ({"participation_id": {3: 100}}, "several users with one participation"),
        ({"offer_seq": {3: 1}}, "belongs to the offer of bid 1, which it does not follow"),
        ({"offer_seq": {3: 2}}, "belongs to the offer of bid 2, but was not made by proxy"),
        ({"offer_seq": {2: 1, 3: 1, 4: 1}}, "with one offer"),
        ({"max_price": {3: 121}}, "more than user 2 had allowed"),
        ({"user_id": {6: 3}}, "had allowed"),
        ({"key": {5: "k9"}}, "has a key, though nobody asked"),
        ({"goods_id": {2: 146}}, "of lot 146"),
    ],
)
def test_a_sound_chain_that_breaks_a_rule_is_found(changes: dict[str, dict[int, Any]], expected: str) -> None:
    _, bids = history(open_lot(step=2), rich_offers())
    assert rechained(bids).audit() == []
    assert expected in " · ".join(finding.problem for finding in rechained(bids, **changes).audit())


def test_where_every_bid_is_wrong_the_first_findings_are_kept_and_all_are_counted() -> None:
    checking = LotAudit(open_lot(), RUNNING)
    for _ in range(FINDINGS_KEPT + 5):
        checking.note(1, "is wrong")
    assert (len(checking.findings), checking.finding_count) == (FINDINGS_KEPT, FINDINGS_KEPT + 5)


def claim(bid: Bid, **changes: Any) -> KeyClaim:
    assert bid.key is not None and bid.fingerprint is not None
    facts: dict[str, Any] = {"user_id": bid.user_id, "key": bid.key, "goods_id": bid.goods_id, "fingerprint": bid.fingerprint}
    return KeyClaim(**(facts | {"after_seq": 0, "claimed_at": bid.arrived_at} | changes))


def test_a_key_makes_one_bid_over_the_whole_record() -> None:
    bid = over().bids[1]
    elsewhere = replace(bid, goods_id=146)
    ledger = KeyLedger()
    assert ledger.check(bid, claim(bid), START) is None
    assert ledger.check(bid, claim(bid), START) is None  # read again after the database was away
    assert ledger.check(replace(bid, user_id=2), claim(bid), START) is None
    found = ledger.check(elsewhere, claim(elsewhere), START)
    assert found == Finding(146, 1, "has the same key of user 1 as bid 1 of lot 145")
    assert len(ledger) == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"goods_id": 146}, "another request"), ({"fingerprint": "x"}, "another request"), ({"after_seq": 1}, "claimed after it")],
)
def test_a_claim_that_does_not_fit_its_bid_is_found(changes: dict[str, Any], expected: str) -> None:
    bid = over().bids[1]
    found = KeyLedger().check(bid, claim(bid, **changes), START)
    assert found is not None and expected in found.problem


def test_a_claim_may_be_forgotten_after_days_and_not_before() -> None:
    bid = over().bids[1]
    found = KeyLedger().check(bid, None, START + CLAIM_SURELY_KEPT - SECOND)
    assert found is not None and "is not claimed" in found.problem
    assert KeyLedger().check(bid, None, START + CLAIM_SURELY_KEPT) is None
