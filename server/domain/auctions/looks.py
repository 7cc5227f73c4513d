"""Looks: keeps the floor true by reading MongoDB, and starts what time makes due: closing, recovery, announcing."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from datetime import datetime, timedelta

from server.domain.auctions.closing import ClosingService
from server.domain.auctions.commits import LotDesks, news_of
from server.domain.auctions.floor import Floor, FloorLot
from server.domain.auctions.goods import LotStatus, LotStore
from server.domain.auctions.groups import GroupStore
from server.domain.auctions.moments import Moments
from server.domain.auctions.outages import OutageService
from server.domain.auctions.record import RecordStore
from server.domain.auctions.rules import SETTLE_AFTER
from server.domain.clock import Clock
from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # a lost message misleads nobody for longer than this and one read
LEAST_PAUSE_SECONDS = 0.2  # between looks that take long
LEFT_BEHIND = timedelta(seconds=3)  # a bid not yet projected after this was left by a process that died
FROM_THE_FUTURE = timedelta(seconds=10)  # one so far ahead was left by a process whose clock was


class Looks:
    """One loop a process: every second, and at once when news are missing or an end is due."""

    def __init__(
        self,
        floor: Floor,
        groups: GroupStore,
        lots: LotStore,
        record: RecordStore,
        desks: LotDesks,
        closing: ClosingService,
        outages: OutageService,
        moments: Moments,
        clock: Clock,
    ):
        self._floor = floor
        self._groups = groups
        self._lots = lots
        self._record = record
        self._desks = desks
        self._closing = closing
        self._outages = outages
        self._moments = moments
        self._clock = clock
        self._woken = asyncio.Event()
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._recoveries: dict[int, asyncio.Task[None]] = {}
        self._began = 0.0  # the last look, as time.monotonic() tells it
        self.may_close = False  # not while lots wait for time that an outage took

    async def start(self) -> None:
        """Fills the floor, then looks for ever. Raises Unavailable if the first look fails."""
        await self.look()
        self._floor.when_gap(self.wake)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for recovery in list(self._recoveries.values()):
            await asyncio.wait([recovery])

    def wake(self) -> None:
        """Asks for a look at once: news may have been missed."""
        self._woken.set()

    async def look(self) -> None:
        """Brings the floor to the truth; one look at a time. Raises Unavailable."""
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        self.may_close = await self._outages.check()
        signs = self._outages.signs
        since = self._moments.read(signs)
        began_at, began = self._clock.now(), time.monotonic()
        self._began = began
        unfinished = {group.id: group for group in await self._groups.list_unfinished_groups()}
        for floor_group in self._floor.groups:
            if floor_group.group.id not in unfinished:
                await self._tell_finished(floor_group.group.id)
        known = [group_id for group_id in unfinished if self._floor.find_group(group_id) is not None]
        for group_id, group in unfinished.items():
            if group_id not in known:
                self._floor.add_group(group, await self._lots.list_lots(group_id))
        marks = await self._lots.list_marks_changed_since(known, since) if known else []
        # Most of what changed lately was read by the look before: only what differs is read whole.
        unseen = self._floor.list_unseen(marks)
        if unseen:
            self._floor.see(await self._lots.list_lots_by_id(unseen))
        for group_id in known:
            if self._floor.find_group(group_id) is not None:
                self._floor.see_group(unfinished[group_id])
        await self._fill_gaps()
        self._floor.note_look(began_at, began)
        self._moments.settle(signs)
        for group_id, group in unfinished.items():
            on_floor = self._floor.find_group(group_id)
            end_at = on_floor.end_seen_at(began_at) if on_floor is not None else group.end_at
            if end_at > group.end_at:
                await self._groups.postpone_end(group_id, end_at)

    async def _run(self) -> None:
        failures = 0
        while True:
            self._woken.clear()
            # Not wait_for: it would swallow a cancellation that meets the wake.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_next()):
                    await self._woken.wait()
            try:
                await self.look()
                failures = 0
                self._floor.mark_stale(False)
                self._floor.tick()
                if self.may_close:
                    await self._do_what_is_due()
                else:
                    self.wake()
            except Exception as error:
                failures += 1
                self._floor.mark_stale(True)
                if not isinstance(error, Unavailable):
                    log.exception("a look failed; the next one tries again")
                elif failures == 1:
                    log.warning("the %s does not answer; prices shown may be old until it does", error.what)
                await asyncio.sleep(min(0.1 * failures, LOOK_SECONDS))

    def _seconds_to_next(self) -> float:
        now = self._clock.now()
        moments = [group.group.start_at for group in self._floor.groups]
        for known in self._floor.lots:
            if known.state.is_running:
                moments += (known.state.end_at, known.state.end_at + SETTLE_AFTER)
        coming = [(moment - now).total_seconds() for moment in moments if moment > now]
        # A second from its beginning: what a look found must not be older than two when the next one is done.
        regular = max(LEAST_PAUSE_SECONDS, self._began + LOOK_SECONDS - time.monotonic())
        return min([regular, *(seconds + 0.001 for seconds in coming)])

    async def _fill_gaps(self) -> None:
        for known in self._floor.list_gaps():
            whole = await self._lots.get_lot(known.state.goods_id)
            recorded = await self._record.list_bids(whole.id, after_seq=known.told_seq)
            bids = {bid.seq: bid for bid in (*recorded, *whole.outbox)}
            self._floor.fill_gap(whole.id, [news_of(bids[seq]) for seq in sorted(bids)])

    async def _do_what_is_due(self) -> None:
        now = self._clock.now()
        for known in self._floor.lots:
            if known.state.status is LotStatus.OPEN:
                if known.state.is_running and now >= known.state.end_at + SETTLE_AFTER:
                    self._desks.desk(known.state.goods_id).close()
            elif known.lot.projected_seq >= known.state.seq and known.lot.announced_at is None:
                known.lot = await self._closing.announce(known.lot)
            elif known.lot.announced_at is not None and not known.is_announced:
                await self._closing.tell_again(known.lot)
            if self._is_left_behind(known, now):
                self._recover(known.state.goods_id)
        for group in self._floor.groups:
            if all(known.lot.announced_at is not None for known in group.lots.values()):
                await self._closing.finish(group.group)

    def _is_left_behind(self, known: FloorLot, now: datetime) -> bool:
        age = now - known.lot.changed_at
        is_late = known.lot.projected_seq < known.lot.seq and (age > LEFT_BEHIND or age < -FROM_THE_FUTURE)
        return is_late and not self._desks.is_delivering(known.state.goods_id, known.lot.seq)

    def _recover(self, goods_id: int) -> None:
        if goods_id not in self._recoveries:
            task = asyncio.get_running_loop().create_task(self._recover_lot(goods_id))
            self._recoveries[goods_id] = task
            task.add_done_callback(lambda _: self._recoveries.pop(goods_id))

    async def _recover_lot(self, goods_id: int) -> None:
        try:
            await self._desks.desk(goods_id).recover()
            self._floor.see(await self._lots.list_lots_by_id([goods_id]))
        except Unavailable:
            log.warning("lot %s: recovery waits for the database", goods_id)

    async def _tell_finished(self, group_id: int) -> None:
        """Another process settled a group: what it said of it may have been lost."""
        self._floor.see(await self._lots.list_lots(group_id))
        await self._fill_gaps()
        known = self._floor.find_group(group_id)
        assert known is not None
        for floor_lot in known.lots.values():
            if not floor_lot.is_announced:
                await self._closing.tell_again(floor_lot.lot)
        group = await self._groups.get_group(group_id)
        self._floor.take_finished(group)
