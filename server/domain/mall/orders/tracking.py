"""Where the parcels of orders are, as their carriers tell it. What a carrier told is kept for a while, so that who looks again and again
makes nobody ask again."""
from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import TooMany, Unavailable
from server.domain.mall.gate import parcels as carriers
from server.domain.mall.gate.parcels import CarrierUnknown, ParcelState, ParcelTracker
from server.domain.mall.orders.order import Order, Parcel, Trace

FRESH = timedelta(minutes=30)
FOLLOWED = timedelta(days=60)  # after it was sent
PATIENCE_SECONDS = 3.0  # of who looks at an order
TAIL = 4  # digits of the receiver's number, without which some carriers tell nothing


class Track(Struct, frozen=True, kw_only=True):
    """What was told of a parcel. `asked_at`: when its carrier was asked last; `is_over`: it has arrived."""

    id: str
    asked_at: datetime
    traces: tuple[Trace, ...] = ()
    is_over: bool = False

    def is_due(self, now: datetime) -> bool:
        return not self.is_over and now - self.asked_at >= FRESH


class TrackStore(Protocol):
    """Where tracks are kept."""

    async def find_tracks(self, ids: Collection[str]) -> dict[str, Track]: ...

    async def claim_track(self, before: Track | None, after: Track) -> bool:
        """Writes down that it is asked for; False if somebody else has done so."""

    async def keep_track(self, track: Track) -> None: ...


class TrackingService:
    """Asks the carriers when somebody looks at an order. `tracker`: None where nobody is asked."""

    def __init__(self, tracks: TrackStore, tracker: ParcelTracker | None, clock: Clock):
        self._tracks = tracks
        self._tracker = tracker
        self._clock = clock

    async def follow(self, order: Order) -> Order:
        """With what carriers have told of its parcels; with what the staff wrote of those that they told nothing of."""
        if self._tracker is None or not order.parcels:
            return order
        known = await self._tracks.find_tracks({track_id(parcel) for parcel in order.parcels})
        tail = order.contact.mobile[-TAIL:] if order.contact else ""
        told = await asyncio.gather(*(self._look(self._tracker, parcel, tail, known.get(track_id(parcel))) for parcel in order.parcels))
        parcels = [replace(parcel, traces=traces) if traces else parcel for parcel, traces in zip(order.parcels, told)]
        return replace(order, parcels=tuple(parcels))

    async def _look(self, tracker: ParcelTracker, parcel: Parcel, tail: str, known: Track | None) -> tuple[Trace, ...]:
        now = self._clock.now()
        traces = () if known is None else known.traces
        if (known is not None and not known.is_due(now)) or now - parcel.sent_at > FOLLOWED:
            return traces
        asked = Track(id=track_id(parcel), asked_at=now, traces=traces)
        if not await self._tracks.claim_track(known, asked):
            return traces
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await tracker.find_parcel(parcel.number, parcel.carrier_code, tail)
        except (CarrierUnknown, TooMany, Unavailable, TimeoutError):  # it is asked again after a while
            return traces
        track = replace(asked, traces=_traces_of(found) or traces, is_over=found.state is ParcelState.RECEIVED)
        await self._tracks.keep_track(track)
        return track.traces


def track_id(parcel: Parcel) -> str:
    return f"{parcel.carrier_code}:{parcel.number}"


def _traces_of(found: carriers.Parcel) -> tuple[Trace, ...]:
    return tuple(Trace(one.at, one.text) for one in found.traces)
