"""A sale on the real database: stores, desks and a group, for tests of what is behind the endpoints."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace

from server.domain.auctions.commits import LotDesks
from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import Group
from server.domain.clock import SystemClock
from server.domain.events import Event
from server.storage.auctions.goods import MongoLots
from server.storage.auctions.groups import MongoGroups
from server.storage.auctions.keys import MongoKeys
from server.storage.auctions.participations import MongoParticipations
from server.storage.auctions.record import MongoRecord
from server.storage.mongo import Sequences
from tests.domain.auctions.offers import END, GROUP_ID, START, open_lot


class Heard:
    """A publisher that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def publish(self, event: Event) -> None:
        self.events.append(event)


class TickingClock:
    """Starts at a given moment and goes on with the machine's."""

    def __init__(self, start: datetime = START):
        self._clock = SystemClock()
        self._ahead = start - self._clock.now()

    def now(self) -> datetime:
        moment = self._clock.now() + self._ahead
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def jump(self, by: timedelta) -> None:
        self._ahead += by


class Sale:
    """Stores of one database, and processes (desks) that work on it."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self.database = database
        sequences = Sequences(database)
        self.groups = MongoGroups(database, sequences)
        self.lots = MongoLots(database, sequences)
        self.record = MongoRecord(database)
        self.participations = MongoParticipations(database, sequences)
        self.keys = MongoKeys(database)
        self.clock = TickingClock()
        self.heard = Heard()
        self._processes: list[LotDesks] = []

    async def open(self, lots: Sequence[Lot] = ()) -> Group:
        """Stores a group with these lots, or with one."""
        await self.lots.add_lots(list(lots) or [open_lot()])
        return await self.open_group()

    async def open_group(self) -> Group:
        """Stores the group alone."""
        group = Group(id=GROUP_ID, issue=7, start_at=START, end_at=END, categories=("龙钞补号",))
        await self.groups.prepare_group(group, group.end_at)
        await self.groups.open_group(group.id)
        return group

    def process(self, name: str = "w1", *, lots: MongoLots | None = None, record: MongoRecord | None = None, **settings: Any) -> LotDesks:
        """The desks of one more process; `settings` as LotDesks takes them."""
        stores = (lots or self.lots, record or self.record, self.participations, self.keys)
        process = LotDesks(*stores, self.heard, self.clock, worker=name, **settings)
        self._processes.append(process)
        return process

    async def drain(self) -> None:
        """Until every process is done with what it took."""
        for process in self._processes:
            await process.drain()


def many_lots(count: int) -> list[Lot]:
    """Lots 145, 146, … of the group."""
    return [replace(open_lot(id=145 + index, sn=f"U9T006900{index}"), position=index) for index in range(count)]
