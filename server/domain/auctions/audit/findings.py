"""What an audit finds, and what it looks at."""
from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from server.domain.auctions.record import Bid

Note = Callable[[int | None, str], None]  # a bid's seq, None for the lot as a whole, and the problem


class Finding(Struct, frozen=True):
    """What cannot be if the server alone wrote the record. `seq` is the bid it is about, None for the lot as a whole."""

    goods_id: int | None  # None: it is about the whole record
    seq: int | None
    problem: str


class Entry(Struct, frozen=True):
    """One place of the record: `bid` is None when what lies there cannot be read as a bid."""

    seq: int
    bid: Bid | None
