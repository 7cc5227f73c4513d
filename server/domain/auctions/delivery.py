"""Delivery: a lot's accepted bids on their way from the outbox to the record and to participations."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Iterable
from datetime import datetime

from server.domain.auctions.goods import Lot, Projected
from server.domain.auctions.lot_batches import LotBatches, Projection
from server.domain.auctions.participations import Participation
from server.domain.auctions.record import Bid, MaximumSet, RecordStore
from server.domain.auctions.recorder import Arriving, Recorder
from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

ARRIVED_KEPT = 4000  # more than an outbox ever holds
# How often a hot lot's bids go on; a quiet lot's go at once. Who reads meanwhile finds the rest in the outbox.
RECORD_SECONDS = 0.1
PROJECT_SECONDS = 1.0
POLL_SECONDS = 0.2


class Delivery:
    """Brings one lot's bids, in order, to the record and then to participations. Every step may be repeated."""

    def __init__(
        self,
        goods_id: int,
        record: RecordStore,
        recorder: Recorder,
        batches: LotBatches,
    ):
        self._goods_id = goods_id
        self._record = record
        self._recorder = recorder
        self._batches = batches
        self._pending: list[Bid] = []
        self._committed_at: dict[int, datetime] = {}  # of those pending, where this process knows
        self._has_foreign = False
        self._taken_seq = 0
        self._taken_revision = 0
        self._arrived_revision = 0  # every bid of that revision's outbox is in the record
        self._pending_maxima: list[MaximumSet] = []
        self._taken_maximum = self._arrived_maximum = 0  # numbers of the newest
        self._arrived: deque[int] = deque(maxlen=ARRIVED_KEPT)  # brought to the record; may still be in the outbox
        self._unprojected: list[Bid] = []
        self._saved: dict[int, int] = {}  # user → the bid that their stored participation is up to date with, at least
        self._record_at = self._project_at = 0.0  # the earliest time for the next, as time.monotonic() tells it
        self._hurry = asyncio.Event()  # somebody waits
        self._task: asyncio.Task[None] | None = None
        self._projecting: asyncio.Task[None] | None = None  # beside what goes to the record meanwhile
        self.projected_seq = 0

    @property
    def is_idle(self) -> bool:
        return self._task is None

    def has_taken(self, seq: int) -> bool:
        """Whether that bid and those before it are on their way now."""
        return self._task is not None and self._taken_seq >= seq

    def take(self, lot: Lot, *, own_from_seq: int | None = None, committed_at: datetime | None = None) -> None:
        """Takes those bids of the lot's outbox that it has not had; of those from `own_from_seq` on, which were made durable then,
        no other process knows yet.
        """
        fresh = [bid for bid in lot.outbox if bid.seq > self._taken_seq]
        self.projected_seq = max(self.projected_seq, lot.projected_seq)
        if fresh:
            self._pending += fresh
            if own_from_seq is not None and committed_at is not None:
                self._committed_at |= {bid.seq: committed_at for bid in fresh if bid.seq >= own_from_seq}
            self._has_foreign = self._has_foreign or own_from_seq is None or fresh[0].seq < own_from_seq
            self._taken_seq = fresh[-1].seq
        changes = [one for one in lot.maxima if one.number > self._taken_maximum]
        if changes:
            self._pending_maxima += changes
            self._taken_maximum = changes[-1].number
        self._taken_revision = max(self._taken_revision, lot.revision)

    def note_saved(self, participations: Iterable[Participation]) -> None:
        """These are stored already."""
        self._saved |= {one.user_id: one.seq for one in participations}

    def list_on_the_way(self, lot: Lot) -> list[Bid]:
        """The bids of the lot's outbox that this process has not seen arrive."""
        arrived = set(self._arrived)
        return [bid for bid in lot.outbox if bid.seq not in arrived]

    def list_maxima_on_the_way(self, lot: Lot) -> list[MaximumSet]:
        return [one for one in lot.maxima if one.number > self._arrived_maximum]

    def start(self) -> None:
        if self._task is None and (self._has_pending or self._unprojected):
            self._task = asyncio.get_running_loop().create_task(self._run())

    def hurry(self) -> None:
        """What was taken goes on without a pause."""
        if self._task is not None:
            self._hurry.set()

    async def finish(self) -> None:
        """Waits until all that was taken has arrived, or cannot now."""
        self.hurry()
        while self._task is not None:
            await asyncio.wait([self._task])

    async def recover(self, lot: Lot) -> None:
        """Brings on what the lot's outbox holds, and what the record does beyond what is projected. Raises Unavailable."""
        self.take(lot)
        self.start()
        await self.finish()
        recorded = await self._record.list_bids(self._goods_id, after_seq=self.projected_seq)
        # Also by another process, or by a write whose answer was lost: once these are projected, nobody looks after the outbox.
        there = {bid.seq for bid in recorded}
        self._arrived.extend(one.seq for one in self.list_on_the_way(lot) if one.seq in there or one.seq <= self.projected_seq)
        if not self.list_on_the_way(lot) and not self.list_maxima_on_the_way(lot):
            self._arrived_revision = max(self._arrived_revision, lot.revision)
            self._taken_revision = max(self._taken_revision, lot.revision)
        await self._project_bids(recorded)

    async def _run(self) -> None:
        try:
            while self._has_pending or self._unprojected or self._projecting:
                if self._has_pending and self._is_due(self._record_at):
                    await self._record_pending()
                elif self._projecting is not None and self._projecting.done():
                    await self._projected()
                elif self._projecting is None and self._unprojected and self._is_due(self._project_at):
                    self._projecting = asyncio.get_running_loop().create_task(self._project())
                else:
                    await self._pause()
        except Unavailable as error:
            log.warning("lot %s: delivery waits for the %s; a look takes it up again", self._goods_id, error.what)
            self.forget()
        except Exception:  # the bids are in the outbox still: whatever this was, a later try brings them on
            log.exception("lot %s: delivery failed; a look takes it up again", self._goods_id)
            self.forget()
        finally:
            if self._projecting is not None:
                with contextlib.suppress(Exception):  # one was said already
                    await self._projected()
            self._task = None
            self._hurry.clear()

    async def _projected(self) -> None:
        """Raises what the projection met."""
        assert self._projecting is not None
        projecting, self._projecting = self._projecting, None
        await projecting

    @property
    def _has_pending(self) -> bool:
        return bool(self._pending or self._pending_maxima)

    def _is_due(self, at: float) -> bool:
        return self._hurry.is_set() or at <= time.monotonic()

    async def _pause(self) -> None:
        """Until the next step is due, or somebody waits for it."""
        wait = min(self._record_at if self._has_pending else math.inf, self._next_projection_at) - time.monotonic()
        wait = min(wait, POLL_SECONDS)
        if self._projecting is not None:
            await asyncio.wait([self._projecting], timeout=wait)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._hurry.wait()

    @property
    def _next_projection_at(self) -> float:
        return self._project_at if self._unprojected and self._projecting is None else math.inf

    def forget(self) -> None:
        """Starts from what the database holds: the outbox is still there."""
        self._pending.clear()
        self._committed_at.clear()
        self._pending_maxima.clear()
        self._unprojected.clear()
        self._taken_seq = self._taken_revision = self._taken_maximum = 0

    async def _record_pending(self) -> None:
        bids, self._pending = self._pending, []
        committed_at, self._committed_at = self._committed_at, {}
        maxima, self._pending_maxima = self._pending_maxima, []
        revision = self._taken_revision
        has_foreign, self._has_foreign = self._has_foreign, False
        self._record_at = time.monotonic() + RECORD_SECONDS
        if maxima:
            await self._record.add_maxima(maxima)
            self._arrived_maximum = maxima[-1].number
        if bids:
            await self._recorder.add(Arriving(bids, has_foreign, committed_at))
        self._arrived_revision = revision
        self._arrived.extend(bid.seq for bid in bids)
        self._unprojected += bids

    async def _project(self) -> None:
        bids, self._unprojected = self._unprojected, []
        self._project_at = time.monotonic() + PROJECT_SECONDS
        if bids[0].seq > self.projected_seq + 1:
            # Another process recorded some that this one never saw.
            bids = await self._record.list_bids(self._goods_id, after_seq=self.projected_seq)
        await self._project_bids(bids)

    async def _project_bids(self, bids: list[Bid]) -> None:
        """Brings participations up to date with bids that follow the projected ones without a gap."""
        newest: dict[int, Participation] = {}
        expected = self.projected_seq + 1
        for bid in bids:
            if bid.seq < expected:
                continue
            if bid.seq > expected:
                break
            if bid.intervention is None:
                newest[bid.user_id] = Participation.after_bid(bid)
            expected += 1
        if expected > self.projected_seq + 1:
            stale = [one for one in newest.values() if one.seq > self._saved.get(one.user_id, 0)]
            # While commits come they leave out what has arrived.
            is_quiet = self._arrived_revision == self._taken_revision
            projected = Projected(self._goods_id, expected - 1, self._arrived_revision if is_quiet else None)
            await self._batches.project(Projection(stale, projected))
            self.note_saved(stale)
            self.projected_seq = max(self.projected_seq, expected - 1)
