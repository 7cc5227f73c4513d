"""The audit of idempotency keys. Pure."""
from __future__ import annotations

from datetime import datetime, timedelta

from server.domain.auctions.audit.findings import Finding
from server.domain.auctions.keys import KeyClaim
from server.domain.auctions.record import Bid, sha256

CLAIM_SURELY_KEPT = timedelta(days=1)  # claims go at the end of the month after their own


class KeyLedger:
    """Every idempotency key that made a bid, over all lots: a key makes one bid of its user at most."""

    def __init__(self) -> None:
        self._places: dict[bytes, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def check(self, bid: Bid, claim: KeyClaim | None, now: datetime) -> Finding | None:
        """Of an accepted bid with a key; `claim` is who claimed that key first, as stored."""
        problem = self._problem(bid, claim, now)
        return Finding(bid.goods_id, bid.seq, problem) if problem is not None else None

    def _problem(self, bid: Bid, claim: KeyClaim | None, now: datetime) -> str | None:
        # A million keys as text would take a gigabyte; 16 bytes of their hash are as good as unique.
        digest = bytes.fromhex(sha256(f"{bid.user_id}:{bid.key}".encode()))[:16]
        first = self._places.setdefault(digest, (bid.goods_id, bid.seq))
        if first != (bid.goods_id, bid.seq):
            return f"has the same key of user {bid.user_id} as bid {first[1]} of lot {first[0]}"
        if claim is None:
            is_recent = now - bid.arrived_at < CLAIM_SURELY_KEPT
            return "has a key that is not claimed, so that it could be used again" if is_recent else None
        if (claim.goods_id, claim.fingerprint) != (bid.goods_id, bid.fingerprint):
            return "has a key that is claimed for another request"
        return "has a key that was claimed after it" if claim.after_seq >= bid.seq else None
