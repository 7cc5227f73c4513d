"""What operators do to a lot: rules of it, and the entry that it leaves in the record among the bids. Pure."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.goods import ExtendedBy, Lot, LotStatus, Said, Void
from server.domain.auctions.offers import Instruction
from server.domain.auctions.record import Act, Bid, Intervention, MaximumSet
from server.domain.auctions.rules import settled
from server.domain.errors import Conflict, InvalidInput

NOBODY = 0  # leads where no bid stands


class ActRefused(Conflict):
    """The lot is not in a state in which this could be done to it."""


class LotOver(ActRefused):
    """It has ended."""


class AlreadyStarted(ActRefused):
    """Bids are taken already."""


class AlreadyPaused(ActRefused):
    """It is paused."""


class NotPaused(ActRefused):
    """Only a paused lot is resumed."""


class Stand(Struct, frozen=True, kw_only=True):
    """Who leads after some entry of the record, at which price, and how far bids go on their behalf."""

    seq: int = 0
    price: int = 0
    user_id: int = NOBODY
    nickname: str = ""
    participation_id: int = 0
    ceiling: int = 0


def intervene(
    lot: Lot, wanted: Instruction, entries: Sequence[Bid] = (), maxima: Sequence[MaximumSet] = (), *, worker: str = ""
) -> tuple[Lot, Bid]:
    """The lot afterwards, and the entry. `entries` and `maxima` are the whole record, for a void. Raises ActRefused and InvalidInput."""
    _check(lot, wanted)
    after, stand = _apply(lot, wanted), stand_of(lot)
    concerned: tuple[int, ...] = ()
    if wanted.act is Act.VOID:
        stand, concerned = _go_back(lot, wanted, entries, maxima)
        after = replace(after, voids=(*lot.voids, Void(stand.seq, lot.seq)))
    has_leader = stand.user_id != NOBODY
    after = replace(
        after,
        seq=lot.seq + 1,
        price=stand.price,
        leader_id=stand.user_id if has_leader else None,
        leader_nickname=stand.nickname if has_leader else None,
        leader_participation_id=stand.participation_id if has_leader else None,
        ceiling=stand.ceiling,
        said=Said(wanted.act, wanted.reason, wanted.arrived_at),
        instructions=(*lot.instructions, wanted.id),
    )
    entry = _entry(after, wanted, stand, concerned, lot.head, worker)
    after = replace(after, head=entry.hash)
    if wanted.act is Act.WITHDRAW:
        after = settled(after, wanted.arrived_at, LotStatus.WITHDRAWN)
    return after, entry


def stand_of(lot: Lot) -> Stand:
    return Stand(
        seq=lot.seq,
        price=lot.price,
        user_id=lot.leader_id or NOBODY,
        nickname=lot.leader_nickname or "",
        participation_id=lot.leader_participation_id or 0,
        ceiling=lot.ceiling,
    )


def list_stands(entries: Iterable[Bid], maxima: Iterable[MaximumSet]) -> dict[int, Stand]:
    """After each entry to which a void may go back: the last one of an offer, or an intervention. 0 is the lot without a bid."""
    changed: dict[int, MaximumSet] = {one.after_seq: one for one in maxima}  # the last one after each bid
    stands, now = {0: Stand()}, Stand()
    offer: list[Bid] = []
    for entry in [*entries, None]:
        if offer and (entry is None or entry.offer_seq != offer[0].offer_seq):
            now = _after_offer(now, offer, changed.get(offer[-1].seq))
            stands[now.seq] = now
            offer = []
        if entry is not None:
            offer.append(entry)
    return stands


def _after_offer(before: Stand, offer: Sequence[Bid], changed: MaximumSet | None) -> Stand:
    first, last = offer[0], offer[-1]
    if last.intervention is not None:
        ceiling = last.intervention.ceiling
    elif first.is_proxy or first.user_id != last.user_id:
        ceiling = before.ceiling  # the leader answered and leads on
    else:
        own = before.ceiling if before.user_id == first.user_id else 0
        ceiling = max(first.price, first.max_price or own)
    if changed is not None:
        ceiling = changed.max_price if changed.max_price is not None else last.price
    return Stand(
        seq=last.seq,
        price=last.price,
        user_id=last.user_id,
        nickname=last.nickname,
        participation_id=last.participation_id,
        ceiling=ceiling,
    )


def _check(lot: Lot, wanted: Instruction) -> None:
    if lot.status is not LotStatus.OPEN:
        raise LotOver()
    # Until it is settled, who won can still be put right; nothing opens it again.
    if lot.paused_at is None and wanted.arrived_at >= lot.end_at and wanted.act not in (Act.VOID, Act.WITHDRAW):
        raise LotOver()
    if wanted.act is Act.START and lot.start_at <= wanted.arrived_at:
        raise AlreadyStarted()
    if wanted.act is Act.PAUSE and lot.paused_at is not None:
        raise AlreadyPaused()
    if wanted.act is Act.RESUME and lot.paused_at is None:
        raise NotPaused()


def _apply(lot: Lot, wanted: Instruction) -> Lot:
    """What it does to the lot's time."""
    at = wanted.arrived_at
    if wanted.act is Act.START:
        return replace(lot, start_at=at)
    if wanted.act is Act.PAUSE:
        return replace(lot, paused_at=at)
    if wanted.act is Act.END:
        # What arrived before it and is decided after it moves the end no more.
        return replace(lot, end_at=at, latest_end_at=at, paused_at=None, extended_by=ExtendedBy.OPERATOR)
    if wanted.act is Act.RESUME and lot.paused_at is not None:
        lost = max(at - max(lot.paused_at, lot.start_at), timedelta(0))
        moved = {"end_at": lot.end_at + lost, "latest_end_at": lot.latest_end_at + lost, "extended_by": ExtendedBy.OPERATOR}
        return replace(lot, paused_at=None, **moved)
    if wanted.act is Act.EXTEND:
        end_at = lot.end_at + timedelta(seconds=wanted.seconds)
        return replace(lot, end_at=end_at, latest_end_at=max(lot.latest_end_at, end_at), extended_by=ExtendedBy.OPERATOR)
    return lot


def _go_back(
    lot: Lot, wanted: Instruction, entries: Sequence[Bid], maxima: Sequence[MaximumSet]
) -> tuple[Stand, tuple[int, ...]]:
    """What stands again, and who is concerned: whose bids stand no more, and who leads again."""
    back_to = wanted.back_to
    stand = list_stands(entries, maxima).get(back_to) if back_to is not None else None
    if stand is None or stand.seq >= lot.seq or not lot.stands(stand.seq):
        raise InvalidInput({"back_to": ["unknown"]})
    gone = {one.user_id for one in entries if one.seq > stand.seq and one.intervention is None and lot.stands(one.seq)}
    concerned = (gone | {stand.user_id, lot.leader_id or NOBODY}) - {NOBODY}
    return stand, tuple(sorted(concerned))


def _entry(after: Lot, wanted: Instruction, stand: Stand, concerned: tuple[int, ...], previous_hash: str, worker: str) -> Bid:
    return Bid(
        goods_id=after.id,
        group_id=after.group_id,
        seq=after.seq,
        offer_seq=after.seq,
        user_id=stand.user_id,
        participation_id=stand.participation_id,
        nickname=stand.nickname,
        price=stand.price,
        max_price=None,
        is_proxy=True,
        arrived_at=wanted.arrived_at,
        key=None,
        fingerprint=None,
        end_at=after.end_at,
        intervention=Intervention(
            id=wanted.id,
            act=wanted.act,
            operator_id=wanted.operator_id,
            reason=wanted.reason,
            ceiling=stand.ceiling,
            back_to=stand.seq if wanted.act is Act.VOID else None,
            concerned=concerned,
        ),
        previous_hash=previous_hash,
        salt=wanted.salt,
        worker=worker,
        request_id=wanted.request_id,
    ).sealed()
