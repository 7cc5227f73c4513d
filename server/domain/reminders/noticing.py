"""Noticing: what happens to lots of people who granted a reminder, made durable once for each event.

Nobody listens for the moment itself: how a lot stands is compared with who takes part in it. So a death between an event and its
reminder loses nothing, and who leads again before anybody looked was never outbid.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from server.domain.auctions.floor import Floor
from server.domain.auctions.goods import Lot, LotState, LotStatus, LotStore
from server.domain.auctions.participations import Participation, ParticipationStore
from server.domain.auctions.record import RecordStore
from server.domain.auctions.watchlists import WatchlistStore
from server.domain.clock import Clock
from server.domain.reminders.reach import Grants, ReachStore
from server.domain.reminders.reminders import (
    ENDING_BEFORE,
    OLD_NEWS,
    Kind,
    Reminder,
    ReminderStore,
    WonLotStore,
)

LOTS_A_ROUND = 50  # each costs some two questions; the others have their turn in the next rounds
UNFINISHED = -1
OVERLAP = timedelta(seconds=30)  # clocks differ, and a write is seen a moment after its time


class Look(NamedTuple):
    """When a lot was looked at, and the revision at which nobody was left to be told."""

    revision: int
    round: int


class Noticing:
    """Of one process, while it is its turn."""

    def __init__(
        self,
        floor: Floor,
        lots: LotStore,
        won: WonLotStore,
        record: RecordStore,
        participations: ParticipationStore,
        watchlists: WatchlistStore,
        reaches: ReachStore,
        reminders: ReminderStore,
        clock: Clock,
    ):
        self._floor = floor
        self._lots = lots
        self._won = won
        self._record = record
        self._participations = participations
        self._watchlists = watchlists
        self._reaches = reaches
        self._reminders = reminders
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Others may have had their turn meanwhile: everything is looked at again."""
        self._granting: dict[int, Grants] = {}
        self._granted_at: datetime | None = None
        self._round = 0
        self._looked: dict[int, Look] = {}
        self._ending: set[int] = set()  # whose end was told
        self._known_before: dict[int, set[str]] = {}  # by lot: beaten before their bidder granted anything
        self._won_looked: set[int] = set()  # of groups that have not ended
        self._ended_at: datetime | None = None  # of groups, up to when they were looked at

    async def look(self) -> None:
        """Raises Unavailable; nothing is lost then, the next look finds the same."""
        now = self._clock.now()
        newly = await self._reaches.list_granting(self._granted_at)
        if any(self._granting.get(user_id) != grants for user_id, grants in newly.items()):
            self._looked.clear()
        self._granting |= newly
        self._granted_at = now - OVERLAP
        if self._granting:
            await self._notice_running(now)
            await self._notice_won(now)

    async def _notice_running(self, now: datetime) -> None:
        running = {known.lot.id: known.state for known in self._floor.lots if known.state.is_running}
        for kept in (self._looked, self._known_before):
            for goods_id in [goods_id for goods_id in kept if goods_id not in running]:
                del kept[goods_id]
        self._ending &= running.keys()
        ending = {goods_id for goods_id, state in running.items() if self._is_ending(state, now)}
        self._round += 1
        for lot in await self._lots.list_lots_by_id(self._choose(running, ending)):
            concerned = [one for one in await self._participations.list_by_goods(lot.id) if one.user_id in self._granting]
            await self._notice_outbid(lot, concerned)
            # What is not projected yet is looked at again.
            self._looked[lot.id] = Look(lot.revision if lot.projected_seq >= lot.seq else UNFINISHED, self._round)
            if lot.id in ending:
                await self._notice_ending(lot, concerned, now)
                self._ending.add(lot.id)

    def _choose(self, running: Mapping[int, LotState], ending: Collection[int]) -> list[int]:
        """Of the lots that changed since they were looked at, and those whose end is to be told: the ones that have waited longest."""
        never = Look(UNFINISHED, 0)
        looks = {goods_id: self._looked.get(goods_id, never) for goods_id in running}

        def has_changed(goods_id: int, state: LotState) -> bool:
            return state.seq > 0 and looks[goods_id].revision != state.revision

        wanted = [goods_id for goods_id, state in running.items() if has_changed(goods_id, state) or goods_id in ending]
        return sorted(wanted, key=lambda goods_id: looks[goods_id].round)[:LOTS_A_ROUND]

    def _is_ending(self, state: LotState, now: datetime) -> bool:
        return state.goods_id not in self._ending and now < state.end_at <= now + ENDING_BEFORE

    async def _notice_ending(self, lot: Lot, concerned: Iterable[Participation], now: datetime) -> None:
        """To those who take part and those who watch."""
        near = {one.user_id for one in concerned} | set(await self._watchlists.list_watchers(lot.id))
        told = sorted(user_id for user_id in near if Kind.ENDING in self._granting.get(user_id, ()))
        await self._reminders.add_new([Reminder.of_lot(Kind.ENDING, lot, user_id, now) for user_id in told])

    async def _notice_outbid(self, lot: Lot, concerned: Iterable[Participation]) -> None:
        beaten = {Reminder.outbid_id(lot.id, one.user_id, one.seq): one for one in concerned if self._is_beaten(one, lot)}
        known_before = self._known_before.setdefault(lot.id, set())
        for id in await self._reminders.list_unknown(beaten.keys() - known_before):
            one = beaten[id]
            by = await self._record.find_bid(lot.id, one.seq + 1)
            if by is None:
                continue  # on its way to the record; the next look finds it
            if self._has_granted(one.user_id, Kind.OUTBID, by.arrived_at):
                await self._notice(Reminder.outbid(lot, one.user_id, one.seq, by.arrived_at, self._clock.now()))
            else:
                known_before.add(id)

    def _is_beaten(self, one: Participation, lot: Lot) -> bool:
        return one.user_id != lot.leader_id and Kind.OUTBID in self._granting[one.user_id] and lot.stands(one.seq)

    async def _notice_won(self, now: datetime) -> None:
        settled = [known.lot.id for known in self._floor.lots if known.state.status is LotStatus.WON and known.is_announced]
        fresh = [goods_id for goods_id in settled if goods_id not in self._won_looked]
        for lot in (*await self._lots.list_lots_by_id(fresh), *await self._won.list_won(self._ended_at or now - OLD_NEWS)):
            if lot.leader_id is not None and self._has_granted(lot.leader_id, Kind.WON, lot.announced_at):
                await self._notice(Reminder.of_lot(Kind.WON, lot, lot.leader_id, now))
        self._won_looked = set(settled)
        self._ended_at = now - OVERLAP

    def _has_granted(self, user_id: int, kind: Kind, at: datetime | None) -> bool:
        """Whether they had, when it happened."""
        granted_at = self._granting.get(user_id, {}).get(kind)
        return granted_at is not None and at is not None and granted_at <= at

    async def _notice(self, reminder: Reminder) -> None:
        if await self._reminders.add_new([reminder]) and reminder.kind is Kind.OUTBID:
            await self._reminders.replace_older(reminder)
