"""The bids of all lots of a process on their way into the record, those that are due together by one write."""
from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from server.domain.auctions.record import Bid, RecordStore
from server.domain.batches import Batches
from server.domain.clock import Stamps
from server.domain.errors import DomainError

log = logging.getLogger(__name__)

MOST_LOTS = 200  # a write
SHARE = 0.25  # of the time; an insert of ten bids costs the embedded server as much as three of one
PAUSE_SECONDS = 0.1  # at most: what is not in the record yet is written once more with each commit of its lot
MOST_BIDS = 256  # a write: each of these is through, however much has gathered and however late the database is


class Arriving(Struct, frozen=True):
    """Bids of one lot, in order. `may_be_there`: another process may bring them too. `committed_at`: when each became durable, by
    its number, where this process knows."""

    bids: list[Bid]
    may_be_there: bool
    committed_at: Mapping[int, datetime]


class Recorder:
    """One for all lots of a process. Of each lot one part is on the way at a time, so its bids arrive in order."""

    def __init__(self, record: RecordStore, moments: Stamps):
        self._record = record
        self._moments = moments
        self._batches: Batches[Arriving, Exception | None] = Batches(self._bring, most=MOST_LOTS, share=SHARE, pause=PAUSE_SECONDS)

    async def add(self, arriving: Arriving) -> None:
        """Returns when these are in the record. Raises Unavailable."""
        failure = await self._batches.add(arriving)
        if failure is not None:
            raise failure

    async def _bring(self, batch: list[Arriving]) -> list[Exception | None]:
        for may_be_there in (False, True):
            some = [one for one in batch if one.may_be_there is may_be_there]
            if some:
                try:
                    await self._insert(some, may_be_there)
                except DomainError:
                    raise
                except Exception:  # whatever is wrong with one lot's bids keeps no other's waiting
                    if len(batch) == 1:
                        raise
                    log.exception("bids of several lots did not reach the record together; each lot is tried alone")
                    return [await self._failure_of(one) for one in batch]
        return [None] * len(batch)

    async def _failure_of(self, arriving: Arriving) -> Exception | None:
        try:
            await self._insert([arriving], may_be_there=True)
            return None
        except Exception as error:  # told to the lot it is of, which tries again
            return error

    async def _insert(self, some: list[Arriving], may_be_there: bool) -> None:
        bids = [bid for one in some for bid in one.bids]
        known = {(bid.goods_id, bid.seq): one.committed_at[bid.seq] for one in some for bid in one.bids if bid.seq in one.committed_at}
        for start in range(0, len(bids), MOST_BIDS):
            portion = bids[start : start + MOST_BIDS]
            await self._record.add_bids(portion, self._moments.now(), may_be_there=may_be_there, committed_at=known)
