"""The queue before one lot in one process: in which order offers are decided, and which of them together."""
from __future__ import annotations

import asyncio
import heapq
import time
from datetime import timedelta

from server.domain.auctions.drafts import Waiting, with_claims
from server.domain.auctions.handover import Guest
from server.domain.clock import Clock

MAX_BATCH = 64  # offers a commit: the next are read and claimed while these are written, and these answered while those are
MOST_LEAD_SECONDS = 0.025
LEAD_KEPT = 0.9  # of the longest way lately, with each letter
LEAD_LASTS_SECONDS = 1.0


class LotQueue:
    """Own offers as they arrived, and between them those that other processes received and handed over.

    These were on their way for a moment. While such come, an offer waits for as long as they took lately, so that those that arrived
    before it, elsewhere, are decided before it. Of one process's offers none overtakes another, whatever its clock does.
    """

    def __init__(self, clock: Clock):
        self._clock = clock
        self._waiting: list[Waiting] = []
        self._back: list[Waiting] = []  # were handed over and taken back
        self._lead = 0.0  # seconds that guests were on their way
        self._lead_until = 0.0  # as time.monotonic() tells it

    def __bool__(self) -> bool:
        return bool(self._waiting or self._back)

    @property
    def has_back(self) -> bool:
        return bool(self._back)

    def add(self, waiting: Waiting) -> None:
        self._waiting.append(waiting)

    def add_guests(self, guests: list[Guest]) -> None:
        """Offers of another process, in its order."""
        now = time.perf_counter()
        on_the_way = max(now - guest.started for guest in guests)
        self._lead = min(MOST_LEAD_SECONDS, max(on_the_way, self._lead * LEAD_KEPT))
        self._lead_until = time.monotonic() + LEAD_LASTS_SECONDS
        self._waiting = list(heapq.merge(self._waiting, guests, key=lambda one: one.offer.arrived_at))

    def add_back(self, waiting: list[Waiting]) -> None:
        """Offers that were handed over and are to be decided here, before all that wait."""
        self._back += waiting

    def take_back(self) -> list[Waiting]:
        """All of these."""
        back, self._back = self._back, []
        return back

    async def take(self, *, are_own_away: bool) -> list[Waiting]:
        """The next to be decided together, their keys claimed; none if all of these were refused.

        While own offers are away those of others go first: they do not wait for what may itself wait for them.
        """
        if self._back:
            return await with_claims(self.take_back())
        if are_own_away and (guests := [one for one in self._waiting if one.origin is not None]):
            self._waiting = [one for one in self._waiting if one.origin is None]
            return guests
        claims = [one.claim for one in self._waiting[:MAX_BATCH] if one.claim is not None and not one.claim.done()]
        if claims:
            await asyncio.wait(claims)
        return await with_claims(await self._take_due())

    async def _take_due(self) -> list[Waiting]:
        if not self._waiting:
            return []
        latest = None
        if time.monotonic() < self._lead_until:
            age = (self._clock.now() - self._waiting[0].offer.arrived_at).total_seconds()
            if 0 <= age < self._lead:
                await asyncio.sleep(self._lead - age)
            latest = max(self._waiting[0].offer.arrived_at, self._clock.now() - timedelta(seconds=self._lead))
        count = 0
        for one in self._waiting[:MAX_BATCH]:
            if (one.claim is not None and not one.claim.done()) or (latest is not None and one.offer.arrived_at > latest):
                break
            count += 1
        due, self._waiting = self._waiting[:count], self._waiting[count:]
        return due
