"""The audit that never ends: one process of all walks over every lot, again and again, for a small share of its time."""
from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.audit.findings import Finding
from server.domain.auctions.audit.keys import KeyLedger
from server.domain.auctions.audit.portions import AuditStore, LotPlace, PortionReader
from server.domain.auctions.audit.walk import BIDS_A_PORTION, read_some
from server.domain.auctions.groups import GroupStore
from server.domain.auditing.slices import STEP_SECONDS
from server.domain.clock import Clock
from server.domain.rounds import Rounds

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SHARE = 0.02  # of its time at most; a lot is read whole, however long that takes, and the pause after it is as much longer
LEASE = timedelta(seconds=30)  # whoever walks and gives no sign for longer has died
LOTS_A_PORTION = 20
FINDINGS_KEPT = 50


class AuditStanding(Struct, frozen=True, kw_only=True):
    """What the walk has found so far, for all processes. `walker` walks until `until`, unless it says so again.

    A finding stays until its lot is found clean. `after` is the lot that was looked at last, `passes` how often all were.
    """

    walker: str = ""
    until: datetime
    after: int = 0
    lots: int = 0
    passes: int = 0
    findings: tuple[Finding, ...] = ()
    finding_count: int = 0
    looked_at: datetime

    @property
    def is_clean(self) -> bool:
        return self.finding_count == 0


class StandingStore(Protocol):
    """Where the standing of the walk is kept."""

    async def read_standing(self) -> AuditStanding | None: ...

    async def save_standing(self, before: AuditStanding | None, after: AuditStanding) -> bool:
        """False if another process saved one since."""


class LotLister(Protocol):
    """Knows which lots come next."""

    async def list_lot_places_after(self, goods_id: int, limit: int) -> list[LotPlace]:
        """So many lots of higher ids, in their order."""


class AuditWatch:
    """One round a second, in every process: the walker looks at some lots, the others at what it has found."""

    def __init__(self, groups: GroupStore, stored: AuditStore, lots: LotLister, standings: StandingStore, clock: Clock, *, worker: str):
        self._groups = groups
        self._stored = stored
        self._lots = lots
        self._standings = standings
        self._clock = clock
        self._worker = worker
        self._rest_until = 0.0  # as time.monotonic() tells it
        self._rounds = Rounds("the continuous audit", self.look, LOOK_SECONDS)
        self.standing: AuditStanding | None = None  # as last seen

    def start(self) -> None:
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    @property
    def is_walker(self) -> bool:
        """Whether this process is the one that walks."""
        return self.standing is not None and self.standing.walker == self._worker

    async def look(self) -> None:
        """Raises Unavailable."""
        now = self._clock.now()
        before = await self._standings.read_standing()
        self._see(before)
        if before is not None and before.walker != self._worker and before.until > now:
            return  # another one walks
        is_resting = time.monotonic() < self._rest_until
        begun = before or AuditStanding(until=now, looked_at=now)
        after = replace(begun, walker=self._worker, until=now + LEASE)
        if not is_resting:
            started = time.monotonic()
            places = _portion(await self._lots.list_lot_places_after(after.after, LOTS_A_PORTION))
            after = await self._walk(after, places)
            self._rest_until = time.monotonic() + _work_of(time.monotonic() - started, places) * (1 / SHARE - 1)
            after = replace(after, until=self._clock.now() + LEASE + timedelta(seconds=max(0.0, self._rest_until - time.monotonic())))
        if await self._standings.save_standing(before, after):
            self._see(after)

    async def _walk(self, standing: AuditStanding, places: list[LotPlace]) -> AuditStanding:
        if not places:
            return replace(standing, after=0, lots=0, passes=standing.passes + 1, looked_at=self._clock.now())
        # The keys of a portion only: which key made bids of two lots, the whole audit finds.
        results = await read_some(PortionReader(self._groups, self._stored, KeyLedger(), self._clock), places)
        looked_at = {place.goods_id for place in places}
        kept = tuple(one for one in standing.findings if one.goods_id not in looked_at)
        found = tuple(finding for result in results for finding in result.findings)
        return replace(
            standing,
            after=places[-1].goods_id,
            lots=standing.lots + len(places),
            findings=(*kept, *found)[:FINDINGS_KEPT],
            finding_count=len(kept) + sum(result.finding_count for result in results),
            looked_at=self._clock.now(),
        )

    def _see(self, standing: AuditStanding | None) -> None:
        was_clean = self.standing is None or self.standing.is_clean
        self.standing = standing
        if standing is not None and was_clean and not standing.is_clean:
            log.error("the audit is red: %s", "; ".join(f"lot {one.goods_id}: {one.problem}" for one in standing.findings[:3]))


def _portion(places: list[LotPlace]) -> list[LotPlace]:
    """The first of them, with as much to read as is well read at once; one at least."""
    portion: list[LotPlace] = []
    bids = 0
    for place in places:
        if portion and bids + place.seq > BIDS_A_PORTION:
            break
        portion.append(place)
        bids += place.seq
    return portion


def _work_of(seconds: float, places: list[LotPlace]) -> float:
    """How much of the time that these took was work, and no waiting for a database that was away."""
    return min(seconds, STEP_SECONDS * max(1.0, sum(place.seq for place in places) / BIDS_A_PORTION))
