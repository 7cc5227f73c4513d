"""Walks the whole record, many lots at a time, and audits each; may run beside any number of servers."""
from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from server.domain.auctions.audit.findings import Finding
from server.domain.auctions.audit.keys import KeyLedger
from server.domain.auctions.audit.portions import AuditStore, LotPlace, LotResult, PortionReader
from server.domain.auctions.groups import GroupStore
from server.domain.clock import Clock
from server.domain.errors import Unavailable

LOTS_AT_ONCE = 50
BIDS_A_PORTION = 1000
TRIES = 5  # a database under load answers late now and then
RETRY_SECONDS = 1.0


class Audit(Struct):
    """What was read and what was found. `on_the_way`: bids that the record does not have yet, but the outbox of their lot."""

    lots_in_all: int = 0
    lots: int = 0
    bids: int = 0
    on_the_way: int = 0
    participations: int = 0
    keys: int = 0
    finding_count: int = 0
    findings: list[Finding] = []

    @property
    def recorded(self) -> int:
        return self.bids - self.on_the_way

    @property
    def is_clean(self) -> bool:
        return self.finding_count == 0

    def add(self, result: LotResult) -> None:
        self.lots += 1
        self.bids += result.bids
        self.on_the_way += result.on_the_way
        self.participations += result.participations
        self.finding_count += result.finding_count
        self.findings += result.findings

    def note(self, finding: Finding) -> None:
        self.finding_count += 1
        self.findings.append(finding)


class AuditService:
    """Finds every place where the stored auction contradicts itself, and nothing else, however much moves meanwhile."""

    def __init__(self, groups: GroupStore, stored: AuditStore, clock: Clock):
        self._groups = groups
        self._stored = stored
        self._clock = clock

    async def audit(self, group_id: int | None = None, *, report: Callable[[Audit], None] = lambda audit: None) -> Audit:
        """Audits one group or everything; calls `report` after each lot. Raises NotFound and Unavailable."""
        if group_id is not None:
            await self._groups.get_group(group_id)
        counted = (await self._stored.count_bids(), await self._stored.count_participations()) if group_id is None else (0, 0)
        places = await self._stored.list_lot_places(group_id)
        audit, keys = Audit(lots_in_all=len(places)), KeyLedger()
        reader = PortionReader(self._groups, self._stored, keys, self._clock)
        for some in _portions(places):
            for result in await read_some(reader, some):
                audit.add(result)
                report(audit)
        _find_strays(audit, *counted)
        audit.keys = len(keys)
        return audit


async def read_some(reader: PortionReader, places: list[LotPlace]) -> list[LotResult]:
    """One for each lot, whatever cannot be read of it. Raises Unavailable."""
    try:
        return await _read_patiently(reader, places)
    except msgspec.ValidationError as error:
        if len(places) == 1:
            return [LotResult.of_finding(places[0].goods_id, f"cannot be read, or a participation or key of it: {error}")]
    # It does not say of which lot.
    return [result for place in places for result in await read_some(reader, [place])]


async def _read_patiently(reader: PortionReader, places: list[LotPlace]) -> list[LotResult]:
    for _ in range(TRIES - 1):
        try:
            return await reader.read(places)
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
    return await reader.read(places)


def _portions(places: list[LotPlace]) -> Iterator[list[LotPlace]]:
    """In their order, each with as much to read as is well read at once; a lot with more is alone."""
    portion: list[LotPlace] = []
    bids = 0
    for place in places:
        if portion and (len(portion) == LOTS_AT_ONCE or bids + place.seq > BIDS_A_PORTION):
            yield portion
            portion, bids = [], 0
        portion.append(place)
        bids += place.seq
    if portion:
        yield portion


def _find_strays(audit: Audit, bids: int, participations: int) -> None:
    """Compares with what was counted before: since then there may only be more, unless some belong to no lot that was read."""
    for what, counted, read in (("bids", bids, audit.recorded), ("participations", participations, audit.participations)):
        if counted > read:
            audit.note(Finding(None, None, f"{counted - read} {what} belong to no lot, or lie beyond the last bid of theirs"))
