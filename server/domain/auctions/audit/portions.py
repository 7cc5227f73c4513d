"""Reads some lots together, with all that is stored of them, and holds each against its record."""
from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.audit.findings import Entry, Finding
from server.domain.auctions.audit.keys import KeyLedger
from server.domain.auctions.audit.lots import LotAudit
from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import Group, GroupStore
from server.domain.auctions.keys import KeyClaim
from server.domain.auctions.participations import Participation
from server.domain.auctions.record import Bid, MaximumSet
from server.domain.clock import Clock

BIDS_AT_ONCE = 1000
BEYOND = 10  # places after a lot's last bid that are looked at; what lies farther is found by counting
PARTICIPATIONS_AT_ONCE = 5000


class Unreadable(Struct, frozen=True):
    """A document that is no lot."""

    problem: str


class LotPlace(Struct, frozen=True):
    """Where a lot is, and about how many bids it has."""

    goods_id: int
    group_id: int
    seq: int


class LotResult(Struct):
    """What was read of one lot and what was found; nothing, where it was taken back with its import."""

    bids: int = 0
    on_the_way: int = 0
    participations: int = 0
    finding_count: int = 0
    findings: list[Finding] = []

    def note(self, finding: Finding) -> None:
        self.finding_count += 1
        self.findings.append(finding)

    @classmethod
    def of_finding(cls, goods_id: int, problem: str) -> LotResult:
        """Of a lot that could not be held against anything."""
        return cls(finding_count=1, findings=[Finding(goods_id, None, problem)])


class AuditStore(Protocol):
    """Reads what is stored as it lies there, of many lots at a time."""

    async def list_lot_places(self, group_id: int | None) -> list[LotPlace]:
        """One group's lots, or all, in the order of the goods' ids."""

    async def read_lots(self, goods_ids: Collection[int]) -> dict[int, Lot | Unreadable]:
        """Those that are there, whether their group is or not, each with its outbox."""

    async def list_entries(self, places: Sequence[tuple[int, int]]) -> dict[int, list[Entry]]:
        """What lies at these places of the record, each a goods id and a seq: of each lot in order."""

    async def list_maxima(self, goods_ids: Collection[int]) -> list[MaximumSet]:
        """All changes of maxima of these lots."""

    async def count_bids(self) -> int:
        """All places of the record, of whatever lot."""

    async def count_participations(self) -> int: ...

    async def list_participations(self, goods_ids: Sequence[int], *, after_user_id: int, limit: int) -> list[Participation]:
        """In the order of goods and users: of the first lot those of users after that one; unless it is 0, of that lot alone."""

    async def find_claims(self, keys: list[tuple[int, str]]) -> dict[tuple[int, str], KeyClaim]:
        """Who claimed these keys of these users first, for those that are claimed."""


class _Reading:
    """One lot and how far it was read."""

    def __init__(self, lot: Lot, group: Group | None):
        self.lot = lot  # as last read
        self.has_group = group is not None
        self.checking = LotAudit(lot, group)
        self.taken_seq = 0  # the bids up to it were handed over
        self.recorded_seq = 0  # the newest place of the record that was seen
        self.participations = 0
        self.key_findings: dict[Finding, None] = {}  # a bid of the outbox may be looked at twice

    def take(self, entries: Iterable[Entry]) -> list[Bid]:
        """The next places of the record, in order; gives the bids among them. What is newer than the lot is only noted."""
        bids = []
        for entry in entries:
            self.recorded_seq = max(self.recorded_seq, entry.seq)
            if entry.seq <= self.lot.seq:
                self.checking.take(entry)
                if entry.bid is not None:
                    bids.append(entry.bid)
        return bids

    def finish_bids(self) -> None:
        """What the record does not have yet was in the outbox that came with the lot."""
        self.checking.finish_bids(self.lot.seq)
        self.taken_seq = self.lot.seq

    def go_on_with(self, lot: Lot) -> None:
        self.lot = lot
        self.checking.go_on_with(lot)

    def conclude(self) -> LotResult:
        checking = self.checking
        checking.conclude(recorded_seq=self.recorded_seq)
        result = LotResult(
            bids=checking.bid_count,
            on_the_way=checking.on_the_way,
            participations=self.participations,
            finding_count=checking.finding_count,
            findings=checking.findings,
        )
        for finding in self.key_findings:
            result.note(finding)
        return result


class PortionReader:
    """Reads in the order that makes the answer consistent: groups, lots, their bids, participations, the lots again, the bids since."""

    def __init__(self, groups: GroupStore, stored: AuditStore, keys: KeyLedger, clock: Clock):
        self._groups = groups
        self._stored = stored
        self._keys = keys
        self._clock = clock

    async def read(self, places: Sequence[LotPlace]) -> list[LotResult]:
        """One for each lot. Raises Unavailable, and msgspec.ValidationError where something of one of the lots cannot be read."""
        # What a group says has ended had ended when its lots are read.
        groups = {group.id: group for group in await self._groups.list_groups_by_id([place.group_id for place in places])}
        first = await self._stored.read_lots([place.goods_id for place in places])
        readings = {
            place.goods_id: _Reading(lot, groups.get(place.group_id))
            for place in places
            if isinstance(lot := first.get(place.goods_id), Lot)
        }
        await self._read_maxima([reading for reading in readings.values() if reading.lot.maxima_count], readings)
        await self._read_bids(readings, BEYOND)
        await self._read_participations(readings)
        newer = await self._stored.read_lots(readings)
        await self._go_on(readings, newer)
        await self._note_missing_groups(readings)
        return [self._result(place.goods_id, first, readings, newer) for place in places]

    def _result(
        self,
        goods_id: int,
        first: dict[int, Lot | Unreadable],
        readings: dict[int, _Reading],
        newer: dict[int, Lot | Unreadable],
    ) -> LotResult:
        for found in (first.get(goods_id), newer.get(goods_id)):
            if isinstance(found, Unreadable):
                return LotResult.of_finding(goods_id, f"cannot be read: {found.problem}")
        reading = readings.get(goods_id)
        if reading is not None and goods_id in newer:
            return reading.conclude()
        if reading is not None and reading.lot.seq:
            return LotResult.of_finding(goods_id, "has gone while it was read")
        return LotResult()  # an import that was taken back

    async def _go_on(self, readings: dict[int, _Reading], newer: dict[int, Lot | Unreadable]) -> None:
        """With the bids since the lots were first read."""
        lots = [lot for lot in newer.values() if isinstance(lot, Lot)]
        changed = [readings[lot.id] for lot in lots if lot.maxima_count > readings[lot.id].lot.maxima_count]
        await self._read_maxima(changed, readings)
        for lot in lots:
            readings[lot.id].go_on_with(lot)
        await self._read_bids({lot.id: readings[lot.id] for lot in lots}, 0)

    async def _read_maxima(self, some: list[_Reading], readings: dict[int, _Reading]) -> None:
        for one in await self._stored.list_maxima([reading.lot.id for reading in some]) if some else ():
            readings[one.goods_id].checking.add_maxima([one])

    async def _read_bids(self, readings: dict[int, _Reading], beyond: int) -> None:
        """Hands over the bids up to each lot's last."""
        places = (
            (reading.lot.id, seq)
            for reading in readings.values()
            for seq in range(reading.taken_seq + 1, reading.lot.seq + beyond + 1)
        )
        while portion := list(islice(places, BIDS_AT_ONCE)):
            taken: list[Bid] = []
            for goods_id, entries in (await self._stored.list_entries(portion)).items():
                taken += readings[goods_id].take(entries)
            await self._check_keys(taken, readings)
        for reading in readings.values():
            reading.finish_bids()
        await self._check_keys([bid for reading in readings.values() for bid in reading.lot.outbox], readings)

    async def _check_keys(self, bids: list[Bid], readings: dict[int, _Reading]) -> None:
        keyed = [(bid, (bid.user_id, bid.key)) for bid in bids if bid.key]
        claims = await self._stored.find_claims([place for _, place in keyed]) if keyed else {}
        now = self._clock.now()
        for bid, place in keyed:
            finding = self._keys.check(bid, claims.get(place), now)
            if finding is not None:
                readings[bid.goods_id].key_findings[finding] = None

    async def _read_participations(self, readings: dict[int, _Reading]) -> None:
        left, user_id = sorted(readings), 0
        while left:
            some = await self._stored.list_participations(left, after_user_id=user_id, limit=PARTICIPATIONS_AT_ONCE)
            for one in some:
                readings[one.goods_id].participations += 1
                readings[one.goods_id].checking.take_participations([one])
            if len(some) == PARTICIPATIONS_AT_ONCE:
                left, user_id = left[left.index(some[-1].goods_id) :], some[-1].user_id
            else:
                left, user_id = left[1:] if user_id else [], 0

    async def _note_missing_groups(self, readings: dict[int, _Reading]) -> None:
        orphans = [reading for reading in readings.values() if not reading.has_group and reading.lot.seq]
        there = {group.id for group in await self._groups.list_groups_by_id([one.lot.group_id for one in orphans])} if orphans else set()
        for one in orphans:
            if one.lot.group_id not in there:
                one.checking.note(None, f"has bids, but its group {one.lot.group_id} does not exist")
