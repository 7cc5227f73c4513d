"""The two ends of a lot's record: what its first bid is chained to, and how it is closed."""
from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from server.domain.auctions.admission import FOR_EVERYONE
from server.domain.auctions.goods import Lot, Terms
from server.domain.auctions.record import encode_canonical, sha256
from server.domain.clock import to_ms


def new_lot(terms: Terms, *, start_at: datetime, end_at: datetime, extend_limit: timedelta, now: datetime) -> Lot:
    """A lot nobody has bid on yet."""
    return Lot(
        **msgspec.structs.asdict(terms),
        start_at=start_at,
        end_at=end_at,
        latest_end_at=end_at + extend_limit,
        head=genesis_hash(terms),
        changed_at=now,
    )


def genesis_hash(terms: Terms) -> str:
    """What the first bid of a lot is chained to: the terms it was sold on, so that they cannot be changed either."""
    return sha256(genesis_form(terms))


def genesis_form(terms: Terms) -> bytes:
    """What that is the hash of."""
    facts: dict[str, object] = {
        "category": terms.category,
        "extend_window_seconds": terms.extend_window_seconds,
        "goods_id": terms.id,
        "group_id": terms.group_id,
        "low_price": terms.low_price,
        "score": terms.score,
        "sn": terms.sn,
        "sn_no": terms.sn_no,
        "step": terms.step,
        "top_price": terms.top_price,
    }
    if terms.pictures:  # they are named by digests, so what was shown cannot be changed either
        facts["pictures"] = terms.pictures
    if terms.steps:
        facts["steps"] = terms.steps
    if terms.admission != FOR_EVERYONE:
        facts["admission"] = terms.admission
    return encode_canonical(facts)


def settlement_hash(lot: Lot, previous_hash: str) -> str:
    """The last entry of a lot's record: how it ended."""
    return sha256(settlement_form(lot, previous_hash))


def settlement_form(lot: Lot, previous_hash: str) -> bytes:
    """What that is the hash of."""
    assert lot.settled_at is not None
    return encode_canonical(
        {
            "goods_id": lot.id,
            "leader_id": lot.leader_id,
            "previous_hash": previous_hash,
            "price": lot.price,
            "seq": lot.seq,
            "settled_at": to_ms(lot.settled_at),
            "status": lot.status.value,
        }
    )
