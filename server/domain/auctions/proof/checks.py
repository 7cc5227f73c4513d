"""What anybody can check with receipts, heads and published records in hand, and nothing else. Pure.

static/js/verify/checks.js does the same in a browser: both are held against the same broken examples.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from server.domain.auctions.prices import step_at
from server.domain.auctions.proof.forms import (
    BidForm,
    BidStatement,
    GroupHeads,
    GroupStatement,
    HeadStatement,
    Kept,
    Key,
    KeyStatement,
    SettlementForm,
    Statement,
    TermsForm,
)
from server.domain.auctions.proof.keys import id_of_key
from server.domain.auctions.proof.merkle import climb, plant
from server.domain.auctions.proof.notary import SIGNED
from server.domain.auctions.proof.published import PublishedEntry, PublishedLot
from server.domain.auctions.proof.receipts import Receipt
from server.domain.auctions.proof.statements import ACCEPTED
from server.domain.auctions.record import bid_secrets, secret_hash, sha256

IsSigned = Callable[[str, str, bytes], bool]  # by this public key, with that signature, what


class Problem(Struct, frozen=True):
    """`about` names the thing: `lot 12`, `bid 7 of lot 12`, `receipt 3`, `key 1f…`."""

    about: str
    problem: str


class Checked(Struct):
    """What was looked at and what was found. `sealed`: entries of which only their place could be checked."""

    keys: int = 0
    receipts: int = 0
    heads: int = 0
    groups: int = 0
    lots: int = 0
    entries: int = 0
    sealed: int = 0
    unmatched: int = 0  # receipts of lots whose record is not at hand
    problems: list[Problem] = []

    @property
    def is_clean(self) -> bool:
        return not self.problems


class _Chain(Struct):
    """A lot's record as it was read."""

    terms: TermsForm | None
    head: str
    bids: dict[int, BidForm | None]  # None: its form is not told
    hashes: dict[int, set[str]]  # what the head was after each number, at some time
    bid_hashes: dict[int, str]

    def price_after(self, seq: int) -> int | None:
        """The price that a bidder saw then; None where the record does not tell."""
        if seq == 0:
            return self.terms.low_price if self.terms is not None else None
        bid = self.bids.get(seq)
        if bid is None or bid.user_id:
            return bid.price if bid is not None else None
        return self.terms.low_price if self.terms is not None else None


def check(kept: Kept, is_signed: IsSigned) -> Checked:
    """Everything of it against everything else of it. The keys are those to believe."""
    checking = _Checking(kept.keys, is_signed)
    checking.check_keys()
    for lot in kept.lots:
        checking.check_lot(lot)
    for number, head in enumerate(kept.heads, 1):
        checking.check_head(head, f"head {number}")
    for group in kept.groups:
        checking.check_group(group)
    for number, receipt in enumerate(kept.receipts, 1):
        checking.check_receipt(receipt, f"receipt {number}")
    return checking.done


class _Checking:
    def __init__(self, keys: Sequence[Key], is_signed: IsSigned):
        self.done = Checked()
        self._is_signed = is_signed
        self._keys = {key.id: key for key in keys}
        self._chains: dict[int, _Chain] = {}
        self._heads: dict[int, str] = {}  # of each lot, the first that was seen signed

    def check_keys(self) -> None:
        self.done.keys = len(self._keys)
        for key in self._keys.values():
            about = f"key {key.id}"
            if id_of_key(key.public_key) != key.id:
                self._note(about, "is called by the name of another key")
            if key.endorsement is None:
                continue
            stated = self._read_signed(key.endorsement, about)
            if stated is not None and stated != KeyStatement(id=key.id, public_key=key.public_key):
                self._note(about, "is endorsed as another key than it is")

    def check_lot(self, lot: PublishedLot) -> None:
        self.done.lots += 1
        self.done.entries += len(lot.entries)
        about = f"lot {lot.goods_id}"
        terms = self._read(lot.terms, TermsForm, about, "has terms that cannot be read")
        if terms is not None and terms.goods_id != lot.goods_id:
            self._note(about, f"has the terms of lot {terms.goods_id}")
        genesis = sha256(lot.terms.encode())
        chain = self._chains[lot.goods_id] = _Chain(terms, genesis, {}, {0: {genesis}}, {})
        last: BidForm | None = None
        for entry in lot.entries:
            bid = self._take_entry(lot.goods_id, entry, chain)
            if bid is not None and last is not None and bid.intervention is None and bid.price <= last.price and bid.seq == last.seq + 1:
                self._note(_bid(entry.seq, lot.goods_id), f"is at {bid.price}, which does not beat {last.price}")
            last = bid or (last if entry.kind == "maximum" else None)
        self._check_settlement(lot, chain, last)
        if lot.head is not None:
            self.check_head(lot.head, f"published head of {about}")

    def _take_entry(self, goods_id: int, entry: PublishedEntry, chain: _Chain) -> BidForm | None:
        about = _bid(entry.seq, goods_id)
        if entry.kind == "maximum":
            about = f"a changed maximum after {about}"
        if entry.previous_hash != chain.head:
            self._note(about, "is not chained to what stands before it")
        chain.head = entry.hash
        chain.hashes.setdefault(entry.seq, set()).add(entry.hash)
        if entry.kind == "bid":
            if entry.seq != len(chain.bids) + 1:
                self._note(about, f"stands where bid {len(chain.bids) + 1} belongs")
            chain.bids[entry.seq] = None
            chain.bid_hashes[entry.seq] = entry.hash
        if entry.form is None:
            self.done.sealed += 1
            return None
        if sha256(entry.form.encode()) != entry.hash:
            self._note(about, "does not fit its hash: it was changed")
        if entry.kind == "maximum":
            return None
        bid = self._read(entry.form, BidForm, about, "cannot be read")
        if bid is None:
            return None
        if (bid.goods_id, bid.seq, bid.previous_hash) != (goods_id, entry.seq, entry.previous_hash):
            self._note(about, "is published at another place than it says")
        chain.bids[entry.seq] = bid
        return bid

    def _check_settlement(self, lot: PublishedLot, chain: _Chain, last: BidForm | None) -> None:
        about = f"lot {lot.goods_id}"
        end = self._read(lot.settlement, SettlementForm, about, "has a settlement that cannot be read")
        if end is None:
            return
        if end.previous_hash != chain.head:
            self._note(about, "has a settlement that is not chained to its last entry")
        if (end.goods_id, end.seq) != (lot.goods_id, len(chain.bids)):
            self._note(about, f"has {len(chain.bids)} entries, by its settlement {end.seq}")
        elif last is not None and (end.leader_id or 0, end.price) != (last.user_id, last.price):
            self._note(about, f"ended with user {last.user_id} at {last.price}, by its settlement with {end.leader_id} at {end.price}")
        chain.head = sha256(lot.settlement.encode())
        chain.hashes.setdefault(end.seq, set()).add(chain.head)

    def check_head(self, signed: Receipt, about: str) -> None:
        self.done.heads += 1
        stated = self._read_signed(signed, about)
        if isinstance(stated, HeadStatement):
            self._compare_head(stated)
        elif stated is not None:
            self._note(about, "is no head")

    def _compare_head(self, stated: HeadStatement) -> None:
        about = f"lot {stated.goods_id}"
        known = self._heads.setdefault(stated.goods_id, stated.head)
        if known != stated.head:
            self._note(about, f"was published with two heads, {known[:16]}… and {stated.head[:16]}…: one was republished")
        chain = self._chains.get(stated.goods_id)
        if chain is not None and chain.head != stated.head:
            heads = f"was published with the head {stated.head[:16]}…, its record ends with {chain.head[:16]}…"
            self._note(about, f"{heads}: it was changed since")

    def check_group(self, group: GroupHeads) -> None:
        self.done.groups += 1
        stated = self._read_signed(group.signed, "a group")
        if not isinstance(stated, GroupStatement):
            if stated is not None:
                self._note("a group", "is signed as something else")
            return
        about = f"group {stated.group_id}"
        root = plant(group.heads)[0].hex() if group.heads else ""
        if (root, len(group.heads)) != (stated.root, stated.lots):
            self._note(about, "has other heads than its root stands for: one was changed, added or left out")
        for text in group.heads:
            head = self._read(text, HeadStatement, about, "has a head that cannot be read")
            if head is not None:
                self._compare_head(head)

    def check_receipt(self, receipt: Receipt, about: str) -> None:
        self.done.receipts += 1
        stated = self._read_signed(receipt, about)
        if not isinstance(stated, BidStatement):
            if stated is not None:
                self._note(about, "is no receipt of a bid")
            return
        chain = self._chains.get(stated.goods_id)
        if stated.seq is None:
            return  # it was refused without a look at the lot
        if chain is None:
            self.done.unmatched += 1
            return
        about = f"{about} of a bid of {stated.price} on lot {stated.goods_id}"
        for problem in _find_denials(stated, chain):
            self._note(about, problem)

    def _read_signed(self, signed: Receipt, about: str) -> Statement | None:
        """What it says, if one of the keys has signed it."""
        key = self._keys.get(signed.key)
        if key is None:
            self._note(about, f"is signed with the key {signed.key}, which is not published")
            return None
        try:
            root = climb(signed.statement, signed.path)
        except ValueError:
            root = b""
        if not self._is_signed(key.public_key, signed.signature, SIGNED + root):
            self._note(about, "does not fit its signature: it was changed, or never signed")
            return None
        return self._read(signed.statement, Statement, about, "is signed and cannot be read")

    def _read(self, text: str, kind: Any, about: str, problem: str) -> Any:
        try:
            return msgspec.json.decode(text, type=kind)
        except (msgspec.DecodeError, UnicodeEncodeError):
            self._note(about, problem)
            return None

    def _note(self, about: str, problem: str) -> None:
        found = Problem(about, problem)
        if found not in self.done.problems:
            self.done.problems.append(found)


def _find_denials(stated: BidStatement, chain: _Chain) -> Iterable[str]:
    """Where the record denies what a receipt says."""
    seq = stated.seq or 0
    is_accepted = stated.outcome == ACCEPTED
    if is_accepted and chain.bid_hashes.get(seq) != stated.hash:
        yield f"says that it was accepted as bid {seq}, which the record denies"
        return
    if not is_accepted and stated.hash not in chain.hashes.get(seq, ()):
        yield f"says that the lot stood at entry {seq} when it was refused, which the record denies"
        return
    found_seq = seq - 1 if is_accepted else seq
    found = chain.price_after(found_seq)
    if found is not None and found != stated.price_before:
        yield f"says that the price was {stated.price_before}, by the record it was {found}"
    if chain.terms is not None and found is not None:
        minimum = _minimum(chain, found_seq, found)
        if stated.minimum != minimum:
            yield f"says that the minimum was {stated.minimum}, by the record it was {minimum}"
    bid = chain.bids.get(seq)
    if is_accepted and bid is not None:
        yield from _find_differences(stated, bid)
    if not is_accepted:
        yield from _find_wrong_refusal(stated, bid)


def _find_differences(stated: BidStatement, bid: BidForm) -> Iterable[str]:
    told = (stated.user_id, stated.price, stated.arrived_at, stated.previous_hash)
    if told != (bid.user_id, bid.price, bid.arrived_at, bid.previous_hash):
        yield f"tells another bid than the record has as bid {bid.seq}"
    if bid.secret is not None and stated.salt is not None:
        fingerprint = None
        if stated.key is not None:
            asked = (stated.goods_id, stated.group_id, stated.price, stated.max_price)
            fingerprint = sha256(msgspec.json.encode(asked))[:32]
        if secret_hash(bid_secrets(fingerprint, stated.key, stated.max_price), stated.salt) != bid.secret:
            yield f"tells another maximum or key than the record has sealed in bid {bid.seq}"


def _find_wrong_refusal(stated: BidStatement, bid: BidForm | None) -> Iterable[str]:
    if stated.outcome == "bid_too_low" and stated.minimum is not None and stated.price >= stated.minimum:
        yield f"was refused as too low, but meets the minimum of {stated.minimum}"
    if stated.outcome == "ended" and bid is not None and stated.arrived_at < bid.end_at:
        yield "was refused as too late, but arrived before the end that the record has"


def _minimum(chain: _Chain, seq: int, price: int) -> int:
    assert chain.terms is not None
    bid = chain.bids.get(seq)
    has_leader = seq > 0 and bid is not None and bid.user_id != 0
    step = step_at(price, chain.terms.step, chain.terms.steps)
    return min(price + step, chain.terms.top_price) if has_leader else chain.terms.low_price


def _bid(seq: int, goods_id: int) -> str:
    return f"bid {seq} of lot {goods_id}"
