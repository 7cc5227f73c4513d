"""A sale of two lots as a bidder takes it home, and every way to break it: the same examples for the server's checks and a browser's."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from server.domain.auctions.chain import genesis_form, settlement_form
from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import Group
from server.domain.auctions.interventions import intervene
from server.domain.auctions.maxima import change_maximum
from server.domain.auctions.offers import Instruction, MaximumChange, Offer
from server.domain.auctions.prices import StepFrom
from server.domain.auctions.proof.forms import GroupHeads, Kept, Key
from server.domain.auctions.proof.merkle import hash_leaf, plant
from server.domain.auctions.proof.notary import SIGNED, Notary
from server.domain.auctions.proof.published import PublishedLot, publish_entries
from server.domain.auctions.proof.receipts import Receipt
from server.domain.auctions.proof.statements import (
    Standing,
    state_accepted,
    state_group,
    state_head,
    state_key,
    state_refused,
)
from server.domain.auctions.record import Act, Bid, MaximumSet
from server.domain.auctions.rules import decide, settle
from server.outside.ed25519 import Ed25519Signer
from tests.domain.auctions.offers import END, GROUP_ID, START, offer, open_lot

OLD, NEW, FOREIGN = (bytes([number]) * 32 for number in (1, 2, 3))


class ToldSale:
    """Bids on one lot, decided by the rules, and what is told of them."""

    def __init__(self, notary: Notary, goods_id: int = 145):
        self.lot: Lot = open_lot(id=goods_id, step=9, steps=(StepFrom(0, 2), StepFrom(131, 5)))
        self.bids: list[Bid] = []
        self.maxima: list[MaximumSet] = []
        self.statements: list[str] = []
        self._notary = notary

    def bid(self, user_id: int, price: int, max_price: int | None = None, **about: Any) -> None:
        wanted: Offer = offer(user_id, price, max_price, goods_id=self.lot.id, salt=f"salt {len(self.bids)}", **about)
        found = Standing.of(self.lot)
        decision = decide(self.lot, wanted, user_id, now=START)
        self.lot = decision.lot
        self.bids += decision.bids
        refusal = decision.refusal
        self.statements.append(state_accepted(decision.bids[0], found) if refusal is None else state_refused(wanted, refusal))

    def raise_maximum(self, user_id: int, max_price: int) -> None:
        change = MaximumChange(
            goods_id=self.lot.id, group_id=GROUP_ID, user_id=user_id, max_price=max_price, arrived_at=START, salt="salt of a maximum"
        )
        self.lot, entry = change_maximum(self.lot, change)
        self.maxima.append(entry)

    def pause_and_resume(self) -> None:
        for act in (Act.PAUSE, Act.RESUME):
            self._act(act)

    def void(self, back_to: int) -> None:
        self._act(Act.VOID, at=self.bids[-1].arrived_at, back_to=back_to)

    def _act(self, act: Act, *, at: datetime = START, back_to: int | None = None) -> None:
        salt = f"salt of {act.value}"
        wanted = Instruction(
            id=act.value, goods_id=self.lot.id, act=act, operator_id=9, reason="核对", arrived_at=at, back_to=back_to, salt=salt
        )
        self.lot, entry = intervene(self.lot, wanted, self.bids, self.maxima)
        self.bids.append(entry)

    def publish(self) -> PublishedLot:
        """Its record, once it is settled."""
        head = self.lot.head
        settled = settle(self.lot, END + timedelta(hours=1))
        assert settled is not None
        self.lot = settled
        return PublishedLot(
            goods_id=settled.id,
            group_id=settled.group_id,
            terms=genesis_form(settled).decode(),
            entries=publish_entries(self.bids, self.maxima),
            settlement=settlement_form(settled, head).decode(),
            head=self._notary.sign_now(state_head(settled)),
        )

    def receipts(self) -> tuple[Receipt, ...]:
        return tuple(self._notary.sign_all(self.statements))


def told_sale(notary: Notary | None = None, *, last_price: int = 131) -> ToldSale:
    """Bids, proxies, a refusal, a changed maximum, a pause."""
    told = ToldSale(notary or Notary(Ed25519Signer((NEW, OLD))))
    told.bid(1, 100, 120, key="a 键")
    told.bid(2, 110, 118)
    told.bid(2, 119)
    told.raise_maximum(1, 130)
    told.pause_and_resume()
    told.bid(3, last_price)
    return told


def make_kept() -> Kept:
    """All of it whole: two keys, two lots, receipts of accepted and refused bids under one signature, the group's heads."""
    ring = Ed25519Signer((NEW, OLD))
    notary = Notary(ring)
    endorsed = state_key(ring.key_ids[0], ring.public_keys[0])
    endorsement = Receipt(endorsed, (), ring.key_ids[1], ring.sign_with(ring.key_ids[1], SIGNED + hash_leaf(endorsed)).hex())
    keys = (Key(ring.key_ids[1], ring.public_keys[1]), Key(ring.key_ids[0], ring.public_keys[0], endorsement))
    told = told_sale(notary)
    told.bid(2, 133, at=END + timedelta(minutes=5))
    quiet = ToldSale(notary, 146)
    quiet.bid(3, 99)
    lots = (told.publish(), quiet.publish())
    heads = tuple(lot.head.statement for lot in lots if lot.head is not None)
    group = Group(id=GROUP_ID, issue=7, start_at=START, end_at=END)
    root, _ = plant(heads)
    groups = (GroupHeads(notary.sign_now(state_group(group, root, len(heads))), heads),)
    signed = tuple(lot.head for lot in lots if lot.head is not None)
    return Kept(keys=keys, receipts=(*told.receipts(), *quiet.receipts()), heads=signed, groups=groups, lots=lots)


# ---- ways to break it


def with_entry(kept: Kept, index: int, **changes: Any) -> Kept:
    first, *others = kept.lots
    entries = [*first.entries]
    entries[index] = replace(entries[index], **changes)
    return replace(kept, lots=(replace(first, entries=entries), *others))


def change_form(kept: Kept, index: int, **changes: Any) -> Kept:
    """One entry as if something else had happened, its hash as it was."""
    form = kept.lots[0].entries[index].form
    assert form is not None
    return with_entry(kept, index, form=_text({**msgspec.json.decode(form), **changes}))


def rewrite_record(kept: Kept) -> Kept:
    """The price of the last bid is another, and all that follows is chained anew, as who holds the database can do."""
    lot = told_sale(last_price=133).publish()
    return replace(kept, lots=(lot, *kept.lots[1:]))


def restate(kept: Kept, index: int, seeds: tuple[bytes, ...] = (NEW,), **changes: Any) -> Kept:
    """A receipt that says something else, and is signed all the same."""
    receipts = [*kept.receipts]
    stated = {**msgspec.json.decode(receipts[index].statement), **changes}
    receipts[index] = Notary(Ed25519Signer(seeds)).sign_now(_text(stated))
    return replace(kept, receipts=tuple(receipts))


def forge_receipt(kept: Kept) -> Kept:
    first, *others = kept.receipts
    return replace(kept, receipts=(replace(first, statement=first.statement.replace('"price":100', '"price":101')), *others))


def swap_paths(kept: Kept) -> Kept:
    first, second, *others = kept.receipts
    return replace(kept, receipts=(replace(first, path=second.path), second, *others))


def drop_lot_of_group(kept: Kept) -> Kept:
    (group,) = kept.groups
    return replace(kept, groups=(replace(group, heads=group.heads[:1]),))


def drop_entry(kept: Kept) -> Kept:
    first, *others = kept.lots
    return replace(kept, lots=(replace(first, entries=first.entries[:2] + first.entries[3:]), *others))


def settle_otherwise(kept: Kept) -> Kept:
    first, *others = kept.lots
    settlement = _text({**msgspec.json.decode(first.settlement), "leader_id": 2})
    return replace(kept, lots=(replace(first, settlement=settlement), *others))


def change_terms(kept: Kept) -> Kept:
    first, *others = kept.lots
    return replace(kept, lots=(replace(first, terms=_text({**msgspec.json.decode(first.terms), "score": "70E"})), *others))


def spoil_table(kept: Kept) -> Kept:
    first, *others = kept.lots
    return replace(kept, lots=(replace(first, terms=_text({**msgspec.json.decode(first.terms), "steps": [{"from_price": 0}]})), *others))


def endorse_another(kept: Kept) -> Kept:
    old, new = kept.keys
    foreign = Ed25519Signer((FOREIGN,))
    return replace(kept, keys=(old, Key(foreign.key_id, foreign.public_keys[0], new.endorsement), new))


def _text(facts: dict[str, Any]) -> str:
    return msgspec.json.encode(facts, order="deterministic").decode()


# name → how it is broken, and words that the check must say of it, each in some problem
BREAKS: dict[str, tuple[Callable[[Kept], Kept], tuple[str, ...]]] = {
    "a price of the record was changed": (
        lambda kept: change_form(kept, 0, price=90), ("bid 1 of lot 145 does not fit its hash: it was changed",)
    ),
    "a changed entry has a new hash": (
        lambda kept: with_entry(kept, 1, hash="0" * 64),
        ("bid 2 of lot 145 does not fit its hash", "bid 3 of lot 145 is not chained to what stands before it"),
    ),
    "an entry was left out": (drop_entry, ("stands where bid 3 belongs", "is not chained to what stands before it")),
    "the record was written anew": (
        rewrite_record,
        (
            "lot 145 was published with the head",
            "receipt 4 of a bid of 131 on lot 145 says that it was accepted as bid 7, which the record denies",
        ),
    ),
    "the terms were changed": (change_terms, ("bid 1 of lot 145 is not chained to what stands before it",)),
    "the table of steps cannot be read": (spoil_table, ("lot 145 has terms that cannot be read",)),
    "a receipt of a minimum by the step below": (
        lambda kept: restate(kept, 4, minimum=133), ("says that the minimum was 133, by the record it was 136",)
    ),
    "it was settled with another winner": (settle_otherwise, ("by its settlement with 2 at 131", "lot 145 was published with the head")),
    "a head was republished": (
        lambda kept: replace(kept, heads=(*kept.heads, *(lot.head for lot in rewrite_record(kept).lots if lot.head is not None))),
        ("lot 145 was published with two heads",),
    ),
    "a lot was left out of its group": (drop_lot_of_group, ("group 7 has other heads than its root stands for",)),
    "a receipt was changed": (forge_receipt, ("receipt 1 does not fit its signature: it was changed, or never signed",)),
    "a receipt has another's path": (swap_paths, ("receipt 1 does not fit its signature",)),
    "a receipt is signed with a key of nobody": (
        lambda kept: restate(kept, 0, (FOREIGN,)), ("receipt 1 is signed with the key", "which is not published")
    ),
    "a receipt of another bid": (lambda kept: restate(kept, 0, user_id=2), ("tells another bid than the record has as bid 1",)),
    "a receipt of another maximum": (
        lambda kept: restate(kept, 0, max_price=125), ("tells another maximum or key than the record has sealed in bid 1",)
    ),
    "a receipt of another price before": (
        lambda kept: restate(kept, 3, price_before=121), ("says that the price was 121, by the record it was 120",)
    ),
    "a receipt of another minimum": (
        lambda kept: restate(kept, 3, minimum=150), ("says that the minimum was 150, by the record it was 122",)
    ),
    "an accepted bid is denied": (lambda kept: restate(kept, 3, hash="f" * 64), ("which the record denies",)),
    "a bid was refused against a record that never was": (
        lambda kept: restate(kept, 2, hash="f" * 64), ("says that the lot stood at entry", "which the record denies")
    ),
    "a bid in time was refused as too late": (
        lambda kept: restate(kept, 4, arrived_at=0), ("was refused as too late, but arrived before the end that the record has",)
    ),
    "a bid that was high enough was refused": (
        lambda kept: restate(kept, 2, price=140), ("was refused as too low, but meets the minimum of 122",)
    ),
    "a key is endorsed as another": (endorse_another, ("is endorsed as another key than it is",)),
}
